import { CLOCKS, NTP_TIMES } from "../clocks.ts";
import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

export const clockJump: Detection = {
  id: "BT-TI-037",
  title: "Time manipulated near immutable storage",
  phase: "tampering",
  attack: ["T1562", "T1490"],
  severity: "high",
  confidence: 0.75,
  basis: "fact",
  needs: ["ntlm|ntp|syslog"],
  learningDays: 0,
  parameters: { sec: 3600 },
  // A clock that is simply wrong is BT-IN-018's. Here it jumps while it is watched, or a machine of the estate is told a time that differs.
  query: `
    WITH said AS (
      SELECT *, ahead - lag(ahead) OVER (PARTITION BY host, told_by ORDER BY ts) AS jump, lag(rid) OVER (PARTITION BY host, told_by ORDER BY ts) AS rid_before FROM ${CLOCKS}
    )
    SELECT ts, [rid_before, rid] AS records, CAST(NULL AS VARCHAR) AS source, host AS target, told_by AS object, jump AS jump_seconds, told_by,
           'The clock of ' || host || ' moved ' || CASE WHEN jump > 0 THEN 'forward' ELSE 'back' END || ' by ' || CAST(round(abs(jump)) AS BIGINT) || ' s against the capture, as ' || told_by || ' shows' AS what,
           CASE WHEN host IN ${ESTATE} THEN 'high' ELSE 'medium' END AS severity, 'confirmed' AS outcome
    FROM said WHERE abs(jump) >= $sec
    UNION ALL BY NAME
    SELECT min(n.ts) AS ts, max(n.ts) AS ts_last, list(n.rid ORDER BY n.ts)[:50] AS records, server AS source, client AS target, 'NTP' AS object, median(ahead) AS jump_seconds, 'NTP' AS told_by,
           'The time server ' || server || ' told ' || client || ' a time ' || CAST(round(abs(median(ahead))) AS BIGINT) || ' s ' || CASE WHEN median(ahead) > 0 THEN 'ahead of' ELSE 'behind' END || ' the capture' AS what,
           'high' AS severity, 'confirmed' AS outcome
    FROM ${NTP_TIMES} n WHERE client IN ${ESTATE} AND abs(ahead) >= $sec GROUP BY client, server`,
  explanation: "{what}; locks on stored backups are kept or released by such clocks.",
  falsePositives: ["Suspended machines", "Laboratories"],
  references: ["https://helpcenter.veeam.com/docs/vbr/userguide/hardened_repository_immutability.html", "RFC 5905"],
  blindTo: [{ text: "clocks that no protocol in clear tells", query: null }],
  samples: [
    { capture: "clock-moved.rows", findings: 2 },
    { capture: "ntp.pcapng", findings: 0 },
  ],
};
