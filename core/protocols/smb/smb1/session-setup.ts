import type { ByteReader } from "../../../bytes/reader.ts";
import type { Block } from "./block.ts";
import { readText } from "./block.ts";

/** SESSION_SETUP_ANDX request. [MS-CIFS] 2.2.4.53.1, [MS-SMB] 2.2.4.6.1 */
export interface SessionSetupRequest {
  /** Authentication token with extended security, else empty. */
  readonly tokenStart: number;
  readonly tokenEnd: number;
  /** Without extended security: account and domain in clear, and how long the two responses are. */
  readonly account: string | null;
  readonly domain: string | null;
  readonly hasExtendedSecurity: boolean;
  readonly nativeOs: string;
  readonly nativeLanManager: string;
}

/** SESSION_SETUP_ANDX response. [MS-CIFS] 2.2.4.53.2, [MS-SMB] 2.2.4.6.2 */
export interface SessionSetupResponse {
  readonly isGuest: boolean;
  readonly tokenStart: number;
  readonly tokenEnd: number;
  readonly nativeOs: string;
}

const WORDS_LANMAN = 10;
const WORDS_EXTENDED = 12;
const WORDS_NT = 13;

export function parseSessionSetupRequest(
  r: ByteReader,
  block: Block,
  headerAt: number,
  isUnicode: boolean,
): SessionSetupRequest | null {
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(2 + 2 + 2 + 4); // MaxBufferSize .. SessionKey
  const first = r.u16le();
  const second = block.wordCount === WORDS_NT ? r.u16le() : 0;
  if (![WORDS_LANMAN, WORDS_EXTENDED, WORDS_NT].includes(block.wordCount)) return null;
  const hasExtendedSecurity = block.wordCount === WORDS_EXTENDED;
  r.seek(block.bytesAt, block.bytesEnd);
  const tokenStart = r.pos;
  r.skip(Math.min(r.left, first + second));
  const tokenEnd = hasExtendedSecurity ? r.pos : tokenStart;
  const account = hasExtendedSecurity ? null : readText(r, headerAt, isUnicode);
  const domain = hasExtendedSecurity ? null : readText(r, headerAt, isUnicode);
  const nativeOs = readText(r, headerAt, isUnicode);
  const nativeLanManager = readText(r, headerAt, isUnicode);
  return { tokenStart, tokenEnd, account, domain, hasExtendedSecurity, nativeOs, nativeLanManager };
}

export function parseSessionSetupResponse(
  r: ByteReader,
  block: Block,
  headerAt: number,
  isUnicode: boolean,
): SessionSetupResponse | null {
  if (block.wordCount < 3) return null;
  r.seek(block.wordsAt, block.bytesEnd);
  const action = r.u16le();
  const tokenLength = block.wordCount >= 4 ? r.u16le() : 0;
  r.seek(block.bytesAt, block.bytesEnd);
  const tokenStart = r.pos;
  r.skip(Math.min(r.left, tokenLength));
  const tokenEnd = r.pos;
  return { isGuest: (action & 1) !== 0, tokenStart, tokenEnd, nativeOs: readText(r, headerAt, isUnicode) };
}
