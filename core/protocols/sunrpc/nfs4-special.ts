import type { FileAnswer, FileCall } from "./file-message.ts";
import { readAttributes } from "./nfs4-attributes.ts";
import type { XdrReader } from "./xdr.ts";

const [BLK, CHR, LNK] = [3, 4, 5];
const LOCK_TYPES = ["", "read", "write", "read, waiting", "write, waiting"];
const RETURN_FILE = 1;

/** How a file is created by OPEN. RFC 8881 18.16 */
const [UNCHECKED, GUARDED, EXCLUSIVE, EXCLUSIVE_4_1] = [0, 1, 2, 3];
const [CLAIM_NULL, CLAIM_PREVIOUS, CLAIM_CUR, CLAIM_PREV, CLAIM_CUR_FH] = [0, 1, 2, 3, 5];

/** Arguments that are not one item after the other. False if what follows them cannot be found. */
export function readSpecialCall(operation: string, call: FileCall, x: XdrReader): boolean {
  switch (operation) {
    case "CREATE": {
      const type = x.u32();
      if (type === LNK) call.words = x.text();
      else if (type === BLK || type === CHR) x.skip(8);
      call.name = x.text();
      setAttributes(call, x);
      return true;
    }
    case "OPEN":
      readOpen(call, x);
      return true;
    case "LOCK": {
      call.words = LOCK_TYPES[x.u32()] ?? null;
      x.skip(4);
      call.offset = x.u64();
      call.octets = x.u64();
      if (!x.bool()) x.skip(20);
      else {
        x.skip(32);
        x.skipOpaque();
      }
      return true;
    }
    case "EXCHANGE_ID":
      x.skip(8);
      call.words = x.text();
      x.skip(4);
      readProtection(x, true);
      call.words = joined(call.words, readImplementation(x));
      return true;
    case "CREATE_SESSION":
      x.skip(16);
      skipChannel(x);
      skipChannel(x);
      x.skip(4);
      skipCallbackSecurity(x);
      return true;
    case "BACKCHANNEL_CTL":
      x.skip(4);
      skipCallbackSecurity(x);
      return true;
    case "LAYOUTCOMMIT":
      x.skip(36);
      if (x.bool()) call.size = x.u64() + 1;
      if (x.bool()) x.skip(12);
      x.skip(4);
      x.skipOpaque();
      return true;
    case "LAYOUTRETURN":
      x.skip(12);
      if (x.u32() === RETURN_FILE) {
        x.skip(32);
        x.skipOpaque();
      }
      return true;
    case "COPY": {
      x.skip(40);
      call.offset = x.u64();
      call.octets = x.u64();
      x.skip(8);
      const servers = x.u32();
      for (let i = 0; i < servers && !x.truncated; i++) skipServer(x);
      return true;
    }
    case "COPY_NOTIFY":
      x.skip(16);
      skipServer(x);
      return true;
    case "WRITE_SAME": {
      x.skip(20);
      call.offset = x.u64();
      call.octets = x.u64() * x.u64();
      x.skip(20);
      x.skipOpaque();
      return true;
    }
    default:
      return false;
  }
}

function readOpen(call: FileCall, x: XdrReader): void {
  x.skip(4);
  const access = x.u32() & 3;
  call.words = access === 1 ? "to read" : access === 2 ? "to write" : access === 3 ? "to read and write" : null;
  x.skip(12);
  x.skipOpaque();
  if (x.u32() === 1) {
    call.creates = true;
    const how = x.u32();
    if (how === EXCLUSIVE || how === EXCLUSIVE_4_1) x.skip(8);
    if (how === UNCHECKED || how === GUARDED || how === EXCLUSIVE_4_1) setAttributes(call, x);
  }
  const claim = x.u32();
  if (claim === CLAIM_PREVIOUS) x.skip(4);
  if (claim === CLAIM_CUR || claim === CLAIM_CUR_FH) x.skip(16);
  if (claim === CLAIM_NULL || claim === CLAIM_CUR || claim === CLAIM_PREV) call.name = x.text();
}

function setAttributes(call: FileCall, x: XdrReader): void {
  const { size, mode, names } = readAttributes(x);
  call.size = size;
  call.mode = mode;
  call.attributes = names;
}

/** Results that are not one item after the other. False if what follows them cannot be found. */
export function readSpecialAnswer(operation: string, answer: FileAnswer, x: XdrReader): boolean {
  switch (operation) {
    case "OPEN":
      readOpened(answer, x);
      return true;
    case "SECINFO":
    case "SECINFO_NO_NAME": {
      const count = x.u32();
      for (let i = 0; i < count && !x.truncated; i++) {
        if (x.u32() !== 6) continue;
        x.skipOpaque();
        x.skip(8);
      }
      return true;
    }
    case "EXCHANGE_ID":
      x.skip(16);
      readProtection(x, false);
      x.skip(8);
      x.skipOpaque();
      x.skipOpaque();
      answer.words = readImplementation(x);
      return true;
    case "CREATE_SESSION":
      x.skip(24);
      skipChannel(x);
      skipChannel(x);
      return true;
    case "LAYOUTCOMMIT":
      if (x.bool()) answer.size = x.u64();
      return true;
    case "LAYOUTGET": {
      x.skip(20);
      const count = x.u32();
      for (let i = 0; i < count && !x.truncated; i++) {
        x.skip(24);
        x.skipOpaque();
      }
      return true;
    }
    case "LAYOUTRETURN":
      if (x.bool()) x.skip(16);
      return true;
    case "READ_PLUS": {
      x.skip(4);
      const count = x.u32();
      answer.octets = 0;
      for (let i = 0; i < count && !x.truncated; i++) {
        const isData = x.u32() === 0;
        x.skip(8);
        if (isData) answer.octets += x.payload().octets;
        else x.skip(8);
      }
      return true;
    }
    default:
      return false;
  }
}

const [DELEGATED_READ, DELEGATED_WRITE, NOT_DELEGATED] = [1, 2, 3];

/** RFC 8881 18.16.2 */
function readOpened(answer: FileAnswer, x: XdrReader): void {
  x.skip(20);
  const [before, after] = [x.r.u64be(), x.r.u64be()];
  answer.created = before !== after;
  x.skip(4);
  x.bitmap();
  const delegation = x.u32();
  if (delegation === DELEGATED_READ || delegation === DELEGATED_WRITE) {
    x.skip(20);
    // Limit of a write delegation: octets, or blocks and their size.
    if (delegation === DELEGATED_WRITE) x.skip(12);
    x.skip(12);
    x.skipOpaque();
  } else if (delegation === NOT_DELEGATED) {
    const why = x.u32();
    if (why === 1 || why === 2) x.skip(4);
  }
}

/** State protection of EXCHANGE_ID. RFC 8881 18.35 */
function readProtection(x: XdrReader, isCall: boolean): void {
  const how = x.u32();
  if (how === 0) return;
  x.bitmap();
  x.bitmap();
  if (how === 1) return;
  if (isCall) {
    for (let list = 0; list < 2; list++) skipOpaques(x);
    x.skip(8);
  } else {
    x.skip(16);
    skipOpaques(x);
  }
}

function skipOpaques(x: XdrReader): void {
  const count = x.u32();
  for (let i = 0; i < count && !x.truncated; i++) x.skipOpaque();
}

/** RFC 8881 3.3.9 `nfs_impl_id4<1>` */
function readImplementation(x: XdrReader): string | null {
  if (x.u32() === 0) return null;
  // Some servers count a closing zero.
  const [domain, name] = [x.text(), x.text()].map((text) => text.replace(/(?<!\0)\0+$/u, ""));
  x.skip(12);
  return joined(name || null, domain || null);
}

function skipChannel(x: XdrReader): void {
  x.skip(24);
  if (x.u32() > 0) x.skip(4);
}

function skipCallbackSecurity(x: XdrReader): void {
  const count = x.u32();
  for (let i = 0; i < count && !x.truncated; i++) {
    const flavor = x.u32();
    if (flavor === 1) {
      x.skip(4);
      x.skipOpaque();
      x.skip(8);
      x.skip(4 * x.u32());
    } else if (flavor === 6) {
      x.skip(4);
      x.skipOpaque();
      x.skipOpaque();
    }
  }
}

/** RFC 7862 3.3 `netloc4` */
function skipServer(x: XdrReader): void {
  if (x.u32() === 3) x.skipOpaque();
  x.skipOpaque();
}

function joined(first: string | null, second: string | null): string | null {
  if (!first) return second || null;
  return second ? `${first} (${second})` : first;
}
