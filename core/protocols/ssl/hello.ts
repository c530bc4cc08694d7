import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";

/** ClientHello. RFC 8446 4.1.2, RFC 5246 7.4.1.2 */
export interface ClientHello {
  readonly version: number;
  /** Hexadecimal; "" in SSLv2's form. */
  readonly random: string;
  /** Hexadecimal; "" if there is none or it is all zero. */
  readonly sessionId: string;
  readonly ciphers: readonly number[];
  /** Extension types in order. */
  readonly extensions: readonly number[];
  readonly serverNames: readonly string[];
  readonly alpn: readonly string[];
  readonly groups: readonly number[];
  readonly pointFormats: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  readonly supportedVersions: readonly number[];
  readonly hasTicket: boolean;
  readonly offersPsk: boolean;
}

/** ServerHello or HelloRetryRequest. RFC 8446 4.1.3 and 4.1.4, RFC 5246 7.4.1.3 */
export interface ServerHello {
  /** The version in the old place. */
  readonly legacyVersion: number;
  /** The version that was chosen. */
  readonly version: number;
  readonly sessionId: string;
  readonly cipher: number;
  readonly extensions: readonly number[];
  /** First protocol of ALPN, null without. */
  readonly nextProtocol: string | null;
  /** Group of the key share, null without. */
  readonly group: number | null;
  readonly acceptsPsk: boolean;
  readonly isRetryRequest: boolean;
  readonly random: string;
  /** RFC 7366 */
  readonly encryptsThenMacs: boolean;
}

const RETRY_RANDOM = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

const EXTENSION = {
  serverName: 0,
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  encryptThenMac: 22,
  sessionTicket: 35,
  preSharedKey: 41,
  supportedVersions: 43,
  /** Drafts of TLS 1.3 up to 22. */
  oldKeyShare: 40,
  keyShare: 51,
} as const;

/**
 * Reads the body of a ClientHello; a short one gives what is there.
 * @param isDtls DTLS has a cookie behind the session id. RFC 6347 4.2.1
 * @returns null if it stops before the cipher suites.
 */
export function readClientHello(r: ByteReader, isDtls: boolean): ClientHello | null {
  const version = r.u16be();
  const random = r.hex(32);
  const sessionId = sessionIdOf(r);
  if (isDtls) r.skip(r.u8());
  const ciphers = numbers16(r, r.u16be());
  r.skip(r.u8());
  if (r.truncated) return null;
  const hello = {
    version,
    random,
    sessionId,
    ciphers,
    extensions: [] as number[],
    serverNames: [] as string[],
    alpn: [] as string[],
    groups: [] as readonly number[],
    pointFormats: [] as number[],
    signatureAlgorithms: [] as readonly number[],
    supportedVersions: [] as readonly number[],
    hasTicket: false,
    offersPsk: false,
  };
  eachExtension(r, (type, length) => {
    hello.extensions.push(type);
    switch (type) {
      case EXTENSION.serverName:
        hello.serverNames = serverNames(r);
        break;
      case EXTENSION.supportedGroups:
        hello.groups = numbers16(r, r.u16be());
        break;
      case EXTENSION.pointFormats:
        hello.pointFormats = [...r.bytes(Math.min(r.u8(), r.left))];
        break;
      case EXTENSION.signatureAlgorithms:
        hello.signatureAlgorithms = numbers16(r, r.u16be());
        break;
      case EXTENSION.alpn:
        hello.alpn = protocolNames(r);
        break;
      case EXTENSION.sessionTicket:
        hello.hasTicket = length > 0;
        break;
      case EXTENSION.preSharedKey:
        hello.offersPsk = true;
        break;
      case EXTENSION.supportedVersions:
        hello.supportedVersions = numbers16(r, r.u8());
        break;
    }
  });
  return hello;
}

/** Reads the body of a ServerHello; null if it stops before the cipher suite. */
export function readServerHello(r: ByteReader): ServerHello | null {
  const legacyVersion = r.u16be();
  const random = r.hex(32);
  // Drafts of TLS 1.3 up to 21 had neither session id nor compression method.
  const hasSessionId = !(legacyVersion >= 0x7f00 && legacyVersion <= 0x7f15);
  const sessionId = hasSessionId ? sessionIdOf(r) : "";
  const cipher = r.u16be();
  if (hasSessionId) r.skip(1);
  if (r.truncated) return null;
  const hello = {
    legacyVersion,
    version: legacyVersion,
    sessionId,
    cipher,
    extensions: [] as number[],
    nextProtocol: null as string | null,
    group: null as number | null,
    acceptsPsk: false,
    isRetryRequest: random === RETRY_RANDOM,
    random,
    encryptsThenMacs: false,
  };
  eachExtension(r, (type) => {
    hello.extensions.push(type);
    switch (type) {
      case EXTENSION.alpn:
        hello.nextProtocol = protocolNames(r)[0] ?? null;
        break;
      case EXTENSION.encryptThenMac:
        hello.encryptsThenMacs = true;
        break;
      case EXTENSION.preSharedKey:
        hello.acceptsPsk = true;
        break;
      case EXTENSION.supportedVersions:
        if (r.left >= 2) hello.version = r.u16be();
        break;
      case EXTENSION.oldKeyShare:
      case EXTENSION.keyShare:
        if (r.left >= 2) hello.group = r.u16be();
        break;
    }
  });
  return hello;
}

/** SSLv2 CLIENT-HELLO behind its message type. RFC 6101 E.1 */
export function readV2ClientHello(r: ByteReader): { version: number; ciphers: number[]; sessionId: string } | null {
  const version = r.u16be();
  const cipherOctets = r.u16be();
  const sessionOctets = r.u16be();
  r.skip(2);
  const ciphers: number[] = [];
  for (let i = 0; i + 3 <= cipherOctets && !r.truncated; i += 3) ciphers.push(r.u24be());
  const sessionId = r.hex(sessionOctets);
  return r.truncated ? null : { version, ciphers, sessionId };
}

/** SSLv2 SERVER-HELLO behind its message type. */
export function readV2ServerHello(r: ByteReader): { version: number; cipher: number; certificate: Uint8Array } | null {
  r.skip(2);
  const version = r.u16be();
  const certificateOctets = r.u16be();
  const cipherOctets = r.u16be();
  r.skip(2);
  const certificate = r.bytes(certificateOctets);
  const cipher = cipherOctets >= 3 ? r.u24be() : 0;
  return r.truncated ? null : { version, cipher, certificate };
}

/** ALPN's answer in EncryptedExtensions; null without. RFC 8446 4.3.1 */
export function readEncryptedExtensions(r: ByteReader): string | null {
  let protocol: string | null = null;
  eachExtension(r, (type) => {
    if (type === EXTENSION.alpn) protocol = protocolNames(r)[0] ?? null;
  });
  return protocol;
}

function sessionIdOf(r: ByteReader): string {
  const text = r.hex(r.u8());
  return text === ZERO_ID ? "" : text;
}

const ZERO_ID = "00".repeat(32);

function numbers16(r: ByteReader, octets: number): readonly number[] {
  const numbers: number[] = [];
  for (let i = 0; i + 2 <= octets && !r.truncated; i += 2) numbers.push(r.u16be());
  if (r.truncated) numbers.pop();
  return numbers;
}

function eachExtension(r: ByteReader, read: (type: number, length: number) => void): void {
  if (r.left < 2) return;
  const total = Math.min(r.u16be(), r.left);
  const former = r.narrow(total);
  while (r.left >= 4) {
    const type = r.u16be();
    const length = r.u16be();
    if (length > r.left) break;
    const outer = r.narrow(length);
    read(type, length);
    r.truncated = false;
    r.widen(outer);
  }
  r.widen(former);
}

/** RFC 6066 3 */
function serverNames(r: ByteReader): string[] {
  const names: string[] = [];
  r.skip(2);
  while (r.left >= 3) {
    const type = r.u8();
    const length = Math.min(r.u16be(), r.left);
    if (type === 0) names.push(wireText(r, length));
    else r.skip(length);
  }
  return names;
}

/** RFC 7301 3.1 */
function protocolNames(r: ByteReader): string[] {
  const names: string[] = [];
  r.skip(2);
  while (r.left >= 1) names.push(wireText(r, Math.min(r.u8(), r.left)));
  return names;
}
