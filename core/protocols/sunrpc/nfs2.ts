import type { FileAnswer, FileCall } from "./file-message.ts";
import { fileAnswer, fileCall } from "./file-message.ts";
import type { XdrReader } from "./xdr.ts";

const HANDLE_OCTETS = 32;
const UNSET = 0xffffffff;
/** In `fattr`, before the size. RFC 1094 2.3.5 */
const BEFORE_SIZE = 20;
const BEHIND_SIZE = 44;

/** Arguments of NFS version 2. RFC 1094 2.2 */
export function readNfs2Call(operation: string, x: XdrReader): FileCall {
  const call = fileCall(operation);
  if (operation === "NULL" || operation === "ROOT" || operation === "WRITECACHE") return call;
  call.handle = x.r.hex(HANDLE_OCTETS);
  switch (operation) {
    case "SETATTR":
      readSattr(call, x);
      break;
    case "LOOKUP":
    case "REMOVE":
    case "RMDIR":
      call.name = x.text();
      break;
    case "READ":
      call.offset = x.u32();
      call.octets = x.u32();
      break;
    case "WRITE":
      x.skip(4);
      call.offset = x.u32();
      x.skip(4);
      call.payload = x.payload();
      call.octets = call.payload.octets;
      break;
    case "CREATE":
    case "MKDIR":
      call.name = x.text();
      call.creates = true;
      readSattr(call, x);
      break;
    case "RENAME":
      call.name = x.text();
      call.toHandle = x.r.hex(HANDLE_OCTETS);
      call.toName = x.text();
      break;
    case "LINK":
      call.toHandle = x.r.hex(HANDLE_OCTETS);
      call.toName = x.text();
      break;
    case "SYMLINK":
      call.name = x.text();
      call.words = x.text();
      readSattr(call, x);
      break;
    default:
  }
  return call;
}

function readSattr(call: FileCall, x: XdrReader): void {
  const [mode, uid, gid, size] = [x.u32(), x.u32(), x.u32(), x.u32()];
  if (mode !== UNSET) call.mode = mode;
  if (size !== UNSET) call.size = size;
  if (uid !== UNSET || gid !== UNSET) call.attributes = ["owner"];
  x.skip(16);
}

/** Results of NFS version 2. RFC 1094 2.2 */
export function readNfs2Answer(operation: string, x: XdrReader): FileAnswer {
  if (operation === "NULL" || operation === "ROOT" || operation === "WRITECACHE") return fileAnswer(0);
  const answer = fileAnswer(x.u32());
  if (answer.status !== 0) return answer;
  switch (operation) {
    case "GETATTR":
    case "SETATTR":
    case "WRITE":
      answer.size = readSize(x);
      break;
    case "LOOKUP":
    case "CREATE":
    case "MKDIR":
      answer.handle = x.r.hex(HANDLE_OCTETS);
      answer.size = readSize(x);
      break;
    case "READ":
      answer.size = readSize(x);
      answer.payload = x.payload();
      answer.octets = answer.payload.octets;
      break;
    default:
  }
  return answer;
}

function readSize(x: XdrReader): number {
  x.skip(BEFORE_SIZE);
  const size = x.u32();
  x.skip(BEHIND_SIZE);
  return size;
}
