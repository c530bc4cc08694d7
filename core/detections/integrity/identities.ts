/**
 * By what a machine is known, as one value a row: its network card (where the address is on the same link: a card that answers for many addresses
 * is a router's), its SSH host key, its certificate, the name of its iSCSI initiator, the name it asks DHCP for. Text of a query.
 */
export const IDENTITIES = `(
  SELECT m.* FROM (
    SELECT "id.orig_h" AS host, 'network card' AS attribute, orig_l2_addr AS value, rid, ts FROM conn WHERE orig_l2_addr IS NOT NULL AND "id.orig_h" IN (SELECT address FROM assets WHERE internal)
    UNION ALL SELECT "id.resp_h", 'network card', resp_l2_addr, rid, ts FROM conn WHERE resp_l2_addr IS NOT NULL AND resp_pkts > 0 AND "id.resp_h" IN (SELECT address FROM assets WHERE internal)
  ) m JOIN (
    SELECT card FROM (SELECT orig_l2_addr AS card, "id.orig_h" AS address FROM conn UNION SELECT resp_l2_addr, "id.resp_h" FROM conn) WHERE card IS NOT NULL GROUP BY card HAVING count(DISTINCT address) <= 3
  ) own ON own.card = m.value
  UNION ALL SELECT "id.resp_h", 'SSH host key', host_key_sha256, rid, ts FROM ssh WHERE host_key_sha256 IS NOT NULL
  UNION ALL SELECT "id.resp_h", 'certificate on port ' || "id.resp_p", coalesce(subject, '') || ' by ' || coalesce(issuer, ''), rid, ts FROM ssl WHERE subject IS NOT NULL
  UNION ALL SELECT "id.orig_h", 'iSCSI initiator name', initiator, rid, ts FROM iscsi WHERE initiator IS NOT NULL
  UNION ALL SELECT coalesce(assigned_addr, client_addr), 'DHCP name and card', coalesce(host_name, '') || ' ' || mac, rid, ts FROM dhcp WHERE mac IS NOT NULL AND coalesce(assigned_addr, client_addr) IS NOT NULL)`;

/**
 * Attributes of which one value ended before another began, with the times of both: "host", "attribute", "was", "is", "ts" (the first of the new),
 * "seen" (how often the old was seen). A value that comes back is no change.
 */
export const CHANGED_IDENTITIES = `(
  WITH value AS (
    SELECT host, attribute, value, min(ts) AS first, max(ts) AS last, count(*) AS seen, arg_max(rid, ts) AS rid_last, arg_min(rid, ts) AS rid_first FROM ${IDENTITIES} GROUP BY 1, 2, 3
  ), line AS (
    SELECT *, lag(value) OVER w AS was, lag(last) OVER w AS was_until, lag(seen) OVER w AS was_seen, lag(rid_last) OVER w AS was_rid FROM value WINDOW w AS (PARTITION BY host, attribute ORDER BY first)
  )
  SELECT host, attribute, was, value AS "is", first AS ts, was_seen AS seen, [was_rid, rid_first] AS records FROM line WHERE was IS NOT NULL AND was_until < first)`;
