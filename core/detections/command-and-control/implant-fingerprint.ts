import type { Detection } from "../detection.ts";

/** Sum of the codes of a path's letters modulo 256, by which stagers of two frameworks are told from other requests. */
const CHECKSUM = `list_sum([unicode(c) for c in string_split(substr(path, 2), '')]) % 256`;

export const implantFingerprint: Detection = {
  id: "BT-C2-009",
  title: "Fingerprint of an attack framework",
  phase: "command-and-control",
  attack: ["T1071.001", "T1573", "T1573.002", "T1071.004", "T1105"],
  severity: "high",
  confidence: 0.8,
  basis: "fact",
  needs: ["dce_rpc|dns|http|websocket|x509"],
  learningDays: 0,
  parameters: { stage_octets: 30000, certificates: "" },
  // Defaults that the frameworks' own documents and sources state: certificates, paths with their programs' names, first labels of DNS names, the identifier of mimikatz' own RPC service (mimicom.idl). Paths that anybody may use count in company only:
  // two of a set with the same agent, or a checksum with an answer of a stage's size. \`certificates\` is a list of SHA-256 fingerprints, with commas, that the investigator holds for malicious.
  query: `
    WITH certificate AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, CASE
          WHEN "certificate.serial" = '08BB00EE' OR "certificate.serial" = '8BB00EE' OR contains("certificate.subject", 'Major Cobalt Strike') OR contains("certificate.subject", 'AdvancedPenTesting') THEN 'the default certificate of Cobalt Strike'
          WHEN "certificate.subject" ILIKE '%CN=AsyncRAT Server%' THEN 'the default certificate of AsyncRAT'
          WHEN "certificate.subject" ILIKE '%CN=DcRat%' THEN 'the default certificate of DcRat'
          WHEN "certificate.subject" ILIKE '%CN=VenomRAT%' THEN 'the default certificate of VenomRAT'
          WHEN "certificate.subject" ILIKE '%CN=Quasar Server CA%' THEN 'the default certificate of Quasar'
          WHEN "certificate.subject" ILIKE '%CN=Orcus Server%' THEN 'the default certificate of Orcus'
          WHEN "certificate.subject" ILIKE '%CN=BitRAT%' THEN 'the default certificate of BitRAT'
          WHEN contains("certificate.subject", 'P18055077') OR ("certificate.subject" ILIKE '%O=Pajfds%' AND "certificate.subject" ILIKE '%OU=Jethpro%') THEN 'the default certificate of PoshC2'
          WHEN regexp_matches("certificate.subject", '(?i)(^|,)CN=Covenant(,|$)') THEN 'the default certificate of Covenant'
          WHEN regexp_matches("certificate.subject", '(?i)(^|,)O=Mythic(,|$)') THEN 'the default certificate of Mythic'
          WHEN regexp_matches("certificate.subject", '(?i)(^|,)CN=(multiplayer|operators)(,|$)') AND regexp_matches("certificate.issuer", '(?i)(^|,)CN=(multiplayer|operators)(,|$)') THEN 'a certificate of Sliver'
          WHEN "certificate.subject" ILIKE '%CN=MetasploitSelfSignedCA%' THEN 'a certificate of Metasploit'
          WHEN $certificates <> '' AND list_contains(string_split(lower(replace($certificates, ' ', '')), ','), lower(fingerprint)) THEN 'a certificate of the list of malicious ones'
        END AS shown, 1 AS weight
      FROM x509
    ), request AS (
      SELECT ts, rid, "id.orig_h" AS source, "id.resp_h" AS target, method, split_part(uri, '?', 1) AS path, uri, coalesce(user_agent, '') AS agent, request_body_len, response_body_len, status_code, coalesce(server, '') AS server
      FROM http WHERE uri IS NOT NULL AND method IN ('GET', 'POST')
    ), asked AS (
      SELECT *, CASE
          WHEN path IN ('/admin/get.php', '/news.php', '/login/process.php', '/news.asp', '/login/process.jsp', '/news.asp', '/admin/get.asp', '/login/process.asp') AND contains(agent, 'Trident/7.0; rv:11.0) like Gecko') THEN 'Empire'
          WHEN regexp_matches(uri, '^/en-us/(index\\.html\\?page|docs\\.html\\?type|test\\.html\\?message)=[0-9a-f]{10,}&v=1$') THEN 'Covenant'
          WHEN path IN ('/beacon', '/file/download', '/file/upload', '/weather', '/weather/file/upload', '/instructions', '/results', '/ping') AND method = 'POST' AND contains(server, 'aiohttp') THEN 'Caldera'
          WHEN method = 'POST' AND regexp_matches(uri, '^/submit\\.php\\?id=[0-9]{3,10}$') THEN 'Cobalt Strike'
          WHEN path IN ('/__utm.gif', '/ca', '/dpixel', '/pixel', '/ptj', '/j.ad', '/ga.js', '/match', '/en_US/all.js', '/activity', '/fwlink', '/push', '/load', '/visit.js', '/cm', '/cx', '/dot.gif', '/ie9compatviewlist.xml', '/IE9CompatViewList.xml', '/g.pixel', '/pixel.gif', '/updates.rss') AND method = 'GET' AND request_body_len = 0 AND response_body_len = 0
               AND regexp_matches(agent, '^Mozilla/[45]\\.0 \\(compatible; MSIE ') THEN 'Cobalt Strike (beacon)'
          WHEN regexp_matches(path, '^/[A-Za-z0-9_-]{4,5}$') AND method = 'GET' AND response_body_len >= $stage_octets AND ${CHECKSUM} IN (92, 93) THEN 'Cobalt Strike or Metasploit (stager)'
          WHEN contains(agent, 'Metasploit') OR agent = 'Mozilla/4.0 (compatible; MSIE 6.1; Windows NT)' THEN 'Metasploit'
          WHEN agent IN ('sliver', 'merlin', 'Merlin', 'Go-Merlin') OR regexp_matches(agent, '(?i)^(koadic|pupy|havoc|villain|mythic|nimplant|evil-?c2|octopus-?c2|empire)\\b') THEN 'an attack framework that names itself'
        END AS tool
      FROM request
    ), tools AS (
      SELECT source, target, tool, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, count(DISTINCT path) AS paths, list(DISTINCT path ORDER BY path)[:5] AS shown_paths
      FROM asked WHERE tool IS NOT NULL GROUP BY ALL
    ), name AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, CASE WHEN regexp_matches(query, '^dnscat\\.') THEN 'names as dnscat2 makes them' ELSE 'names as the DNS beacon of Cobalt Strike makes them' END AS shown
      FROM dns
      WHERE regexp_matches(lower(query), '^(dnscat\\.[0-9a-f]{10,}|[a-z]{3}\\.stage\\.[0-9]{6,}\\.|(post|www|api|cdn)\\.[0-9a-f]{2,}\\.[0-9a-f]{6,}\\.)')
      GROUP BY ALL
    ), socket AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, 'the WebSocket protocol ' || min(coalesce(subprotocol, client_protocols[1])) || ' of chisel' AS shown
      FROM websocket WHERE coalesce(subprotocol, '') ILIKE 'chisel-v%' OR len(list_filter(coalesce(client_protocols, []), lambda p: p ILIKE 'chisel-v%')) > 0 GROUP BY ALL
    ), service AS (
      SELECT "id.orig_h" AS source, "id.resp_h" AS target, min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, count(*) AS count, 'calls of the RPC service by which mimikatz is driven from another machine' AS shown
      FROM dce_rpc WHERE endpoint = 'unknown-17fc11e9-c258-4b8d-8d07-2f4125156244' GROUP BY ALL
    )
    SELECT min(ts) AS ts, max(ts) AS ts_last, list(rid ORDER BY ts)[:100] AS records, source, target, count(*) AS count, shown, shown AS object, 'confirmed' AS outcome, 'high' AS severity, ['T1573', 'T1573.002'] AS techniques FROM certificate WHERE shown IS NOT NULL GROUP BY source, target, shown
    UNION ALL
    SELECT ts, ts_last, records, source, target, count, 'requests as ' || tool || ' makes them by default (' || array_to_string(shown_paths, ', ') || ')', tool, 'confirmed', CASE WHEN contains(tool, 'stager') OR contains(tool, 'beacon') THEN 'medium'
           WHEN tool = 'Cobalt Strike' AND (source, target) NOT IN (SELECT (source, target) FROM tools WHERE tool = 'Cobalt Strike (beacon)') THEN 'medium' ELSE 'high' END, CASE WHEN contains(tool, 'stager') THEN ['T1071.001', 'T1105'] ELSE ['T1071.001'] END
    FROM tools WHERE paths >= 2 OR count >= 3 AND tool IN ('Covenant', 'Cobalt Strike', 'Cobalt Strike (beacon)') OR tool IN ('Cobalt Strike or Metasploit (stager)', 'Metasploit', 'an attack framework that names itself')
    UNION ALL
    SELECT ts, ts_last, records, source, target, count, shown, shown, 'confirmed', 'high', ['T1071.004'] FROM name WHERE count >= 3
    UNION ALL
    SELECT ts, ts_last, records, source, target, count, shown, shown, 'confirmed', 'high', ['T1071.001', 'T1572'] FROM socket
    UNION ALL
    SELECT ts, ts_last, records, source, target, count, shown, shown, 'confirmed', 'high', ['T1003', 'T1021'] FROM service`,
  explanation: "Connections from {source} to {target} carried {shown}.",
  falsePositives: ["Exercises with the same tools", "A page that happens to have the same paths"],
  references: ["https://attack.mitre.org/techniques/T1071/001/", "https://attack.mitre.org/techniques/T1573/"],
  blindTo: [
    {
      text: "certificates inside TLS 1.3",
      query: "SELECT count(*) AS n FROM ssl WHERE version = 'TLSv13' AND established",
    },
  ],
  samples: [
    { capture: "implants.rows", findings: 5 },
    { capture: "status-page.pcapng", findings: 0 },
  ],
};
