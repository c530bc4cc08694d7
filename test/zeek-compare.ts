import { UNSET, cellItems, cellValue, type ZeekLog, type ZeekRow } from "./zeek-log.ts";

/** How far our rows of one log agree with Zeek's. */
export interface LogComparison {
  readonly log: string;
  /** Rows that were matched with one another. */
  readonly matched: number;
  /** Rows that only Zeek has, and that only we have. */
  readonly missing: readonly ZeekRow[];
  readonly extra: readonly ZeekRow[];
  /** By field of Zeek's log, over the matched rows. */
  readonly fields: ReadonlyMap<string, FieldComparison>;
}

export interface FieldComparison {
  compared: number;
  equal: number;
  /** The first few differences. */
  readonly examples: { readonly ours: string; readonly theirs: string; readonly row: ZeekRow }[];
}

/**
 * Compares our rows (cells as Zeek's ASCII writer has them) with Zeek's log, field by field, unset cells included.
 *
 * Rows are matched by what the log has of the connection id; among rows of one connection the likest ones, then in order.
 * Uids are matched one to one over the whole comparison. Masked times are passed over. Doubles, times and intervals
 * agree if they differ by no more than Zeek's doubles do; sets in any order.
 * @param uids Pairs known from other logs of the same trace; new ones are added.
 * @param saysNothing Cells of Zeek's that are passed over as masked times are.
 */
export function compareLog(
  ours: readonly ZeekRow[],
  theirs: ZeekLog,
  uids: UidPairs = new UidPairs(),
  saysNothing: (field: string, cell: string, row: ZeekRow) => boolean = () => false,
): LogComparison {
  const pairs: [ours: ZeekRow, theirs: ZeekRow][] = [];
  const missing: ZeekRow[] = [];
  const extra: ZeekRow[] = [];
  const key = theirs.fields.filter((field) => CONNECTION_FIELDS.includes(field));
  const groups = new Map<string, { ours: ZeekRow[]; theirs: ZeekRow[] }>();
  const groupOf = (row: ZeekRow): { ours: ZeekRow[]; theirs: ZeekRow[] } => {
    const id = key.map((field) => row[field] ?? UNSET).join(" ");
    let group = groups.get(id);
    if (group === undefined) groups.set(id, (group = { ours: [], theirs: [] }));
    return group;
  };
  for (const row of ours) groupOf(row).ours.push(row);
  for (const row of theirs.rows) groupOf(row).theirs.push(row);
  for (const group of groups.values()) {
    for (const [mine, other] of matchRows(group.ours, group.theirs, theirs, uids)) {
      if (mine === null) missing.push(other!);
      else if (other === null) extra.push(mine);
      else pairs.push([mine, other]);
    }
  }
  pairWithoutConnection(pairs, missing, extra, theirs);
  const fields = new Map<string, FieldComparison>();
  for (const field of theirs.fields) fields.set(field, { compared: 0, equal: 0, examples: [] });
  const order = theirs.fields.map((field, i) => ({ field, type: theirs.types[i] ?? null }));
  // A row's own uid says more than the uids it mentions, so all rows are paired by theirs first.
  order.sort((a, b) => Number(isOwnUid(b.field)) - Number(isOwnUid(a.field)));
  for (const { field, type } of order) {
    const result = fields.get(field)!;
    for (const [mine, other] of pairs) {
      const theirCell = other[field] ?? UNSET;
      if (isMasked(theirCell) || saysNothing(field, theirCell, other)) continue;
      const ourCell = mine[field];
      result.compared++;
      if (ourCell !== undefined && cellsAgree(field, type, ourCell, theirCell, uids)) {
        result.equal++;
      } else if (result.examples.length < MOST_EXAMPLES) {
        result.examples.push({ ours: ourCell ?? "(no such field)", theirs: theirCell, row: other });
      }
    }
  }
  return { log: theirs.name, matched: pairs.length, missing, extra, fields };
}

/** Cells that agree and cells there are; each row that only one side has counts with all its cells as not agreeing. */
export function agreement(comparison: LogComparison): { equal: number; cells: number } {
  let equal = 0;
  let cells = 0;
  for (const field of comparison.fields.values()) {
    equal += field.equal;
    cells += field.compared;
  }
  cells += (comparison.missing.length + comparison.extra.length) * comparison.fields.size;
  return { equal, cells };
}

/** Which of our uids stands for which of Zeek's, one to one. */
export class UidPairs {
  readonly #theirsOf = new Map<string, string>();
  readonly #oursOf = new Map<string, string>();

  /** True if they are a pair already, or may become one. */
  fits(ours: string, theirs: string): boolean {
    const known = this.#theirsOf.get(ours);
    return known === undefined ? !this.#oursOf.has(theirs) : known === theirs;
  }

  /** Makes them a pair if they fit. */
  join(ours: string, theirs: string): boolean {
    if (!this.fits(ours, theirs)) return false;
    this.#theirsOf.set(ours, theirs);
    this.#oursOf.set(theirs, ours);
    return true;
  }

  /** Zeek's uid for one of ours. */
  theirs(ours: string): string | undefined {
    return this.#theirsOf.get(ours);
  }
}

/** Pairs of rows of one connection; null on the side that has none. */
function matchRows(
  ours: readonly ZeekRow[],
  theirs: readonly ZeekRow[],
  log: ZeekLog,
  uids: UidPairs,
): [ZeekRow | null, ZeekRow | null][] {
  const result: [ZeekRow | null, ZeekRow | null][] = [];
  const free = new Set(ours);
  const open = new Set(theirs);
  if (ours.length * theirs.length <= MOST_TO_WEIGH && ours.length + theirs.length > 2) {
    const weighed: { mine: ZeekRow; other: ZeekRow; likeness: number; apart: number }[] = [];
    theirs.forEach((other, i) => {
      ours.forEach((mine, k) => {
        weighed.push({ mine, other, likeness: likeness(mine, other, log, uids), apart: Math.abs(i - k) });
      });
    });
    weighed.sort((a, b) => b.likeness - a.likeness || a.apart - b.apart);
    for (const { mine, other } of weighed) {
      if (!free.has(mine) || !open.has(other)) continue;
      free.delete(mine);
      open.delete(other);
      result.push([mine, other]);
    }
  }
  const left = [...free];
  for (const other of open) result.push([left.shift() ?? null, other]);
  for (const mine of left) result.push([mine, null]);
  return result;
}

/**
 * A row of Zeek's that names no connection is one of ours that does if all else agrees; the connection's cells then count as
 * differing.
 */
function pairWithoutConnection(
  pairs: [ours: ZeekRow, theirs: ZeekRow][],
  missing: ZeekRow[],
  extra: ZeekRow[],
  log: ZeekLog,
): void {
  const all = log.fields.map((field, i) => ({ field, type: log.types[i] ?? null }));
  const others = all.filter(({ field }) => !CONNECTION_FIELDS.includes(field) && !UID_FIELDS.includes(field));
  for (const other of [...missing]) {
    if (CONNECTION_FIELDS.some((field) => (other[field] ?? UNSET) !== UNSET)) continue;
    const at = extra.findIndex((mine) =>
      others.every(({ field, type }) => {
        const cell = other[field] ?? UNSET;
        return isMasked(cell) || (mine[field] !== undefined && cellsAgree(field, type, mine[field], cell, null));
      }),
    );
    if (at < 0) continue;
    pairs.push([extra[at]!, other]);
    extra.splice(at, 1);
    missing.splice(missing.indexOf(other), 1);
  }
}

/** Cells that agree without making pairs of uids. */
function likeness(mine: ZeekRow, other: ZeekRow, log: ZeekLog, uids: UidPairs): number {
  let agreeing = 0;
  log.fields.forEach((field, i) => {
    const ourCell = mine[field];
    const theirCell = other[field] ?? UNSET;
    if (ourCell === undefined || isMasked(theirCell)) return;
    if (UID_FIELDS.includes(field)) {
      // A pair that is known says more than any other cell.
      if (ourCell !== UNSET && uids.theirs(ourCell) === theirCell) agreeing += 4;
    } else if (cellsAgree(field, log.types[i] ?? null, ourCell, theirCell, null)) {
      agreeing++;
    }
  });
  return agreeing;
}

function cellsAgree(field: string, type: string | null, ours: string, theirs: string, uids: UidPairs | null): boolean {
  const isSet = type?.startsWith("set[") === true;
  const isList = isSet || type?.startsWith("vector[") === true;
  if (UID_FIELDS.includes(field)) return uidsAgree(ours, theirs, uids);
  const tolerance = field.startsWith("times.") ? SMB_TOLERANCE_S : TOLERANCE_S;
  if (!isList) return valuesAgree(type, cellValue(ours), cellValue(theirs), tolerance);
  const itemType = /\[(.*)\]/.exec(type)?.[1] ?? null;
  let a = cellItems(ours);
  const b = cellItems(theirs);
  if (a === null || b === null) return a === b;
  if (field === "analyzers") a = a.filter((name) => b.includes(name) || !HASHES.includes(name));
  if (a.length !== b.length) return false;
  if (isSet) {
    a.sort();
    b.sort();
  }
  return a.every((item, i) => valuesAgree(itemType, item, b[i]!, tolerance));
}

function valuesAgree(type: string | null, ours: string | null, theirs: string | null, tolerance: number): boolean {
  if (ours === theirs) return true;
  if (ours === null || theirs === null) return false;
  const isReal = type === "double" || type === "time" || type === "interval" || (type === null && DECIMAL.test(theirs));
  if (!isReal || !NUMBER.test(ours) || !NUMBER.test(theirs)) return false;
  // Zeek's clock begins at 1.0: what a capture without a clock puts into the first second of 1970 is written so.
  if (type === "time" && Number(theirs) === FIRST_TIME_S && Number(ours) < FIRST_TIME_S) return true;
  return Math.abs(Number(ours) - Number(theirs)) < tolerance;
}

/** Uids in sets and vectors are joined where only one way is open; their number must be the same. */
function uidsAgree(ours: string, theirs: string, uids: UidPairs | null): boolean {
  const a = cellItems(ours);
  const b = cellItems(theirs);
  if (a === null || b === null) return a === b;
  if (a.length !== b.length) return false;
  if (uids === null) return true;
  const left = new Set(b);
  const unknown: string[] = [];
  for (const uid of a) {
    const pair = uids.theirs(uid);
    if (pair === undefined) unknown.push(uid);
    else if (!left.delete(pair)) return false;
  }
  // What is left on both sides is joined in order.
  const rest = [...left];
  return unknown.every((uid, i) => uids.join(uid, rest[i]!));
}

function isOwnUid(field: string): boolean {
  return field === "uid" || field === "fuid";
}

/** Times that btest's canonifier replaced. */
function isMasked(cell: string): boolean {
  return cell.includes("XXXXXXXXXX");
}

const CONNECTION_FIELDS: readonly string[] = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"];

/** Fields whose cells are uids of connections or files. */
const UID_FIELDS: readonly string[] = [
  "uid",
  "fuid",
  "uids",
  "conn_uids",
  "tunnel_parents",
  "parent_fuid",
  "orig_fuids",
  "resp_fuids",
  "fuids",
  "rcpt_fuids",
  "cert_chain_fuids",
  "client_cert_chain_fuids",
];

/** Analyzers of files that are always at work here, and in Zeek where a script asks for them. */
export const HASHES: readonly string[] = ["MD5", "SHA1", "SHA256"];

/** Zeek reckons in doubles: of seconds since 1970, 0.2 µs apart, written to the microsecond. */
const TOLERANCE_S = 0.000_001_5;
const FIRST_TIME_S = 1;
/** Times of SMB are seconds since 1601 at first: 1.9 µs apart. */
const SMB_TOLERANCE_S = 0.000_003;
const NUMBER = /^-?\d+(\.\d+)?$/;
const DECIMAL = /^-?\d+\.\d+$/;
const MOST_EXAMPLES = 5;
/** Rows of one connection on both sides, multiplied, up to which likeness is weighed. */
const MOST_TO_WEIGH = 250_000;
