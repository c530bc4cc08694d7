import type { Case } from "../case/case.ts";
import { openFilter, openSql, type QueryRows } from "../case/query.ts";
import type { QueryRow, QueryValue } from "../case/result-values.ts";
import type { FileAct, Session } from "../report/exports/export.ts";
import { filterTimes } from "./filter-times.ts";

/** Connections by their ids. */
export async function sessionsByUid(source: Case, uids: readonly string[]): Promise<Map<string, Session>> {
  const rows = await source.store.rows(
    "SELECT * FROM conn WHERE uid IN (SELECT unnest(CAST($uids::JSON AS VARCHAR[]))) ORDER BY ts, uid, n",
    { uids: JSON.stringify(uids) },
  );
  return new Map(rows.map(sessionOf).map((session) => [session.uid, session]));
}

/**
 * The connections that a filter fits, all if there is none, in time order and some at a time.
 * @throws BacktrailError `filter` for one that cannot be read.
 */
export async function* sessionsOf(source: Case, filter: string | null): AsyncGenerator<readonly Session[], void> {
  const { store } = source;
  if (filter === null) return yield* batches(await openSql(store, "SELECT * FROM conn ORDER BY ts, uid, n"), sessionOf);
  const conn = store.types.filter(({ name }) => name === "conn");
  for await (const rows of openFilter(store, filter, conn, filterTimes(source))) yield* batches(rows, sessionOf);
}

async function* batches<T>(rows: QueryRows, make: (row: QueryRow) => T): AsyncGenerator<readonly T[], void> {
  try {
    for (let batch = await rows.next(); batch !== null; batch = await rows.next()) {
      yield batch.map((cells) => make(Object.fromEntries(cells.map((cell, i) => [rows.columns[i]!, cell]))));
    }
  } finally {
    rows.close();
  }
}

function sessionOf(row: QueryRow): Session {
  const first = row["ts"] as bigint;
  return {
    uid: row["uid"] as string,
    first,
    last: first + BigInt((row["duration"] ?? 0) as number | bigint),
    proto: (row["proto"] as string).toLowerCase(),
    ipProto: number(row["ip_proto"]),
    services: text(row["service"])?.split(",") ?? [],
    source: row["id.orig_h"] as string,
    sourcePort: number(row["id.orig_p"]) ?? 0,
    target: row["id.resp_h"] as string,
    targetPort: number(row["id.resp_p"]) ?? 0,
    sourceMac: text(row["orig_l2_addr"]),
    targetMac: text(row["resp_l2_addr"]),
    sourceOctets: number(row["orig_bytes"]),
    targetOctets: number(row["resp_bytes"]),
    sourcePackets: number(row["orig_pkts"]),
    targetPackets: number(row["resp_pkts"]),
    state: text(row["conn_state"]),
    communityId: text(row["community_id"]),
    capture: number(row["capture"]) ?? 0,
    frame: number(row["frame"]) ?? 0,
    lastCapture: number(row["last_capture"]) ?? 0,
    lastFrame: number(row["last_frame"]) ?? 0,
  };
}

/** What servers of SMB and NFS did to files as they were asked, in time order. */
export async function* fileActsOf(source: Case): AsyncGenerator<readonly FileAct[], void> {
  yield* batches(await openSql(source.store, FILE_ACTS), actOf);
}

/**
 * SMB: what the server confirmed, and transfers, whose octets speak for themselves; pipes and printers are no files. NFS: what was
 * answered well. Look-ups and lists change and prove nothing of a file.
 */
const FILE_ACTS = `
  SELECT ts, uid, n, "id.resp_h" AS server, concat_ws('/', replace(ltrim(path, '\\'), '\\', '/'), replace(name, '\\', '/')) AS path,
    CASE WHEN act = 'rename' THEN replace(target, '\\', '/') END AS new_path, act,
    CASE act WHEN 'read' THEN bytes_read WHEN 'write' THEN bytes_written END AS octets, size, "user"
  FROM (SELECT *, unnest(CASE
      WHEN action = 'transfer' AND bytes_read > 0 AND bytes_written > 0 THEN ['read', 'write']
      WHEN action = 'transfer' AND bytes_read > 0 THEN ['read']
      WHEN action = 'transfer' AND bytes_written > 0 THEN ['write']
      WHEN outcome IS DISTINCT FROM 'confirmed' THEN []
      WHEN action = 'open' AND create_action = 'CREATED' THEN ['create']
      WHEN action = 'open' AND create_action IN ('OVERWRITTEN', 'SUPERSEDED') THEN ['write']
      WHEN action IN ('rename', 'delete') THEN [action]
      WHEN action IN ('truncate', 'allocate', 'zero') THEN ['write']
      WHEN action IN ('set_attributes', 'set_security') THEN ['change']
      ELSE [] END) AS act
    FROM smb_operations WHERE coalesce(share_type, 'DISK') = 'DISK' AND name IS NOT NULL)
  UNION ALL
  SELECT ts, uid, n, "id.resp_h", ltrim(path, '/'), CASE WHEN act = 'rename' THEN new_path END, act, octets, size,
    coalesce("user", machine)
  FROM (SELECT *, CASE operation
      WHEN 'READ' THEN 'read' WHEN 'WRITE' THEN 'write' WHEN 'CREATE' THEN 'create' WHEN 'MKDIR' THEN 'create'
      WHEN 'REMOVE' THEN 'delete' WHEN 'RMDIR' THEN 'delete' WHEN 'RENAME' THEN 'rename' WHEN 'SETATTR' THEN 'change' END AS act
    FROM nfs WHERE outcome = 'confirmed' AND path IS NOT NULL)
  WHERE act IS NOT NULL
  ORDER BY ts, uid, n, act`;

function actOf(row: QueryRow): FileAct {
  return {
    ts: row["ts"] as bigint,
    server: row["server"] as string,
    path: row["path"] as string,
    newPath: text(row["new_path"]),
    act: row["act"] as FileAct["act"],
    octets: number(row["octets"]),
    size: number(row["size"]),
    user: text(row["user"]),
  };
}

function number(value: QueryValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function text(value: QueryValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
