import { ipv4Text, ipv6Text } from "../../bytes/address.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";

/** Where something is. */
export interface Place {
  readonly host: string | null;
  readonly name: string | null;
  readonly port: number;
}

/** Longest user and name of a version 4 request. */
const MAX_TEXT = 512;

/** Octets of a version 4 request: a user, and for 4a a name, each ended by a NUL; see `Framing`. */
export function request4Length(r: ByteReader): number {
  const userEnd = nulFrom(r, 8);
  if (userEnd <= 0) return userEnd;
  return isVersion4a(r) ? nulFrom(r, userEnd) : userEnd;
}

/** Octets up to behind the first NUL from `at` on; 0 if it is not there yet, -1 if it is too far. */
function nulFrom(r: ByteReader, at: number): number {
  for (let i = at; i < at + MAX_TEXT; i++) {
    const octet = r.peekU8(i);
    if (octet <= 0) return octet < 0 ? 0 : i + 1;
  }
  return -1;
}

/** An address below 0.0.1.0 says that a name follows. */
function isVersion4a(r: ByteReader): boolean {
  return r.peekU32be(4) <= 0xff;
}

/** What a client asks for. */
export interface Request {
  readonly command: number;
  readonly place: Place;
  /** User of version 4. */
  readonly userId: string | null;
}

export function readRequest4(r: ByteReader): Request {
  const hasName = isVersion4a(r);
  r.skip(1);
  const command = r.u8();
  const port = r.u16be();
  const host = ipv4Text(r);
  const userId = untilNul(r);
  return { command, place: { host, name: hasName ? untilNul(r) : null, port }, userId };
}

export function readReply4(r: ByteReader): { status: number; place: Place } {
  r.skip(1);
  const status = r.u8();
  const port = r.u16be();
  return { status, place: { host: ipv4Text(r), name: null, port } };
}

function untilNul(r: ByteReader): string {
  const end = r.find(0);
  const text = wireText(r, (end < 0 ? r.end : end) - r.pos);
  r.skip(end < 0 ? 0 : 1);
  return text;
}

const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** Octets of a version 5 request or reply. RFC 1928 4 and 6; see `Framing` */
export function message5Length(r: ByteReader): number {
  switch (r.peekU8(3)) {
    case IPV4:
      return 10;
    case IPV6:
      return 22;
    case NAME:
      return r.left < 5 ? 0 : 7 + r.peekU8(4);
    default:
      return r.left < 4 ? 0 : -1;
  }
}

/** Reads a version 5 request or reply: its second octet, and the place in it. */
export function readMessage5(r: ByteReader): { code: number; reserved: number; place: Place } {
  r.skip(1);
  const code = r.u8();
  const reserved = r.u8();
  const type = r.u8();
  const host = type === IPV4 ? ipv4Text(r) : type === IPV6 ? ipv6Text(r) : null;
  const name = type === NAME ? wireText(r, r.u8()) : null;
  return { code, reserved, place: { host, name, port: r.u16be() } };
}

/** Octets of a login with user and password. RFC 1929 2; see `Framing` */
export function loginLength(r: ByteReader): number {
  if (r.left < 2) return 0;
  const user = r.peekU8(1);
  return r.left < 3 + user ? 0 : 3 + user + r.peekU8(2 + user);
}

/** Zeek base/protocols/socks/consts.zeek */
const STATUS_5 = [
  "succeeded",
  "general SOCKS server failure",
  "connection not allowed by ruleset",
  "Network unreachable",
  "Host unreachable",
  "Connection refused",
  "TTL expired",
  "Command not supported",
  "Address type not supported",
];
const STATUS_4: Readonly<Record<number, string>> = {
  0x5a: "succeeded",
  0x5b: "general SOCKS server failure",
  0x5c: "request failed because client is not running identd",
  0x5d: "request failed because client's identd could not confirm the user ID string in the request",
};
const METHODS: Readonly<Record<number, string>> = {
  0: "No Authentication Required",
  1: "GSSAPI",
  2: "Username/Password",
  3: "Challenge-Handshake Authentication Protocol",
  5: "Challenge-Response Authentication Method",
  6: "Secure Sockets Layer",
  7: "NDS Authentication",
  8: "Multi-Authentication Framework",
  255: "No Acceptable Methods",
};

export function status5(code: number): string {
  return STATUS_5[code] ?? `unknown-${code}`;
}

export function status4(code: number): string {
  return STATUS_4[code] ?? `unknown-${code}`;
}

export function methodName(method: number): string {
  return METHODS[method] ?? `unknown-${method}`;
}
