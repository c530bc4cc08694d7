import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR } from "../sql.ts";

export const webShell: Detection = {
  id: "BT-IA-024",
  title: "Web shell behaviour",
  phase: "initial-access",
  attack: ["T1505.003"],
  severity: "high",
  confidence: 0.7,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: { hits: 2 },
  // A script is stored by PUT, by its name in an upload or in a target that has a script suffix, and then called.
  query: `
    WITH stored AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, lower(regexp_extract(name, '([^/\\\\?;]+)($|[?;])', 1)) AS script FROM (
        SELECT ts, rid, "id.orig_h", "id.resp_h", unnest(orig_filenames) AS name FROM http WHERE method IN ('POST', 'PUT') AND orig_filenames IS NOT NULL AND status_code BETWEEN 200 AND 399
        UNION ALL SELECT ts, rid, "id.orig_h", "id.resp_h", split_part(uri, '?', 1) FROM http WHERE method IN ('PUT', 'MOVE') AND status_code BETWEEN 200 AND 299)
      WHERE regexp_matches(name, '(?i)\\.(jspx?|aspx|ashx|asmx|asp|cer|php[3457]?|phtml|cfm|war)(;[^/]*|/)?$')
    ), called AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, lower(regexp_extract(split_part(split_part(uri, '?', 1), ';', 1), '([^/]+)/?$', 1)) AS script, uri, status_code FROM http
      WHERE method IN ('GET', 'POST') AND status_code = 200 AND "id.resp_h" IN (SELECT target FROM stored)
    ), script AS (
      SELECT target, script, min(ts) AS first FROM stored GROUP BY ALL
    ), call AS (
      -- Each call once for a script: it lies behind one that stored it where it lies behind the first.
      SELECT s.target, s.script, c.rid, c.ts, c.source, c.uri FROM called c JOIN script s ON s.target = c.target AND s.script = c.script WHERE c.ts > s.first
      UNION SELECT s.target, s.script, c.rid, c.ts, c.source, c.uri FROM called c JOIN script s ON s.target = c.target AND replace(s.script, '.war', '') = split_part(c.uri, '/', 2)
      WHERE c.ts > s.first AND s.script LIKE '%.war' AND starts_with(c.uri, '/' || replace(s.script, '.war', '') || '/')
    ), summed AS (
      SELECT target, script, max(ts) AS last, list(rid ORDER BY rid)[:80] AS rids, count(*) AS count, min(uri) AS object, list(DISTINCT source ORDER BY source) AS callers
      FROM call GROUP BY target, script HAVING count(*) >= $hits
    )
    SELECT min(s.ts) AS ts, min(c.last) AS ts_last, list_concat(list(DISTINCT s.rid ORDER BY s.rid)[:20], min(c.rids)) AS records, min(c.count) AS count,
           arg_min(s.source, { ts: s.ts, rid: s.rid }) AS source, s.target, min(c.object) AS object, min(c.callers) AS callers,
           CASE WHEN s.target IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'medium' END AS severity, 'confirmed' AS outcome
    FROM stored s JOIN summed c ON c.target = s.target AND c.script = s.script AND s.ts < c.last GROUP BY s.target, s.script`,
  explanation: "{source} stored a script on {target}, and {object} was then called {count} times (from {callers}).",
  falsePositives: ["Plug-in or theme installation", "Publishing of web sites"],
  references: ["https://attack.mitre.org/techniques/T1505/003/"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "web-shell.rows", findings: 1 },
    { capture: "webdav.pcapng", findings: 0 },
  ],
};
