import type { ByteReader } from "../../bytes/reader.ts";

/** Octets of a header of AFP's session layer. Apple Filing Protocol Programming Guide, "Data Stream Interface" */
export const HEADER_OCTETS = 16;
export const DSI_COMMAND = 2;
export const DSI_GET_STATUS = 3;
export const DSI_OPEN_SESSION = 4;
/** Commands: close session, command, get status, open session, tickle, write, attention. */
const COMMANDS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 8]);
/** Longest message that is believed. */
const MOST_OCTETS = 1 << 28;
/** Longest data of a request that begins a connection: options of a session. */
const MOST_FIRST = 64;

/** Numbers of the commands that log on. */
const FP_LOGIN = 18;
const FP_LOGIN_EXT = 63;

export interface DsiHeader {
  readonly isReply: boolean;
  readonly command: number;
  readonly requestId: number;
  /** Offset of data in a request, result in a reply. */
  readonly code: number;
}

/** Octets of the message at `r`; 0 if more are needed to tell, -1 if it is none. */
export function dsiLength(r: ByteReader): number {
  if (r.left < HEADER_OCTETS) return 0;
  if (r.peekU8() > 1 || !COMMANDS.has(r.peekU8(1))) return -1;
  const octets = r.peekU32be(8);
  return octets > MOST_OCTETS ? -1 : HEADER_OCTETS + octets;
}

/** True if what begins at `r`, as far as it is there, may be the first message of a client. */
export function isFirstRequest(r: ByteReader): boolean {
  if (r.peekU8() !== 0) return false;
  const command = r.peekU8(1);
  if (command >= 0 && command !== DSI_GET_STATUS && command !== DSI_OPEN_SESSION) return false;
  if (r.left >= 8 && r.peekU32be(4) !== 0) return false;
  if (r.left >= 12 && r.peekU32be(8) > (command === DSI_GET_STATUS ? 0 : MOST_FIRST)) return false;
  return r.left < HEADER_OCTETS || r.peekU32be(12) === 0;
}

export function parseDsi(r: ByteReader): DsiHeader {
  const isReply = r.u8() === 1;
  const command = r.u8();
  const requestId = r.u16be();
  const code = r.u32be() | 0;
  r.skip(8);
  return { isReply, command, requestId, code };
}

/** Machine type and name of the server, from its status. "FPGetSrvrInfo" */
export function parseStatus(r: ByteReader): { readonly machine: string; readonly name: string } | null {
  const start = r.pos;
  const machineAt = r.u16be();
  r.skip(8); // versions, log-on methods, icon, flags
  const name = pascal(r);
  if (r.truncated) return null;
  r.seek(start + machineAt, r.end);
  const machine = pascal(r);
  return r.truncated ? null : { machine, name };
}

/** Version, method and account of a log-on, or null if it is another command. */
export function parseLogin(
  r: ByteReader,
): { readonly version: string; readonly method: string; readonly user: string | null } | null {
  const command = r.u8();
  if (command !== FP_LOGIN && command !== FP_LOGIN_EXT) return null;
  if (command === FP_LOGIN_EXT) r.skip(3);
  const version = pascal(r);
  const method = pascal(r);
  if (r.truncated) return null;
  if (method === "No User Authent") return { version, method, user: null };
  let user: string;
  if (command === FP_LOGIN) user = pascal(r);
  else {
    r.skip(1); // type of the name
    user = r.latin1(Math.min(r.u16be(), 255));
  }
  return { version, method, user: r.truncated || !/^[\x20-\x7e\x80-\xff]+$/.test(user) ? null : user };
}

function pascal(r: ByteReader): string {
  return r.latin1(r.u8());
}
