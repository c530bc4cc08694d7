import type { ServiceNames } from "./service-names.ts";
import { ALL_SERVICES } from "./service-names.ts";

/**
 * Names of hosts that a machine spoke to or asked for: (ts, rid, uid, source, target, name, seen). `seen` is TLS, QUIC, HTTP, SOCKS or DNS; only
 * DNS says nothing of a connection, and its target is the server that was asked.
 */
export const NAMED = `(
  SELECT ts, rid, uid, "id.orig_h" AS source, "id.resp_h" AS target, lower(server_name) AS name, 'TLS' AS seen FROM ssl WHERE server_name IS NOT NULL
  UNION ALL SELECT ts, rid, uid, "id.orig_h", "id.resp_h", lower(server_name), 'QUIC' FROM quic WHERE server_name IS NOT NULL
  UNION ALL SELECT ts, rid, uid, "id.orig_h", "id.resp_h", lower(split_part(host, ':', 1)), 'HTTP' FROM http WHERE host IS NOT NULL
  UNION ALL SELECT ts, rid, uid, "id.orig_h", "id.resp_h", lower("request.name"), 'SOCKS' FROM socks WHERE "request.name" IS NOT NULL
  UNION ALL SELECT ts, rid, uid, "id.orig_h", "id.resp_h", lower(rtrim(query, '.')), 'DNS' FROM dns WHERE contains(query, '.') AND qtype_name IN ('A', 'AAAA', 'HTTPS', 'CNAME', 'SRV', 'TXT'))`;

/** `VALUES` rows of a list of services: (suffix, service). */
function valuesOf(list: ServiceNames): string {
  return `(VALUES ${list.map(([suffix, service]) => `('${suffix}', '${service.replaceAll("'", "''")}')`).join(", ")})`;
}

/** Every name of `list` and what lies below it: rows of (name, service), from the names that `names` gives. */
function servicesOf(names: string, list: ServiceNames): string {
  return `
      SELECT s.name, arg_max(l.service, length(l.suffix)) AS service
      FROM (SELECT name, unnest([array_to_string(parts[i:], '.') for i in range(1, len(parts) + 1)]) AS suffix FROM (SELECT name, string_split(name, '.') AS parts FROM ${names}) WHERE len(parts) <= 20) s
      JOIN ${valuesOf(list)} l(suffix, service) ON l.suffix = s.suffix GROUP BY s.name`;
}

/** The rows of `NAMED` of all services that any list knows: `service_visits` of slices.ts. */
export const VISITS = `
  WITH named AS NOT MATERIALIZED ${NAMED}
  SELECT * FROM named WHERE name IN (SELECT name FROM (${servicesOf("(SELECT DISTINCT name FROM named)", ALL_SERVICES)}))`;

/**
 * Common table expressions for machines that reached the services of a list by name:
 *
 * - `visit`: the rows of `NAMED` of these services, with `service`,
 * - `contact`: one row a machine and service, with ts, ts_last, records, count, source, target (the service's address, or NULL if it was only asked
 *   for), service, names, seen, is_connected, sent and received (octets of the connections, not of HTTP through a proxy alone).
 */
export function contactsWith(list: ServiceNames): string {
  return `
    known AS (${servicesOf("(SELECT DISTINCT name FROM service_visits)", list)}
    ), visit AS MATERIALIZED (
      SELECT n.*, k.service FROM service_visits n JOIN known k ON k.name = n.name
    ), carried AS (
      SELECT v.source, v.service, sum(coalesce(c.orig_bytes, 0)) AS sent, sum(coalesce(c.resp_bytes, 0)) AS received, arg_max(c."id.resp_h", coalesce(c.orig_bytes, 0)) AS target
      FROM (SELECT DISTINCT source, service, uid FROM visit WHERE seen <> 'DNS') v JOIN visit_conn c ON c.uid = v.uid GROUP BY ALL
    ), contact AS (
      SELECT min(v.ts) AS ts, max(v.ts) AS ts_last, list(v.rid ORDER BY v.ts, v.rid)[:100] AS records, count(*) AS count, v.source, min(m.target) AS target, v.service,
             list(DISTINCT v.name ORDER BY v.name)[:5] AS names, list(DISTINCT v.seen ORDER BY v.seen) AS seen, bool_or(v.seen <> 'DNS') AS is_connected,
             coalesce(min(m.sent), 0) AS sent, coalesce(min(m.received), 0) AS received
      FROM visit v LEFT JOIN carried m ON m.source = v.source AND m.service = v.service
      GROUP BY v.source, v.service
    )`;
}
