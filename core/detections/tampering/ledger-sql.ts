import { GENERAL_KINDS } from "../../records/archive-names.ts";
import { BACKUP_ACTORS, ESTATE, IS_SHORT } from "../sql.ts";

/** Pieces of SQL over the archive ledger and the calls to object stores, shared by the detections of tampering. */

/** A row of `archive_op` that is about a backup: an archive of a kind that is nothing else, or an object of a backup product. */
export const IS_BACKUP = `CASE WHEN archive_kind IS NULL THEN product IS NOT NULL
  ELSE archive_kind NOT IN (${GENERAL_KINDS.map((kind) => `'${kind}'`).join(", ")}) END`;

/** What was answered, over a group of rows of `archive_op`, `nfs`, `block_op`, `ndmp` or `dce_rpc`. */
export const OUTCOME = `CASE WHEN bool_or(outcome IN ('granted', 'confirmed')) THEN 'confirmed'
  WHEN bool_and(outcome = 'refused') THEN 'refused' ELSE 'attempted' END`;

/** What an HTTP service answered, over a group of rows with `status_code`. */
export const HTTP_OUTCOME = `CASE WHEN bool_or(status_code < 300) THEN 'confirmed'
  WHEN bool_and(status_code >= 300) THEN 'refused' ELSE 'attempted' END`;

/** The same of one row, to keep what was done apart from what was refused or not answered: grouped by it, a finding holds one kind only. */
export const ANSWER = `CASE WHEN outcome IN ('granted', 'confirmed') THEN 'confirmed' WHEN outcome = 'refused' THEN 'refused' ELSE 'attempted' END`;
export const HTTP_ANSWER = `CASE WHEN status_code < 300 THEN 'confirmed' WHEN status_code >= 300 THEN 'refused' ELSE 'attempted' END`;
export const CALL_ANSWER = `CASE WHEN status_code < 300 AND fault IS NULL THEN 'confirmed' WHEN fault IS NOT NULL OR status_code >= 300 THEN 'refused' ELSE 'attempted' END`;

/** Rows of `table` with `number`, which goes up where more than $window_minutes passed since the row before of the same `actor`. */
export function runsOf(table: string, actor: string): string {
  return `(SELECT *, sum(CASE WHEN apart THEN 1 ELSE 0 END) OVER (PARTITION BY ${actor} ORDER BY ts) AS number
    FROM (SELECT *, ts - lag(ts) OVER (PARTITION BY ${actor} ORDER BY ts) > to_minutes($window_minutes) AS apart FROM ${table}))`;
}

const STORES = "('s3', 'azure_blob', 'gcs', 'swift', 'b2')";

/** Buckets that hold backups: archives or a backup product's objects were seen in them, their name says so, or the estate has the service. */
export const BACKUP_BUCKETS = `(
  SELECT DISTINCT "id.resp_h" AS target, share AS bucket FROM archive_op WHERE protocol IN ${STORES} AND share IS NOT NULL AND ${IS_BACKUP}
  UNION SELECT DISTINCT "id.resp_h", bucket FROM object_store
  WHERE bucket IS NOT NULL AND ("id.resp_h" IN ${ESTATE} OR regexp_matches(bucket, '(?i)backup|veeam|restic|kopia|vault|immutable|archive')))`;

/** Who puts objects into which bucket. */
export const BUCKET_WRITERS = `(
  SELECT "id.orig_h" AS source, "id.resp_h" AS target, bucket, min(ts) AS ts FROM object_store
  WHERE bucket IS NOT NULL AND status_code < 300
    AND regexp_matches(operation, '^(PutObject|PostObject|CompleteMultipartUpload|PutBlob|PutBlockList|objects.insert|object put|b2_upload_file|b2_finish_large_file)$')
  GROUP BY ALL)`;

/** Who seems to put objects into which store inside TLS, by its name. */
export const SEALED_WRITERS = `(
  SELECT arg_max("id.orig_h", n) AS source, place FROM (SELECT "id.orig_h", server_name AS place, sum(uploads) AS n FROM sealed_store WHERE uploads > 0 GROUP BY ALL) GROUP BY place)`;

/** Backup traffic to object stores that nobody can read: TLS sessions to their usual ports and names. */
export const SEALED_STORES = `SELECT count(*) AS n FROM ssl
  WHERE "id.resp_p" IN (9000, 9021, 8082, 18082) OR regexp_matches(coalesce(server_name, ''),
    '(?i)(amazonaws\\.com|blob\\.core\\.windows\\.net|storage\\.googleapis\\.com|backblazeb2\\.com|wasabisys\\.com|(^|\\.)s3[.-])')`;

/**
 * Deletions of backups, with what speaks for retention: the machine writes these backups itself, has deleted on other days too, no more than
 * twice the largest other day, and nothing new.
 * @param acts Selects `rid, ts, source, target, "user", operation, outcome, status, share, object` of writes, creations and deletions.
 */
export function deletionQuery(acts: string): string {
  return `
    WITH act AS (SELECT *, CAST(ts AS DATE) AS day FROM (${acts})), born AS (
      SELECT target, share, object, min(ts) AS ts, arg_min(source, ts) AS source FROM act
      WHERE operation IN ('write', 'create') AND outcome = 'granted' GROUP BY 1, 2, 3
    ), writer AS (
      SELECT source, target, max(days) AS days FROM (
        SELECT source, target, count(DISTINCT CAST(ts AS DATE)) AS days FROM born GROUP BY 1, 2
        UNION ALL SELECT DISTINCT source, target, 0 FROM act WHERE source IN ${BACKUP_ACTORS}) GROUP BY 1, 2
    ), deletion AS (
      SELECT a.*, b.ts AS born_at FROM act a LEFT JOIN born b ON b.target = a.target AND b.share = a.share AND b.object = a.object AND b.ts < a.ts
      WHERE a.operation = 'delete' AND NOT regexp_matches(coalesce(a.status, ''), '(?i)^(404|5\\d\\d)|NOENT|NOT_FOUND')
    ), daily AS (
      SELECT source, target, day, count(*) AS n FROM deletion WHERE outcome = 'granted' GROUP BY 1, 2, 3
    ), habit AS (
      SELECT a.source, a.target, a.day, count(b.day) AS days, coalesce(max(b.n), 0) AS most
      FROM daily a LEFT JOIN daily b ON b.source = a.source AND b.target = a.target AND b.day <> a.day GROUP BY 1, 2, 3
    ), joined AS (
      SELECT source, target, "user", outcome, number, min(ts) AS ts, max(ts) AS ts_last, min(day) AS day,
             list(rid ORDER BY ts)[:200] AS records, count(*) AS record_count, count(DISTINCT share || '/' || coalesce(object, rid)) AS count,
             arg_min(object, ts) AS object, arg_min(share, ts) AS place,
             count(*) FILTER (born_at IS NOT NULL AND ts - born_at < to_days($newest_days)) AS young
      FROM ${runsOf("deletion", `source, target, coalesce("user", ''), outcome`)} GROUP BY source, target, "user", outcome, number
    ), judged AS (
      SELECT j.*, w.source IS NOT NULL AS is_writer, coalesce(h.days, 0) AS days, coalesce(h.most, 0) AS most
      FROM joined j
      LEFT JOIN writer w ON w.source = j.source AND w.target = j.target
      LEFT JOIN habit h ON h.source = j.source AND h.target = j.target AND h.day = j.day
    )
    SELECT ts, ts_last, records, record_count, source, target, "user", count, object, CASE WHEN place = '' THEN 'storage' ELSE place END AS place,
           CASE outcome WHEN 'granted' THEN 'confirmed' WHEN 'refused' THEN 'refused' ELSE 'attempted' END AS outcome,
           count || CASE count WHEN 1 THEN ' backup object' ELSE ' backup objects' END AS things,
           CASE outcome WHEN 'granted' THEN 'deleted' WHEN 'refused' THEN 'asked to delete' ELSE 'asked (no answer was seen) to delete' END AS did,
           CASE WHEN is_writer AND ${IS_SHORT} THEN 'low'
                WHEN outcome = 'refused' THEN 'medium'
                WHEN NOT is_writer AND count >= $n THEN 'critical'
                WHEN NOT is_writer AND target NOT IN (SELECT target FROM born) AND target NOT IN ${ESTATE} THEN 'medium'
                WHEN NOT is_writer OR young > 0 OR count > 2 * most THEN 'high' ELSE 'medium' END AS severity,
           CASE WHEN is_writer AND days >= $history_days AND count <= 2 * most AND young <= most
                THEN 'Retention: the machine writes these backups itself, has deleted on ' || days || ' other days, and removed no more than usual ('
                     || count || ', at most ' || most || ' on another day)' END AS explained,
           CASE WHEN NOT is_writer THEN 'The machine wrote none of these backups in the evidence'
                WHEN is_writer AND ${IS_SHORT} THEN 'The machine writes these backups itself, and the evidence is too short to say what it deletes as a rule'
                WHEN young > 0 THEN young || ' of them had been written less than ' || $newest_days || ' days before: retention does not remove those' END AS note
    FROM judged`;
}

/** Writes, creations and deletions of backups in the archive ledger. @param where Which protocols. */
export function backupActs(where: string): string {
  return `SELECT rid, ts, "id.orig_h" AS source, "id.resp_h" AS target, actor AS "user", operation, outcome, status, coalesce(share, '') AS share, object
    FROM archive_op WHERE ${where} AND operation IN ('write', 'create', 'delete') AND ${IS_BACKUP}
      AND NOT regexp_matches(coalesce(object, ''), '(^|/)locks/[0-9a-f]{64}$')`;
}

/**
 * What ends backups in one kind of object store: backups that go, judged as retention is; and calls that end buckets or their protection, where
 * one is enough.
 * @param service Kind of store, as `object_store.service` names it.
 * @param calls SQL condition of such calls on a row of `object_store`.
 */
export function storeDestruction(service: string, calls: string): string {
  return `
    SELECT *, did || ' ' || things || ' of ' || place AS act FROM (${deletionQuery(backupActs(`protocol = '${service}'`))})
    UNION ALL BY NAME
    SELECT min(o.ts) AS ts, max(o.ts) AS ts_last, list(rid ORDER BY o.ts)[:100] AS records, count(*) AS count, "id.orig_h" AS source, "id.resp_h" AS target, access_key AS "user",
           o.bucket || coalesce('/' || min(key), '') AS object, ${HTTP_OUTCOME} AS outcome,
           CASE WHEN bool_or(status_code < 300) THEN 'called' WHEN bool_and(status_code >= 300) THEN 'tried, and was refused,' ELSE 'asked for (no answer was seen)' END || ' ' || operation || ' on ' || coalesce(o.bucket, 'the account') AS act,
           CASE WHEN b.bucket IS NULL THEN 'medium' WHEN bool_and(status_code >= 300) THEN 'high' ELSE 'critical' END AS severity
    FROM object_store o LEFT JOIN ${BACKUP_BUCKETS} b ON b.target = o."id.resp_h" AND b.bucket = o.bucket
    WHERE service = '${service}' AND (${calls})
    GROUP BY "id.orig_h", "id.resp_h", access_key, o.bucket, operation, b.bucket, ${HTTP_ANSWER}`;
}

/**
 * Who made which bucket (`ts`), when it was first spoken of with success (`known_at`), and when an object in it was (`filled_at`). Some stores also answer
 * the making of a bucket that the caller has already.
 */
export const BUCKETS_MADE = `(
  SELECT "id.orig_h" AS source, m."id.resp_h" AS target, m.bucket, min(m.ts) AS ts, min(f.known_at) AS known_at, min(f.filled_at) AS filled_at FROM object_store m
  JOIN (
    SELECT "id.resp_h" AS target, bucket, min(ts) AS known_at, min(ts) FILTER (coalesce(key, '') <> '' AND operation NOT ILIKE '%list%') AS filled_at FROM object_store
    WHERE bucket IS NOT NULL AND status_code < 300 GROUP BY "id.resp_h", bucket
  ) f ON f.target = m."id.resp_h" AND f.bucket = m.bucket
  WHERE operation IN ('CreateBucket', 'CreateContainer', 'buckets.insert', 'b2_create_bucket') AND status_code < 300 GROUP BY "id.orig_h", m."id.resp_h", m.bucket)`;

/** Whether a call to a bucket of `BUCKETS_MADE`, as `m`, came after it was made and before any object in it was seen: then there is nothing yet to lose. */
export function isSetUp(time: string): string {
  return `${time} >= m.ts AND m.known_at >= m.ts AND (m.filled_at IS NULL OR ${time} < m.filled_at)`;
}

/** Sessions with management interfaces of hypervisors that nobody can read. */
export const SEALED_HYPERVISORS = `SELECT count(*) AS n FROM ssl
  WHERE "id.resp_p" IN (902, 8006) OR "id.resp_h" IN (SELECT address FROM asset_roles WHERE role IN ('hypervisor', 'vcenter') AND confidence >= 0.6)`;

/** What a call to a hypervisor came to, over a group of rows of `hypervisor_api`: a task that is taken on counts as done. */
export const CALL_OUTCOME = `CASE WHEN bool_or(status_code < 300 AND fault IS NULL) THEN 'confirmed'
  WHEN bool_and(fault IS NOT NULL OR status_code >= 300) THEN 'refused' ELSE 'attempted' END`;
