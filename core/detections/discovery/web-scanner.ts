import { SEALED_REQUESTS } from "../blind-spots.ts";
import type { Detection } from "../detection.ts";

/** Programs that ask a mirror for each list and signature that it may have. */
const PACKAGE_MANAGER =
  "(?i)^(debian apt|apt[ -]|ubuntu apt|libdnf|dnf|yum|urlgrabber|zypp|pacman|apk-tools|opkg|windows-update-agent|microsoft-delivery-optimization|pip/|npm/|apache-maven|gradle/)";

/** Lists, signatures and packages that they ask for: a scanner may call itself a package manager, but looks for other things. */
const PACKAGE_LIST =
  "(?i)(/dists/|/repodata/|/by-hash/|/media\\.1/|(in|/)release(\\.gpg)?$|/(packages|sources|contents-[a-z0-9-]+|translation-[a-z_]+)(\\.(gz|xz|bz2|zst|lzma|sig))?$|apkindex|/repomd\\.xml|/maven-metadata\\.xml|/simple/|/pypi/|/@[^/]+(/|%2f)[^/]+$|/-/|/msdownload/|/filestreamingservice/|\\.(deb|udeb|ddeb|rpm|drpm|apk|ipk|whl|egg|tgz|pom|jar|aar|module|cab|psf|esd|msu|db(\\.tar\\.[a-z]+)?|pkg\\.tar\\.[a-z]+)(\\.(sig|asc|md5|sha1|sha256|sha512|metadata))?$)";

export const webScanner: Detection = {
  id: "BT-DI-025",
  title: "Web scanner at work",
  phase: "discovery",
  attack: ["T1595.002", "T1595.003", "T1046"],
  severity: "medium",
  confidence: 0.75,
  basis: "fact",
  needs: ["http"],
  learningDays: 0,
  parameters: { missing: 30, minutes: 5 },
  // Package managers ask for lists that a mirror need not have: both who asks and what is asked for must look so. A program that names itself, or many different targets that do not exist, asked for within minutes.
  query: `
    WITH agent AS (
      SELECT user_agent, regexp_extract(user_agent, '(?i)(nikto|sqlmap|nessus|openvas|nuclei|acunetix|netsparker|w3af|wpscan|dirbuster|gobuster|feroxbuster|dirsearch|ffuf|wfuzz|masscan|zgrab|nmap scripting engine|arachni|skipfish|whatweb|jaeles|burp|havij|paros|webinspect|appscan|qualys|zmeu|morfeus|jorgee|muieblackcat|hydra|libwww-perl.*probe)') AS tool FROM (SELECT DISTINCT user_agent FROM http WHERE user_agent IS NOT NULL) WHERE regexp_matches(user_agent, '(?i)(nikto|sqlmap|nessus|openvas|nuclei|acunetix|netsparker|w3af|wpscan|dirbuster|gobuster|feroxbuster|dirsearch|ffuf|wfuzz|masscan|zgrab|nmap scripting engine|arachni|skipfish|whatweb|jaeles|burp|havij|paros|webinspect|appscan|qualys|zmeu|morfeus|jorgee|muieblackcat|hydra|libwww-perl.*probe)')
    ), asked AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, uri, status_code, regexp_matches(coalesce(h.user_agent, ''), '${PACKAGE_MANAGER}') AND regexp_matches(split_part(coalesce(uri, ''), '?', 1), '${PACKAGE_LIST}') AS is_package,
             a.tool FROM http h LEFT JOIN agent a ON a.user_agent = h.user_agent
    ), missing AS (
      SELECT source, target, uri, min(ts) AS ts FROM asked WHERE status_code IN (400, 403, 404, 405) AND NOT is_package GROUP BY 1, 2, 3
    ), dense AS (
      SELECT DISTINCT source, target FROM (SELECT source, target, ts - lag(ts, $missing - 1) OVER (PARTITION BY source, target ORDER BY ts) <= to_minutes($minutes) AS reached FROM missing) WHERE reached
    ), hot AS (
      SELECT source, target FROM dense UNION SELECT source, target FROM asked WHERE tool IS NOT NULL
    )
    SELECT min(a.ts) AS ts, max(a.ts) AS ts_last, list(a.rid ORDER BY a.ts)[:200] AS records, count(*) AS record_count, count(*) AS count, h.source, h.target, count(DISTINCT a.uri) AS paths,
           CASE WHEN count(a.status_code) = 0 THEN 'no answer was captured' ELSE count(*) FILTER (a.status_code BETWEEN 200 AND 299) || ' of the requests were answered with content (status 2xx)' END AS found, max(a.tool) AS object, CASE WHEN max(a.tool) IS NULL THEN 'it does not say what it is' ELSE 'it calls itself ' || max(a.tool) END AS tool_text, 'observed' AS outcome
    FROM hot h JOIN asked a ON a.source = h.source AND a.target = h.target GROUP BY h.source, h.target`,
  explanation: "{source} asked {target} for {paths} different paths in {count} requests; {found} ({tool_text}).",
  falsePositives: ["Vulnerability scanners of the site", "Broken links of an application"],
  references: ["https://attack.mitre.org/techniques/T1595/002/"],
  blindTo: [SEALED_REQUESTS],
  samples: [
    { capture: "web-scanner.rows", findings: 1 },
    { capture: "product-consoles.rows", findings: 0 },
  ],
};
