import type { RecordStore } from "../case/store.ts";

/** Versions of one object above which no pairs are looked for: they would be a pair for each two of them. */
const MOST_VERSIONS = 1000;

/**
 * Marks versions that two clients wrote at the same time: each was followed for itself, so that only here, where all are
 * together, can it be seen. What they hold in the end is nobody's digest.
 */
export async function markInterleaved(store: Pick<RecordStore, "change">): Promise<void> {
  const sql = `
    WITH shared AS (
      SELECT "id.resp_h" AS server, share, object FROM object_version WHERE direction = 'write'
      GROUP BY ALL HAVING count(DISTINCT "id.orig_h") > 1 AND count(*) <= ${MOST_VERSIONS}),
    written AS (
      SELECT v.rid, v."id.orig_h" AS client, v.ts, v.ended, v."id.resp_h" AS server, v.share, v.object
      FROM object_version v JOIN shared s
        ON s.server = v."id.resp_h" AND s.object = v.object AND s.share IS NOT DISTINCT FROM v.share
      WHERE v.direction = 'write')
    UPDATE object_version SET state = 'interleaved', md5 = NULL, sha1 = NULL, sha256 = NULL, chunks = NULL, not_hashed = NULL
    WHERE state <> 'interleaved' AND rid IN (
      SELECT a.rid FROM written a JOIN written b
        ON a.server = b.server AND a.object = b.object AND a.share IS NOT DISTINCT FROM b.share
      WHERE a.client <> b.client AND a.ts < b.ended AND b.ts < a.ended)`;
  await store.change([{ sql }]);
}
