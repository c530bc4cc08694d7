import type { ByteReader } from "../../bytes/reader.ts";
import { STATEMENT_OCTETS } from "./records.ts";

/** What a request asks for. */
export interface Statement {
  readonly procedure: string | null;
  readonly text: string | null;
  /** Octets of the text that were left out. */
  readonly cut: number;
}

/** Goes behind the headers that stand before requests from TDS 7.2 on, if there are any. MS-TDS 2.2.5.3 */
export function skipHeaders(r: ByteReader): void {
  const total = r.peekU32le();
  if (hasHeaders(r)) r.skip(total);
}

/** True if headers begin at `r`: their length, then a header's length and its type, 1 to 3. Text of a statement never looks so. */
export function hasHeaders(r: ByteReader): boolean {
  const total = r.peekU32le();
  if (r.left < 4 || total < 4 || total > r.left || total > 4096) return false;
  if (total === 4) return true;
  const type = r.peekU8(8);
  return r.left >= 10 && r.peekU32le(4) + 4 <= total && type >= 1 && type <= 3 && r.peekU8(9) === 0;
}

/** Text of a batch. MS-TDS 2.2.6.7 @param total Octets of the message, of which `r` may have only the beginning. */
export function readBatch(r: ByteReader, total: number): Statement {
  const before = r.left;
  skipHeaders(r);
  const octets = total - (before - r.left);
  const shown = Math.min(octets, r.left, STATEMENT_OCTETS);
  return { procedure: null, text: r.utf16le(shown), cut: Math.max(0, octets - shown) };
}

/** Procedures that are called by number. MS-TDS 2.2.6.6 */
const BY_NUMBER = [
  "",
  "sp_cursor",
  "sp_cursoropen",
  "sp_cursorprepare",
  "sp_cursorexecute",
  "sp_cursorprepexec",
  "sp_cursorunprepare",
  "sp_cursorfetch",
  "sp_cursoroption",
  "sp_cursorclose",
  "sp_executesql",
  "sp_prepare",
  "sp_execute",
  "sp_prepexec",
  "sp_prepexecrpc",
  "sp_unprepare",
];
/** Which text parameter of a procedure is a statement. */
const STATEMENT_AT: Readonly<Record<string, number>> = {
  sp_cursoropen: 0,
  sp_cursorprepare: 1,
  sp_cursorprepexec: 1,
  sp_executesql: 0,
  sp_prepare: 1,
  sp_prepexec: 1,
  sp_prepexecrpc: 0,
};
const MAX_PARAMETERS = 16;
const BY_ID = 0xffff;

/** A procedure's name, and the statement in its parameters if it runs one. MS-TDS 2.2.6.6 */
export function readCall(r: ByteReader): Statement {
  skipHeaders(r);
  const length = r.u16le();
  const id = length === BY_ID ? r.u16le() : 0;
  const procedure = length === BY_ID ? (BY_NUMBER[id] ?? `procedure-${id}`) : r.utf16le(Math.min(length * 2, r.left));
  r.skip(2);
  const wanted = STATEMENT_AT[procedure.toLowerCase()];
  if (wanted === undefined) return { procedure, text: null, cut: 0 };
  let texts = 0;
  for (let i = 0; i < MAX_PARAMETERS && r.left > 0 && !r.truncated; i++) {
    r.skip(r.u8() * 2);
    r.skip(1);
    const value = readValue(r);
    if (value === null) break;
    if (value.text !== null && texts++ === wanted) return { procedure, text: value.text, cut: value.cut };
  }
  return { procedure, text: null, cut: 0 };
}

const INT_N = 0x26;
const BIT_N = 0x68;
const N_TEXT = 0x63;
const N_VARCHAR = 0xe7;
const N_CHAR = 0xef;

/** A parameter's value of the types that stand before and in a statement; null for others. MS-TDS 2.2.5.4, 2.2.5.5 */
function readValue(r: ByteReader): { text: string | null; cut: number } | null {
  switch (r.u8()) {
    case INT_N:
    case BIT_N:
      r.skip(1);
      r.skip(r.u8());
      return { text: null, cut: 0 };
    case N_TEXT:
      r.skip(4 + 5);
      return textOf(r, r.u32le());
    case N_VARCHAR:
    case N_CHAR: {
      const longest = r.u16le();
      r.skip(5);
      if (longest === 0xffff) return chunks(r);
      const length = r.u16le();
      return length === 0xffff ? { text: null, cut: 0 } : textOf(r, length);
    }
    default:
      return null;
  }
}

function textOf(r: ByteReader, octets: number): { text: string; cut: number } {
  const there = Math.min(octets, r.left);
  const shown = Math.min(there, STATEMENT_OCTETS);
  const text = r.utf16le(shown);
  r.skip(there - shown);
  return { text, cut: octets - shown };
}

/** A value in chunks: its length, then chunks up to an empty one. MS-TDS 2.2.5.2.3 */
function chunks(r: ByteReader): { text: string | null; cut: number } {
  const total = r.u64leNumber();
  if (total >= 2 ** 63) return { text: null, cut: 0 };
  let text = "";
  let cut = 0;
  for (let i = 0; i < MAX_CHUNKS && r.left >= 4; i++) {
    const length = r.u32le();
    if (length === 0) break;
    const chunk = textOf(r, length);
    if (text.length * 2 < STATEMENT_OCTETS) text += chunk.text;
    else cut += length - chunk.cut;
    cut += chunk.cut;
  }
  return { text, cut };
}

const MAX_CHUNKS = 64;
