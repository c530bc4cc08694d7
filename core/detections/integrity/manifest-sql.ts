import { ARCHIVE_PATTERN, BACKUP_ACTORS, ESTATE } from "../sql.ts";

/** Pieces of SQL that compare imported manifests with what went over the wire. */

/** Path of an object or an entry for comparison: "/" between, lower case, no drive, nothing doubled, "/" before it. */
function placeOf(text: string): string {
  return `'/' || ltrim(regexp_replace(regexp_replace(lower(replace(${text}, '\\', '/')), '^[a-z]:', ''), '/+', '/', 'g'), '/')`;
}

/** Last component of a place. */
const NAME = `regexp_extract(place, '[^/]*$')`;

/** Entries of manifests that say what a file is, with the manifest's time. */
export const ENTRIES = `(SELECT e.*, m.path AS manifest_path, m.format, m.generated, m.dated_by, ${NAME.replaceAll("place", placeOf("e.path"))} AS name, ${placeOf("e.path")} AS place
  FROM manifest_entries e JOIN manifests m ON m.id = e.manifest WHERE coalesce(e.change, '') <> 'removed')`;

/** Versions on the wire, with the whole place and that within the share. */
const VERSIONS = `(SELECT *, ${NAME} AS name FROM (
  SELECT rid, ts, ended, "id.orig_h" AS client, "id.resp_h" AS server, protocol, direction, share, object, actor, state, size, md5, sha1, sha256, not_hashed,
         ${placeOf("coalesce(share || '/', '') || object")} AS place, ${placeOf("object")} AS inner_place
  FROM object_version))`;

/**
 * Each version on the wire beside the entry that speaks of it: of the entries that fit its path best, the newest that was made before it, or
 * the oldest after it. A path fits by its end, from whichever side; a bare name only with the same size, or if it is the only one of its kind on
 * both sides. `verdict` is one of: same, different, older manifest (it was written after the list was made), not comparable (`why`).
 */
export const COMPARED = `(
  WITH entry AS (SELECT *, count(DISTINCT place) OVER (PARTITION BY name) AS namesakes FROM ${ENTRIES}),
  seen AS (SELECT *, count(DISTINCT server || place) OVER (PARTITION BY name) AS namesakes FROM ${VERSIONS}),
  pair AS (
    SELECT s.rid, s.ts, s.ended, s.client, s.server, s.protocol, s.direction, s.share, s.object, s.actor, s.state, s.size, s.place, s.not_hashed,
           s.md5 AS wire_md5, s.sha1 AS wire_sha1, s.sha256 AS wire_sha256,
           e.manifest, e.line, e.original AS entry, e.manifest_path, e.format, e.generated, e.dated_by, e.size AS entry_size, e.md5, e.sha1, e.sha256, e.other,
           CASE WHEN contains(substr(e.place, 2), '/') AND ends_with(s.place, e.place) THEN 3
                WHEN contains(substr(s.inner_place, 2), '/') AND ends_with(e.place, s.inner_place) THEN 2
                WHEN (e.size = s.size AND s.size > 0) OR (e.namesakes = 1 AND s.namesakes = 1) THEN 1 ELSE 0 END AS fit
    FROM seen s JOIN entry e ON e.name = s.name
  ), chosen AS (
    SELECT * FROM pair WHERE fit > 0
    QUALIFY row_number() OVER (PARTITION BY rid ORDER BY fit DESC, generated <= ts DESC, CASE WHEN generated <= ts THEN generated END DESC NULLS LAST, generated, manifest, line) = 1
  ), judged AS (
    SELECT *, CASE WHEN sha256 IS NOT NULL THEN sha256 WHEN sha1 IS NOT NULL THEN sha1 ELSE md5 END AS listed,
              CASE WHEN sha256 IS NOT NULL THEN wire_sha256 WHEN sha1 IS NOT NULL THEN wire_sha1 WHEN md5 IS NOT NULL THEN wire_md5 END AS found,
              CASE WHEN sha256 IS NOT NULL THEN 'SHA-256' WHEN sha1 IS NOT NULL THEN 'SHA-1' WHEN md5 IS NOT NULL THEN 'MD5' END AS algorithm
    FROM chosen)
  SELECT *, CASE WHEN state <> 'complete' OR found IS NULL OR listed IS NULL THEN 'not comparable'
                 WHEN found = listed THEN 'same' WHEN direction = 'write' AND ts > generated THEN 'older manifest' ELSE 'different' END AS verdict,
         CASE WHEN state <> 'complete' THEN state WHEN listed IS NULL THEN coalesce('the list has ' || other || ' only', 'the list has no digest')
              WHEN found IS NULL THEN CASE not_hashed WHEN 'size' THEN 'longer than the limit of hashing' WHEN 'off' THEN 'hashing was off' ELSE 'not all octets were captured' END END AS why
  FROM judged)`;

/** True of a row of COMPARED that puts back what was backed up: written by the backup software to another machine, or plain files read from a store. */
export const IS_RESTORE = `(NOT regexp_matches(object, '${ARCHIVE_PATTERN}') AND CASE WHEN direction = 'write' THEN client IN ${BACKUP_ACTORS} AND server NOT IN ${ESTATE}
  ELSE server IN ${ESTATE} AND client NOT IN ${BACKUP_ACTORS} END)`;

/** Who wrote or changed what: `rid, ts, client, server, actor, place, name`. */
export const CHANGES_SEEN = `(SELECT rid, ts, client, server, actor, place, ${NAME} AS name FROM (
  SELECT rid, ts, "id.orig_h" AS client, "id.resp_h" AS server, actor, ${placeOf("coalesce(share || '/', '') || object")} AS place FROM object_version WHERE direction = 'write'
  UNION ALL
  SELECT rid, ts, "id.orig_h", "id.resp_h", actor, ${placeOf("coalesce(share || '/', '') || coalesce(object, '')")} FROM archive_op
  WHERE outcome = 'granted' AND operation IN ('write', 'truncate', 'rename', 'delete', 'create') AND object IS NOT NULL))`;

/** Changes that manifests tell of: those that a report lists, and those between two lists of the same form, one after the other. */
export const CHANGES_TOLD = `(
  WITH listed AS (SELECT e.*, m.generated, m.path AS manifest_path, m.format, m.host, ${placeOf("e.path")} AS place FROM manifest_entries e JOIN manifests m ON m.id = e.manifest),
  following AS (
    SELECT m.id AS newer, arg_max(o.id, o.generated) AS older FROM manifests m JOIN manifests o ON o.format = m.format AND o.generated < m.generated
    WHERE EXISTS (SELECT 1 FROM listed a JOIN listed b ON a.place = b.place WHERE a.manifest = m.id AND b.manifest = o.id AND a.change IS NULL AND b.change IS NULL)
    GROUP BY m.id)
  SELECT manifest_path, format, host, generated, CAST(NULL AS TIMESTAMP_NS) AS since, place, original, change FROM listed WHERE change IN ('removed', 'changed')
  UNION ALL
  SELECT n.path, n.format, n.host, n.generated, o.generated, e.place, e.original, CASE WHEN f.place IS NULL THEN 'removed' ELSE 'changed' END
  FROM following p JOIN manifests n ON n.id = p.newer JOIN manifests o ON o.id = p.older JOIN listed e ON e.manifest = p.older
  LEFT JOIN listed f ON f.manifest = p.newer AND f.place = e.place
  WHERE e.change IS NULL AND (f.place IS NULL OR coalesce(e.sha256 <> f.sha256, e.sha1 <> f.sha1, e.md5 <> f.md5, false)))`;

/** Complete listings, with the place of the directory, that within its share, and the names in it in lower case. Of a bucket, what lies right under the prefix. */
export const LISTINGS = `(SELECT rid, ts, client, server, actor, share, object, protocol, rtrim(place, '/') AS place, rtrim(inner_place, '/') AS inner_place, names FROM (
  SELECT rid, ts, "id.orig_h" AS client, "id.resp_h" AS server, actor, share, object, protocol,
         ${placeOf("coalesce(share || '/', '') || object")} AS place, ${placeOf("object")} AS inner_place,
         CASE WHEN protocol = 's3' THEN list_filter(list_transform(names, lambda n: lower(substr(n, length(object) + 1))), lambda n: NOT contains(n, '/'))
              ELSE list_transform(names, lambda n: lower(n)) END AS names
  FROM directory_listing WHERE complete AND (protocol <> 's3' OR object = '' OR ends_with(object, '/'))))`;
