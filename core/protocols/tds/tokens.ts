import type { ByteReader } from "../../bytes/reader.ts";

/** An error or another message of the server. MS-TDS 2.2.7.10, 2.2.7.13 */
export interface ServerMessage {
  readonly isError: boolean;
  readonly number: number;
  readonly severity: number;
  readonly text: string;
}

/** What the beginning of an answer tells. */
export interface Answer {
  readonly messages: readonly ServerMessage[];
  readonly program: string | null;
  readonly isAcknowledged: boolean;
  readonly version: number | null;
  readonly database: string | null;
  readonly routedTo: string | null;
  /** Token of the Windows authentication, borrowed. */
  readonly token: Uint8Array | null;
  readonly returnStatus: number | null;
  readonly rows: number | null;
  readonly hasError: boolean;
  /** True if it was read to its end: no table came. */
  readonly isWhole: boolean;
}

const TOKEN = {
  tabName: 0xa4,
  colInfo: 0xa5,
  order: 0xa9,
  error: 0xaa,
  info: 0xab,
  loginAck: 0xad,
  featureExtAck: 0xae,
  returnStatus: 0x79,
  envChange: 0xe3,
  sessionState: 0xe4,
  sspi: 0xed,
  fedAuthInfo: 0xee,
  done: 0xfd,
  doneProc: 0xfe,
  doneInProc: 0xff,
} as const;

const DONE_ERROR = 0x2;
const DONE_COUNT = 0x10;
const DATABASE = 1;
const ROUTING = 20;
/** Messages of one answer that are kept. */
const MAX_MESSAGES = 9;
/** Tokens of one answer that are looked at. */
const MAX_TOKENS = 256;

/**
 * Reads the tokens of an answer up to the first table, whose rows only a description of each column would let one pass.
 * @param hasLongCounts True from TDS 7.2 on.
 */
export function readAnswer(r: ByteReader, hasLongCounts: boolean): Answer {
  const messages: ServerMessage[] = [];
  const answer = {
    messages,
    program: null as string | null,
    isAcknowledged: false,
    version: null as number | null,
    database: null as string | null,
    routedTo: null as string | null,
    token: null as Uint8Array | null,
    returnStatus: null as number | null,
    rows: null as number | null,
    hasError: false,
    isWhole: false,
  };
  for (let i = 0; i < MAX_TOKENS && r.left > 0; i++) {
    const token = r.u8();
    switch (token) {
      case TOKEN.done:
      case TOKEN.doneProc:
      case TOKEN.doneInProc: {
        const status = r.u16le();
        r.skip(2);
        const rows = hasLongCounts ? r.u64leNumber() : r.u32le();
        if (r.truncated) return answer;
        if ((status & DONE_COUNT) !== 0) answer.rows = rows;
        answer.hasError ||= (status & DONE_ERROR) !== 0;
        continue;
      }
      case TOKEN.returnStatus:
        answer.returnStatus = r.i32le();
        continue;
      case TOKEN.featureExtAck:
        skipFeatures(r);
        continue;
      case TOKEN.sessionState:
      case TOKEN.fedAuthInfo:
        r.skip(r.u32le());
        continue;
      case TOKEN.tabName:
      case TOKEN.colInfo:
      case TOKEN.order:
      case TOKEN.error:
      case TOKEN.info:
      case TOKEN.loginAck:
      case TOKEN.envChange:
      case TOKEN.sspi:
        break;
      default:
        return answer;
    }
    const length = r.u16le();
    if (r.truncated || length > r.left) return answer;
    const end = r.narrow(length);
    switch (token) {
      case TOKEN.error:
      case TOKEN.info: {
        const message = readMessage(r, token === TOKEN.error);
        answer.hasError ||= message.isError;
        if (messages.length < MAX_MESSAGES) messages.push(message);
        break;
      }
      case TOKEN.loginAck:
        r.skip(1);
        answer.isAcknowledged = true;
        answer.version = r.u32be();
        answer.program = r.utf16le(r.u8() * 2).replaceAll("\0", "");
        break;
      case TOKEN.envChange: {
        const type = r.u8();
        if (type === DATABASE) answer.database = r.utf16le(r.u8() * 2);
        else if (type === ROUTING) answer.routedTo = readRouting(r);
        break;
      }
      case TOKEN.sspi:
        answer.token = r.bytes(length);
        break;
      case TOKEN.tabName:
      case TOKEN.colInfo:
      case TOKEN.order:
        break;
    }
    r.widen(end);
  }
  answer.isWhole = r.left === 0 && !r.truncated;
  return answer;
}

function readMessage(r: ByteReader, isError: boolean): ServerMessage {
  const number = r.u32le();
  r.skip(1);
  const severity = r.u8();
  const text = r.utf16le(Math.min(r.u16le() * 2, r.left));
  return { isError, number, severity, text };
}

/** A server and port to go to instead. MS-TDS 2.2.7.9 */
function readRouting(r: ByteReader): string {
  r.skip(2 + 1);
  const port = r.u16le();
  return `${r.utf16le(Math.min(r.u16le() * 2, r.left))}:${port}`;
}

function skipFeatures(r: ByteReader): void {
  for (let i = 0; i < MAX_TOKENS && !r.truncated && r.u8() !== 0xff; i++) r.skip(r.u32le());
}

/** What the end of an answer tells. */
export interface Ending {
  readonly rows: number | null;
  readonly hasError: boolean;
  readonly returnStatus: number | null;
}

/**
 * Reads the last tokens of an answer backwards: each answer ends with DONE or DONEPROC, and a procedure's return status
 * and the count of its last statement stand right before that. MS-TDS 2.2.7.6 to 2.2.7.8, 2.2.7.18
 */
export function readEnding(r: ByteReader, hasLongCounts: boolean): Ending | null {
  const size = hasLongCounts ? 13 : 9;
  const { end } = r;
  const done = (to: number, tokens: readonly number[]): { status: number; rows: number } | null => {
    if (to - size < r.pos || !tokens.includes(r.source[to - size]!)) return null;
    const at = r.pos;
    r.seek(to - size + 1, end);
    const status = r.u16le();
    r.skip(2);
    const rows = hasLongCounts ? r.u64leNumber() : r.u32le();
    r.seek(at, end);
    return { status, rows };
  };
  const last = done(end, [TOKEN.done, TOKEN.doneProc]);
  if (last === null || (last.status & 1) !== 0) return null;
  let rows = (last.status & DONE_COUNT) !== 0 ? last.rows : null;
  let hasError = (last.status & DONE_ERROR) !== 0;
  let returnStatus: number | null = null;
  let before = end - size;
  if (before - 5 >= r.pos && r.source[before - 5] === TOKEN.returnStatus) {
    const at = r.pos;
    r.seek(before - 4, end);
    returnStatus = r.i32le();
    r.seek(at, end);
    before -= 5;
  }
  const inner = done(before, [TOKEN.doneInProc]);
  if (inner !== null && rows === null && (inner.status & DONE_COUNT) !== 0) rows = inner.rows;
  hasError ||= inner !== null && (inner.status & DONE_ERROR) !== 0;
  return { rows, hasError, returnStatus };
}
