import type { FileAnswer, FileCall } from "./file-message.ts";
import { addName, fileAnswer, fileCall, MOST_ENTRIES } from "./file-message.ts";
import { readAttributes } from "./nfs4-attributes.ts";
import { OPERATIONS } from "./nfs4-ops.ts";
import { readSpecialCall, readSpecialAnswer } from "./nfs4-special.ts";
import type { XdrReader } from "./xdr.ts";

/** A compound call. RFC 8881 16.2 */
export interface Compound {
  readonly minor: number;
  readonly calls: FileCall[];
  /** Numbers of the operations, as many as could be read. */
  readonly codes: number[];
}

/** Most operations of one compound that are read; clients send a dozen. */
const MOST_OPERATIONS = 256;
/** Statuses whose results have more than the status. RFC 8881 18.10, 18.40, 18.43; RFC 7530 16.33 */
const [DENIED, CLID_INUSE, TOOSMALL, TRY_LATER] = [10010, 10017, 10005, 10058];
const ILLEGAL = 10044;

export function readCompound(x: XdrReader): Compound {
  x.skipOpaque();
  const minor = x.u32();
  const count = x.u32();
  const compound: Compound = { minor, calls: [], codes: [] };
  for (let i = 0; i < Math.min(count, MOST_OPERATIONS) && !x.truncated; i++) {
    const code = x.u32();
    if (x.truncated) break;
    const operation = OPERATIONS.get(code);
    const call = fileCall(operation?.name ?? `OP_${code}`);
    compound.calls.push(call);
    compound.codes.push(code);
    if (operation === undefined) break;
    if (operation.args !== null) readItems(operation.args, call, x);
    else if (!readSpecialCall(operation.name, call, x)) break;
    if (call.payload !== null) call.octets = call.payload.octets;
  }
  return compound;
}

/** Results of a compound: an answer for each operation that was tried. */
export function readCompoundAnswer(x: XdrReader): {
  readonly status: number;
  readonly answers: FileAnswer[];
  readonly codes: number[];
} {
  const status = x.u32();
  x.skipOpaque();
  const count = x.u32();
  const answers: FileAnswer[] = [];
  const codes: number[] = [];
  for (let i = 0; i < Math.min(count, MOST_OPERATIONS) && !x.truncated; i++) {
    const code = x.u32();
    const answer = fileAnswer(x.u32());
    if (x.truncated) break;
    answers.push(answer);
    codes.push(code);
    const operation = OPERATIONS.get(code);
    if (operation === undefined && code !== ILLEGAL) break;
    if (answer.status !== 0) {
      readRefusal(operation?.name ?? "", answer.status, x);
      continue;
    }
    if (operation === undefined) continue;
    if (operation.name === "READDIR") readDirectory(answer, x);
    else if (operation.results !== null) readItems(operation.results, answer, x);
    else if (!readSpecialAnswer(operation.name, answer, x)) break;
    if (answer.payload !== null) answer.octets = answer.payload.octets;
  }
  return { status, answers, codes };
}

function readRefusal(name: string, status: number, x: XdrReader): void {
  if (name === "SETATTR") x.bitmap();
  else if ((name === "LOCK" || name === "LOCKT") && status === DENIED) {
    x.skip(28);
    x.skipOpaque();
  } else if (name === "SETCLIENTID" && status === CLID_INUSE) {
    x.skipOpaque();
    x.skipOpaque();
  } else if ((name === "GETDEVICEINFO" && status === TOOSMALL) || (name === "LAYOUTGET" && status === TRY_LATER))
    x.skip(4);
}

function readDirectory(answer: FileAnswer, x: XdrReader): void {
  x.skip(8);
  while (x.bool() && !x.truncated) {
    x.skip(8);
    const name = x.text();
    const { handle } = readAttributes(x);
    if (!x.truncated) addName(answer, name);
    if (handle !== null && !x.truncated && answer.entries.length < MOST_ENTRIES) answer.entries.push({ name, handle });
  }
  answer.isEnd = x.bool() && !x.truncated;
}

function readItems(items: readonly string[], into: FileCall | FileAnswer, x: XdrReader): void {
  for (const item of items) {
    const colon = item.indexOf(":");
    if (colon < 0) passItem(item, into, x);
    else keepItem(item.slice(0, colon), item.slice(colon + 1), into, x);
  }
}

function passItem(type: string, into: FileCall | FileAnswer, x: XdrReader): void {
  switch (type) {
    case "u4":
    case "bool":
      x.skip(4);
      return;
    case "u8":
      x.skip(8);
      return;
    case "str":
    case "opq":
      x.skipOpaque();
      return;
    case "bm":
      x.bitmap();
      return;
    case "fattr": {
      const { size, mode, names } = readAttributes(x);
      into.size = size;
      if ("mode" in into) Object.assign(into, { mode, attributes: names });
      return;
    }
    default:
  }
  if (!type.startsWith("*")) {
    x.skip(Number(type.slice(1)));
    return;
  }
  const count = x.u32();
  for (let i = 0; i < count && !x.truncated; i++) passItem(type.slice(1), into, x);
}

function keepItem(key: string, type: string, into: FileCall | FileAnswer, x: XdrReader): void {
  const kept = into as unknown as Record<string, unknown>;
  if (type === "str") kept[key] = x.text();
  else if (type === "opq") kept[key] = x.opaque();
  else if (type === "u4") kept[key] = x.u32();
  else if (type === "u8") kept[key] = x.u64();
  else if (type === "bool") kept[key] = x.bool();
  else kept[key] = x.payload();
}
