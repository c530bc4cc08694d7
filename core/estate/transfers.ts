import { isProblem } from "../contracts/result.ts";
import type { EstateDatabase } from "./estate-database.ts";

/**
 * Connections that moved less are control traffic and no part of a transfer. Octets, both ways; the next one is tried where the database's memory does
 * not suffice for so many.
 */
const LEAST_FLOWS = [4_000, 100_000, 2_000_000];
/** Flows of one channel belong to one transfer while the pause between them is shorter. Minutes. */
const JOIN_MINUTES = 10;
/** Flows are first summed by such spans, so that the search for pauses sorts little. Minutes; less than `JOIN_MINUTES`. */
const BUCKET_MINUTES = 5;
/** Records named for one transfer: those of its largest pieces. */
const RECORDS_KEPT = 50;

/** Machines that keep backups. */
const STORES = `(SELECT address FROM asset_roles WHERE role IN ('repository', 'object-store', 'tape') AND confidence >= 0.6)`;
const MEMBERS = `(SELECT address FROM assets WHERE in_estate)`;
const INSIDE = `(SELECT address FROM assets WHERE internal)`;

/** What was recognised in a connection, one word; NULL if nothing was. */
const PROTOCOL = `CASE
  WHEN service IS NULL THEN m.protocol WHEN contains(service, 'smb') THEN 'smb' WHEN contains(service, 'ssh') THEN 'ssh' WHEN contains(service, 'rdp') THEN 'rdp'
  WHEN contains(service, 'nfs') THEN 'nfs' WHEN contains(service, 'http') THEN 'http' WHEN contains(service, 'ssl') OR contains(service, 'tls') THEN 'ssl'
  ELSE split_part(service, ',', -1) END`;

/**
 * Where movers of NDMP listened or were connected to, as the control connections say. A copy between two servers that are both not the backup software
 * goes over a connection that nothing in its octets tells from others.
 */
const NDMP_DATA = `(
  SELECT DISTINCT regexp_extract(address, '^\\[?(.*?)\\]?:[0-9]+$', 1) AS host, TRY_CAST(regexp_extract(address, ':([0-9]+)$', 1) AS USMALLINT) AS port, 'ndmp-data' AS protocol
  FROM ndmp WHERE operation IN ('DATA_CONNECT', 'MOVER_CONNECT', 'DATA_LISTEN', 'MOVER_LISTEN') AND outcome = 'granted' AND address LIKE '%:%')`;

/** Ports as one class where products pick them from a range: Veeam's data ports, and those that systems hand out. */
const PORT_CLASS = `CASE WHEN "id.resp_p" BETWEEN 2500 AND 3300 THEN 2500 WHEN "id.resp_p" >= 32768 THEN 49152 ELSE "id.resp_p" END`;

/**
 * Writes `transfers`: what a machine of the estate and another host moved over one channel (client, server, protocol, class of port)
 * without a longer pause, whichever side opened it. Ten million connections are summed by spans of time first; only the sums are sorted.
 * `assets` and `asset_roles` must be there.
 * @returns the bound that was hit, a sentence; null if none was.
 */
export async function writeTransfers(database: EstateDatabase): Promise<string | null> {
  for (const least of LEAST_FLOWS) {
    try {
      await writeFrom(database, least);
      return least === LEAST_FLOWS[0]
        ? null
        : `The database's memory did not suffice for all connections of the estate: transfers and jobs are made of those of at least ${least} octets.`;
    } catch (error) {
      if (!isProblem(error, "out-of-memory")) throw error;
    }
  }
  // Not even the bulk fits: what rests on transfers finds nothing, the rest goes on.
  await database.change([{ sql: "DELETE FROM transfers" }]);
  return "The database's memory did not suffice to join the estate's connections to transfers: jobs and unusual transfers were not looked for.";
}

async function writeFrom(database: EstateDatabase, least: number): Promise<void> {
  await database.change([
    { sql: "DELETE FROM transfers" },
    {
      sql: `
      INSERT INTO transfers
      WITH flow AS (
        SELECT uid || '.' || n AS rid, epoch_ns(ts) AS began, epoch_ns(ts) + coalesce(duration, 0) AS ended, "id.orig_h" AS client, "id.resp_h" AS server,
               "id.resp_p" AS port, CAST(${PORT_CLASS} AS USMALLINT) AS port_class, ${PROTOCOL} AS protocol,
               orig_bytes, resp_bytes, coalesce(missed_bytes, 0) AS missed
        FROM conn LEFT JOIN ${NDMP_DATA} m ON m.host = "id.resp_h" AND m.port = "id.resp_p"
        WHERE orig_bytes + resp_bytes >= ${least} AND proto IN ('tcp', 'udp') AND ("id.orig_h" IN ${MEMBERS} OR "id.resp_h" IN ${MEMBERS})
      ), span AS (
        SELECT client, server, protocol, port_class, began // ${BUCKET_MINUTES * 60}000000000 AS bucket, min(port) AS port, min(began) AS began, max(ended) AS ended,
               CAST(sum(orig_bytes) AS UBIGINT) AS sent, CAST(sum(resp_bytes) AS UBIGINT) AS received, CAST(sum(missed) AS UBIGINT) AS missed, count(*) AS connections,
               arg_max(rid, orig_bytes + resp_bytes) AS rid
        FROM flow GROUP BY ALL
      ), paused AS (
        SELECT *, CASE WHEN began - max(ended) OVER (PARTITION BY client, server, protocol, port_class ORDER BY began ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                         < ${JOIN_MINUTES * 60}000000000 THEN 0 ELSE 1 END AS is_new
        FROM span
      ), numbered AS (
        SELECT *, sum(is_new) OVER (PARTITION BY client, server, protocol, port_class ORDER BY began) AS number FROM paused
      ), moved AS (
        SELECT client, server, protocol, min(port) AS port, min(began) AS began, max(ended) AS ended, sum(sent) AS sent, sum(received) AS received, sum(missed) AS missed,
               sum(connections) AS connections, list(rid ORDER BY sent + received DESC, rid)[:${RECORDS_KEPT}] AS records
        FROM numbered GROUP BY client, server, protocol, port_class, number
      ), directed AS (
        SELECT *, CASE WHEN sent >= received THEN client ELSE server END AS sender, CASE WHEN sent >= received THEN server ELSE client END AS receiver FROM moved
      )
      SELECT row_number() OVER (ORDER BY began, client, server, port) AS id, make_timestamp_ns(began) AS ts, make_timestamp_ns(ended) AS ts_last,
             client, server, port, protocol, sender, receiver, greatest(sent, received) AS octets, least(sent, received) AS returned_octets, missed AS missed_octets,
             connections,
             CASE WHEN sender NOT IN ${INSIDE} THEN 'from outside' WHEN receiver NOT IN ${INSIDE} THEN 'to outside'
                  WHEN receiver IN ${STORES} AND sender IN ${STORES} THEN 'between stores' WHEN receiver IN ${STORES} THEN 'to store'
                  WHEN sender IN ${STORES} THEN 'from store' WHEN receiver IN ${MEMBERS} AND sender IN ${MEMBERS} THEN 'within'
                  WHEN receiver IN ${MEMBERS} THEN 'to estate' ELSE 'from estate' END AS way,
             NULL AS job, NULL AS night, NULL AS in_window, records
      FROM directed`,
    },
  ]);
}
