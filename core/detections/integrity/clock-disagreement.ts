import { CLOCKS } from "../clocks.ts";
import type { Detection } from "../detection.ts";
import { ESTATE } from "../sql.ts";

export const clockDisagreement: Detection = {
  id: "BT-IN-018",
  title: "Clock disagreement",
  phase: "integrity",
  attack: [],
  severity: "medium",
  confidence: 0.85,
  basis: "fact",
  needs: ["ntlm|ntp|syslog"],
  learningDays: 0,
  comparesHosts: true,
  parameters: { off: 5, step: 60, grave: 86_400 },
  // The median of what a host's own clock said against the capture. Where most hosts agree with each other, it is the recorder that is off. A few
  // seconds matter on the estate only.
  query: `
    WITH host AS (
      SELECT host, median(ahead) AS ahead, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, list(DISTINCT told_by ORDER BY told_by) AS told_by FROM ${CLOCKS} GROUP BY host
    ), whole AS (SELECT count(*) AS hosts, median(ahead) AS common FROM host), judged AS (
      SELECT h.*, ahead - CASE WHEN hosts >= 3 THEN common ELSE 0 END AS off_by, hosts >= 3 AND abs(common) > $off AS is_recorder, common FROM host h, whole
    )
    SELECT ts, ts_last, records, count, CAST(NULL AS VARCHAR) AS source, host AS target, 'clock' AS object, abs(off_by) AS off_seconds, CASE WHEN off_by > 0 THEN 'ahead of' ELSE 'behind' END AS side, told_by, 'confirmed' AS outcome,
           CASE WHEN host IN ${ESTATE} AND abs(off_by) >= $step THEN CASE WHEN abs(off_by) >= $grave THEN 'high' ELSE 'medium' END WHEN abs(off_by) >= $step THEN 'low' ELSE 'info' END AS severity,
           CASE WHEN is_recorder THEN 'Measured against the other hosts, which agree that the recorder is off by ' || CAST(round(common) AS BIGINT) || ' s' END AS note
    FROM judged WHERE abs(off_by) > $off AND (abs(off_by) >= $step OR host IN ${ESTATE})`,
  explanation:
    "The clock of {target} is {off_seconds} {side} the capture, as {told_by} shows: times in its logs differ by as much.",
  falsePositives: ["Appliances without synchronisation"],
  references: ["RFC 5905", "MS-NLMP 2.2.2.1"],
  blindTo: [{ text: "clocks that no protocol in clear tells", query: null }],
  samples: [
    { capture: "clock-wrong.rows", findings: 1 },
    { capture: "ntp.pcapng", findings: 0 },
  ],
};
