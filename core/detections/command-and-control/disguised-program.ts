import type { Detection } from "../detection.ts";
import { ESTATE_OR_HYPERVISOR, INSIDE } from "../sql.ts";

/** Endings of names that are no programs. */
const OTHER_ENDING =
  "(?i)\\.(jpe?g|png|gif|bmp|ico|svg|webp|css|js|txt|log|csv|html?|xml|json|pdf|docx?|xlsx?|pptx?|rtf|mp[34]|woff2?)$";

export const disguisedProgram: Detection = {
  id: "BT-C2-016",
  title: "Program fetched over HTTP under a false name, or from a bare address",
  phase: "command-and-control",
  attack: ["T1105", "T1071.001"],
  severity: "medium",
  confidence: 0.7,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: { octets: 2000 },
  // What comes begins as programs of Windows or Linux do, and its name or the declared type say a picture, a page or a text; or the server was asked by its address, as
  // those that stand for a few days are. Ordinary downloads name a host and end in the suffix of what they are.
  query: `
    WITH fetched AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, host, uri, response_body_len, response_content_type, list_contains(resp_mime_types, 'application/x-dosexec') AS is_windows,
             regexp_matches(split_part(coalesce(uri, ''), '?', 1), '${OTHER_ENDING}') OR regexp_matches(coalesce(response_content_type, ''), '(?i)^(image|audio|video|font)/|^text/(html|css|plain|xml)|^application/(pdf|json|xml)') AS is_disguised,
             regexp_matches(coalesce(host, ''), '^[0-9]+(\\.[0-9]+){3}(:[0-9]+)?$|^\\[') AND "id.resp_h" NOT IN ${INSIDE} AS is_bare
      FROM http WHERE method = 'GET' AND coalesce(status_code, 200) < 300 AND response_body_len >= $octets
        AND list_has_any(coalesce(resp_mime_types, []), ['application/x-dosexec', 'application/x-executable', 'application/x-mach-o-executable'])
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:50] AS records, count(*) AS count, source, target, arg_min(coalesce(host, target) || coalesce(uri, ''), ts) AS object, arg_min(coalesce(host, target) || coalesce(uri, ''), ts) AS place, max(response_body_len) AS octets,
           CASE WHEN bool_or(is_windows) THEN 'Windows' ELSE 'another system' END AS kind, 'confirmed' AS outcome, CASE WHEN bool_or(is_disguised) THEN ['T1036.008'] END AS attack,
           concat_ws(' and ', CASE WHEN bool_or(is_disguised) THEN 'its name or declared type (' || coalesce(min(response_content_type) FILTER (is_disguised), 'none') || ') say something else' END, CASE WHEN bool_or(is_bare) THEN 'the server was asked by its address' END) AS why,
           CASE WHEN source IN ${ESTATE_OR_HYPERVISOR} THEN 'high' ELSE 'medium' END AS severity, CASE WHEN bool_or(is_disguised) THEN 0.8 ELSE 0.6 END AS confidence
    FROM fetched WHERE is_disguised OR is_bare GROUP BY source, target`,
  explanation: "{source} fetched a program for {kind} ({octets}) from {target}, {place}: {why}.",
  falsePositives: ["Appliances that hand out their agents by address", "Servers that declare every file as text"],
  references: ["https://attack.mitre.org/techniques/T1105/", "https://attack.mitre.org/techniques/T1036/008/"],
  blindTo: [
    {
      text: "downloads inside TLS",
      query: `SELECT count(*) AS n FROM ssl WHERE established AND "id.resp_p" IN (443, 8443)`,
    },
  ],
  samples: [
    { capture: "disguised-program.rows", findings: 2 },
    { capture: "status-page.pcapng", findings: 0 },
    { capture: "quiet.pcapng", findings: 0 },
  ],
};
