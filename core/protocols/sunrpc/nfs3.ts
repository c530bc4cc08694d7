import type { FileAnswer, FileCall } from "./file-message.ts";
import { addName, fileAnswer, fileCall, MOST_ENTRIES } from "./file-message.ts";
import type { XdrReader } from "./xdr.ts";

/** Greatest values of RFC 1813's `ftype3`, `time_how` and `stable_how`. */
const MOST_FILE_TYPE = 7;
const MOST_TIME_HOW = 2;
const MOST_STABLE_HOW = 2;
const EXCLUSIVE = 2;
const [CHR, BLK] = [3, 4];

/** Arguments of NFS version 3. RFC 1813 3.3 */
export function readNfs3Call(operation: string, x: XdrReader): FileCall {
  const call = fileCall(operation);
  if (operation === "NULL") return call;
  call.handle = x.opaque();
  switch (operation) {
    case "SETATTR":
      readSattr(call, x);
      if (x.bool()) x.skip(8);
      break;
    case "LOOKUP":
    case "REMOVE":
    case "RMDIR":
      call.name = x.text();
      break;
    case "ACCESS":
      x.skip(4);
      break;
    case "READ":
    case "COMMIT":
      call.offset = x.u64();
      call.octets = x.u32();
      break;
    case "WRITE": {
      call.offset = x.u64();
      call.octets = x.u32();
      readStableHow(x);
      call.payload = x.payload();
      break;
    }
    case "CREATE": {
      call.name = x.text();
      call.creates = true;
      const how = x.u32();
      if (how === EXCLUSIVE) x.skip(8);
      else readSattr(call, x);
      break;
    }
    case "MKDIR":
      call.name = x.text();
      readSattr(call, x);
      break;
    case "SYMLINK":
      call.name = x.text();
      readSattr(call, x);
      call.words = x.text();
      break;
    case "MKNOD": {
      call.name = x.text();
      const type = x.u32();
      if (type >= CHR) readSattr(call, x);
      if (type === CHR || type === BLK) x.skip(8);
      break;
    }
    case "RENAME":
      call.name = x.text();
      call.toHandle = x.opaque();
      call.toName = x.text();
      break;
    case "LINK":
      call.toHandle = x.opaque();
      call.toName = x.text();
      break;
    case "READDIR":
      call.cookie = x.u64();
      x.skip(12);
      break;
    case "READDIRPLUS":
      call.cookie = x.u64();
      x.skip(16);
      break;
    default:
  }
  return call;
}

/** RFC 1813 2.5 `sattr3` */
function readSattr(call: FileCall, x: XdrReader): void {
  const attributes: string[] = [];
  if (x.bool()) call.mode = x.u32();
  if (x.bool()) attributes.push(`owner ${x.u32()}`);
  if (x.bool()) attributes.push(`group ${x.u32()}`);
  if (x.bool()) call.size = x.u64();
  for (const name of ["access time", "modification time"]) {
    const how = x.u32();
    if (how > MOST_TIME_HOW) x.odd("unhandled_nfs3_time_how", how);
    if (how === MOST_TIME_HOW) {
      attributes.push(name);
      x.skip(8);
    }
  }
  call.attributes = attributes;
}

/** How firmly a write is to be, or was, put on disk. */
function readStableHow(x: XdrReader): void {
  const stable = x.u32();
  if (stable > MOST_STABLE_HOW) x.odd("unhandled_nfs3_stable_how", stable);
}

/** Results of NFS version 3. RFC 1813 3.3 */
export function readNfs3Answer(operation: string, x: XdrReader): FileAnswer {
  if (operation === "NULL") return fileAnswer(0);
  const answer = fileAnswer(x.u32());
  const isGood = answer.status === 0;
  switch (operation) {
    case "GETATTR":
      if (isGood) answer.size = readFattr(x);
      break;
    case "SETATTR":
      answer.size = readWcc(x);
      break;
    case "REMOVE":
    case "RMDIR":
      readWcc(x);
      break;
    case "COMMIT":
      answer.size = readWcc(x);
      if (isGood) x.skip(8);
      break;
    case "LOOKUP":
      if (isGood) {
        answer.handle = x.opaque();
        answer.size = readPostOp(x);
      }
      readPostOp(x);
      break;
    case "ACCESS":
    case "FSSTAT":
    case "FSINFO":
    case "PATHCONF":
      answer.size = readPostOp(x);
      if (isGood) x.skip({ ACCESS: 4, FSSTAT: 52, FSINFO: 48, PATHCONF: 24 }[operation]);
      break;
    case "READLINK":
      readPostOp(x);
      if (isGood) answer.words = x.text();
      break;
    case "READ":
      answer.size = readPostOp(x);
      if (!isGood) break;
      answer.octets = x.u32();
      answer.isEnd = x.bool();
      answer.payload = x.payload();
      break;
    case "WRITE":
      answer.size = readWcc(x);
      if (!isGood) break;
      answer.octets = x.u32();
      readStableHow(x);
      x.skip(8);
      break;
    case "CREATE":
    case "MKDIR":
    case "SYMLINK":
    case "MKNOD":
      if (isGood) {
        if (x.bool()) answer.handle = x.opaque();
        answer.size = readPostOp(x);
      }
      readWcc(x);
      break;
    case "RENAME":
      readWcc(x);
      readWcc(x);
      break;
    case "LINK":
      readPostOp(x);
      readWcc(x);
      break;
    case "READDIR":
    case "READDIRPLUS":
      readPostOp(x);
      if (isGood) readEntries(answer, operation === "READDIRPLUS", x);
      break;
    default:
  }
  return answer;
}

function readEntries(answer: FileAnswer, hasHandles: boolean, x: XdrReader): void {
  x.skip(8);
  while (x.bool() && !x.truncated) {
    x.skip(8);
    const name = x.text();
    x.skip(8);
    if (!x.truncated) addName(answer, name);
    if (!hasHandles) continue;
    readPostOp(x);
    const handle = x.bool() ? x.opaque() : null;
    if (handle !== null && !x.truncated && answer.entries.length < MOST_ENTRIES) answer.entries.push({ name, handle });
  }
  answer.isEnd = x.bool() && !x.truncated;
}

/** RFC 1813 2.6 `fattr3`: the size in it. */
function readFattr(x: XdrReader): number {
  const type = x.u32();
  if ((type === 0 || type > MOST_FILE_TYPE) && !x.truncated) x.odd("unhandled_nfs3_file_type", type);
  x.skip(16);
  const size = x.u64();
  x.skip(56);
  return size;
}

function readPostOp(x: XdrReader): number | null {
  return x.bool() ? readFattr(x) : null;
}

/** RFC 1813 2.6 `wcc_data` */
function readWcc(x: XdrReader): number | null {
  if (x.bool()) x.skip(24);
  return readPostOp(x);
}
