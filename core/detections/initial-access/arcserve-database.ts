import type { Detection } from "../detection.ts";
import { ADMIN_HOSTS, BACKUP_ACTORS, KNOWS_BACKUP_SERVER } from "../sql.ts";

export const arcserveDatabase: Detection = {
  id: "BT-IA-011",
  title: "Arcserve default database log-on",
  phase: "initial-access",
  attack: ["T1078.003", "T1046"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["tds_login"],
  learningDays: 0,
  parameters: {},
  query: `
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, min(username) AS "user", min("database") AS object,
           CASE WHEN bool_or(success) THEN 'confirmed' WHEN bool_and(success = false) THEN 'refused' ELSE 'attempted' END AS outcome,
           CASE WHEN ${KNOWS_BACKUP_SERVER} THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN bool_or(success) THEN 'logged on' WHEN bool_and(success = false) THEN 'tried (and was refused) to log on' ELSE 'tried to log on' END AS did
    FROM tds_login
    WHERE lower(username) = 'arcserve_udp' AND "id.orig_h" NOT IN ${BACKUP_ACTORS} AND "id.orig_h" NOT IN ${ADMIN_HOSTS}
    GROUP BY "id.orig_h", "id.resp_h", success`,
  explanation:
    "{source} {did} to the database of {target} {count} times as {user}, the account that Arcserve UDP makes with a password of its own for all sites.",
  falsePositives: ["The console itself, whose connections stay on its own machine"],
  references: ["https://attack.mitre.org/techniques/T1078/003/"],
  blindTo: [
    {
      text: "logins inside TLS",
      query: "SELECT count(*) AS n FROM tds_login WHERE username IS NULL AND NOT coalesce(uses_sspi, false)",
    },
  ],
  samples: [
    { capture: "arcserve-database.rows", findings: 1 },
    { capture: "tds.pcapng", findings: 0 },
  ],
};
