import { archiveKindOf } from "../records/archive-names.ts";
import type { ChangingDatabase } from "../records/record-database.ts";

/** Rows of one query of the second pass. */
const PAGE = 10_000;
/** Numbers of rows that are added to a connection's own: above those that its analyzers give. */
const ADDED_FROM = 1_000_000_000;

/**
 * Connections that carry one SMB session: those that joined it (multichannel) and the one that began it. The server's id of the session is its own
 * matter, so both machines' ids have to be the same too. [MS-SMB2] 3.3.5.5.2
 */
const CHANNELS = `
  SELECT DISTINCT uid, session_id, session_id || '/' || client_guid || '/' || server_guid AS joined_as FROM smb_sessions
  WHERE outcome = 'confirmed' AND (session_id, client_guid, server_guid) IN
    (SELECT (session_id, client_guid, server_guid) FROM smb_sessions WHERE is_binding AND outcome = 'confirmed')`;

/** Operations on any channel, with the session that they belong to. */
const OPERATIONS = `
  SELECT o.*, c.joined_as FROM smb_operations o JOIN (${CHANNELS}) c ON c.uid = o.uid AND c.session_id = o.session_id`;

/** What lacks something that another channel knows: its share by the tree's id, its name by the handle, its account by the session. */
const LACKING = `
  CREATE OR REPLACE TABLE joined_operations AS
  WITH operation AS (${OPERATIONS}), named AS (
    SELECT joined_as, handle, ts, CASE WHEN action = 'rename' AND outcome = 'confirmed' THEN coalesce(target, name) ELSE name END AS name
    FROM operation WHERE handle IS NOT NULL AND (name IS NOT NULL OR action = 'rename' AND outcome = 'confirmed')
  ), tree AS (
    SELECT c.joined_as, m.tree_id, m.ts, m.path, m.share_type
    FROM smb_mapping m JOIN (${CHANNELS}) c ON c.uid = m.uid AND c.session_id = m.session_id WHERE m.outcome = 'confirmed' AND m.path IS NOT NULL
  ), account AS (
    SELECT c.joined_as, any_value(s."user" ORDER BY s.ts) AS "user"
    FROM smb_sessions s JOIN (${CHANNELS}) c ON c.uid = s.uid AND c.session_id = s.session_id WHERE s."user" IS NOT NULL GROUP BY ALL
  ), lacking AS (
    SELECT * FROM operation WHERE name IS NULL AND handle IS NOT NULL OR path IS NULL OR "user" IS NULL
  )
  SELECT l.uid, l.n, l.name IS NULL AND n.name IS NOT NULL AS is_named, coalesce(l.name, n.name) AS name, coalesce(l.path, t.path) AS path,
         coalesce(l.share_type, t.share_type) AS share_type, coalesce(l."user", a."user") AS "user"
  FROM lacking l LEFT JOIN account a ON a.joined_as = l.joined_as
    ASOF LEFT JOIN tree t ON t.joined_as = l.joined_as AND t.tree_id = l.tree_id AND t.ts <= l.ts
    ASOF LEFT JOIN named n ON n.joined_as = l.joined_as AND n.handle = l.handle AND n.ts < l.ts`;

const FILL: readonly string[] = [
  `UPDATE smb_operations o SET name = j.name, path = j.path, share_type = j.share_type, "user" = j."user"
   FROM joined_operations j WHERE j.uid = o.uid AND j.n = o.n`,
  // Zeek's own columns stay as this connection alone tells them.
  `UPDATE smb_files f SET share = coalesce(f.share, o.path), "user" = coalesce(f."user", o."user")
   FROM smb_operations o JOIN joined_operations j ON j.uid = o.uid AND j.n = o.n
   WHERE f.uid = o.uid AND f.frame = o.frame AND f.ts = o.ts AND f.session_id = o.session_id`,
  ...["smb_mapping", "smb_sessions"].map(
    (table) => `
   UPDATE ${table} SET "user" = j."user" FROM (
     SELECT c.uid, c.session_id, min(o."user") AS "user" FROM (${CHANNELS}) c
     JOIN (SELECT DISTINCT joined_as, "user" FROM (${OPERATIONS}) WHERE "user" IS NOT NULL) o ON o.joined_as = c.joined_as GROUP BY ALL) j
   WHERE ${table}."user" IS NULL AND ${table}.uid = j.uid AND ${table}.session_id = j.session_id`,
  ),
  `UPDATE archive_op a SET share = coalesce(a.share, o.path), actor = coalesce(a.actor, o."user")
   FROM smb_operations o JOIN joined_operations j ON j.uid = o.uid AND j.n = o.n
   WHERE a.uid = o.uid AND a.frame = o.frame AND a.ts = o.ts AND a.object = o.name`,
  // A file that went over several channels was followed on each for itself: what one of them saw is not the whole.
  `UPDATE object_version SET state = 'interleaved', md5 = NULL, sha1 = NULL, sha256 = NULL, chunks = NULL, not_hashed = NULL
   FROM (
     SELECT o.uid, o.ts, o.name, sum(o.bytes_written) OVER of_handle > o.bytes_written AS is_written, sum(o.bytes_read) OVER of_handle > o.bytes_read AS is_read
     FROM (${OPERATIONS}) o WHERE o.action = 'transfer' WINDOW of_handle AS (PARTITION BY o.joined_as, o.handle)) t
   WHERE object_version.uid = t.uid AND object_version.ts = t.ts AND object_version.object = t.name AND state <> 'interleaved'
     AND CASE direction WHEN 'write' THEN t.is_written ELSE t.is_read END`,
];

/** Acts on archives whose name only now is known, as the ledger calls them (see core/protocols/smb/archive-acts.ts). */
const ACTS = `
  WITH act AS (
    SELECT o.*, unnest(CASE action WHEN 'transfer' THEN list_filter(['read', 'write'], lambda w: CASE w WHEN 'read' THEN bytes_read ELSE bytes_written END > 0)
      WHEN 'delete' THEN ['delete'] WHEN 'rename' THEN ['rename'] WHEN 'copy' THEN ['create'] ELSE ['truncate'] END) AS operation
    FROM smb_operations o JOIN joined_operations j ON j.uid = o.uid AND j.n = o.n AND j.is_named
    WHERE o.action IN ('transfer', 'delete', 'rename', 'truncate', 'allocate', 'zero', 'copy')
  )
  SELECT uid, n, operation, name, target FROM act WHERE (uid, n, operation) > ($uid, CAST($n AS UBIGINT), $operation) ORDER BY uid, n, operation LIMIT ${PAGE}`;

const ADD = `
  INSERT INTO archive_op BY NAME
  SELECT o.ts, o.uid, o."id.orig_h", o."id.orig_p", o."id.resp_h", o."id.resp_p", ${ADDED_FROM} + 2 * o.n + CASE k.operation WHEN 'write' THEN 1 ELSE 0 END AS n,
         o.capture, o.frame, o.last_capture, o.last_frame, o.ingest, k.operation,
         CASE WHEN o.action = 'transfer' OR o.outcome = 'confirmed' THEN 'granted' WHEN o.outcome = 'refused' THEN 'refused' ELSE 'asked' END AS outcome,
         o.status, o."user" AS actor, 'smb' AS protocol, o.path AS share, o.name AS object,
         CASE WHEN o.action IN ('rename', 'copy') THEN o.target END AS new_object, k.kind AS archive_kind, k.product,
         CASE k.operation WHEN 'read' THEN o.bytes_read END AS octets_read, CASE k.operation WHEN 'write' THEN o.bytes_written END AS octets_written,
         CASE WHEN o.action IN ('truncate', 'allocate') THEN 'to ' || o.size || ' octets' WHEN o.action = 'zero' THEN 'a range was filled with zeros'
              WHEN o.action = 'copy' THEN 'copied by the server itself' END AS detail
  FROM (SELECT unnest(from_json($kinds, '[{"uid":"VARCHAR","n":"UBIGINT","operation":"VARCHAR","kind":"VARCHAR","product":"VARCHAR"}]'), recursive := true)) k
  JOIN smb_operations o ON o.uid = k.uid AND o.n = k.n`;

/**
 * Joins the channels of SMB sessions that go between different addresses. Each pair of hosts is analysed for itself, so that only here, where all are
 * together, what was opened on one channel and used on another gets its name, share and account, and its place in the archive ledger.
 */
export async function joinChannels(store: ChangingDatabase): Promise<void> {
  const [first] = await store.rows(
    "SELECT 1 AS one FROM smb_sessions WHERE is_binding AND outcome = 'confirmed' LIMIT 1",
  );
  if (first === undefined) return;
  // A table of the case for a while: its queries run over connections of their own.
  await store.change([{ sql: LACKING }, ...FILL.map((sql) => ({ sql }))]);
  try {
    await addActs(store);
  } finally {
    await store.change([{ sql: "DROP TABLE joined_operations" }]);
  }
}

interface Act {
  readonly uid: string;
  readonly n: number | bigint;
  readonly operation: string;
  readonly name: string;
  readonly target: string | null;
}

/** Adds what was done to archives through a handle of another channel to the ledger. */
async function addActs(store: ChangingDatabase): Promise<void> {
  for (let after = { uid: "", n: 0, operation: "" }; ;) {
    const rows = (await store.rows(ACTS, after)) as unknown as readonly Act[];
    const last = rows.at(-1);
    if (last === undefined) return;
    const kinds = rows.flatMap(({ uid, n, operation, name, target }) => {
      const known = archiveKindOf(name) ?? (target === null ? null : archiveKindOf(target));
      return known === null ? [] : [{ uid, n: Number(n), operation, kind: known.kind, product: known.product }];
    });
    if (kinds.length > 0) await store.change([{ sql: ADD, parameters: { kinds: JSON.stringify(kinds) } }]);
    after = { uid: last.uid, n: Number(last.n), operation: last.operation };
  }
}
