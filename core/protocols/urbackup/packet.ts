import { createHash } from "node:crypto";
import type { ByteReader } from "../../bytes/reader.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";

/** Octets of the MD5 sum before each packet of an Internet connection: of all that follows in it. urbackupcommon/fileclient/tcpstack.cpp */
export const SUM_OCTETS = 16;
/** Longest packet before a client has signed in. */
const MOST_PACKET = 32_768;

/** First octet of packets of an Internet connection. urbackupcommon/InternetServiceIDs.h */
export const AUTH_OK = 1;
export const AUTH_FAILED = 2;
const CHALLENGE = 3;
const AUTHS: ReadonlySet<number> = new Set([0, 7, 8, 9, 10, 11]);
/** Octets of a challenge that are believed. */
const CHALLENGE_OCTETS: readonly [least: number, most: number] = [16, 256];

/** What a server says to a client: its identity between two marks, then words. urbackupclient/ClientService.cpp */
const COMMAND = /^#I([\w-]{8,128})#([A-Z0-9][A-Z0-9 ?_-]{1,60})/;

/** True for packets with which a client signs in. */
export function isAuth(id: number): boolean {
  return AUTHS.has(id);
}

/** Octets of the summed packet at `r`; 0 if more are needed to tell, -1 if it is none. */
export function summedLength(r: ByteReader): number {
  const octets = r.peekU32le(SUM_OCTETS);
  return octets < 0 ? 0 : octets === 0 || octets > MOST_PACKET ? -1 : SUM_OCTETS + 4 + octets;
}

/** Octets of the packet at `r`; 0 if more are needed to tell, -1 if it is none. */
export function plainLength(r: ByteReader): number {
  const octets = r.peekU32le();
  return octets < 0 ? 0 : octets === 0 || octets > 1 << 24 ? -1 : 4 + octets;
}

/** Judges what may be a server's challenge: "more" if it is not whole. Its sum has to be right. */
export function isChallenge(r: ByteReader): boolean | "more" {
  const octets = r.peekU32le(SUM_OCTETS);
  if (octets < 0) return "more";
  const [least, most] = CHALLENGE_OCTETS;
  if (octets < least + 5 || octets > 1024) return false;
  const id = r.peekU8(SUM_OCTETS + 4);
  if (id >= 0 && id !== CHALLENGE) return false;
  const challenge = r.peekU32le(SUM_OCTETS + 5);
  if (challenge >= 0 && (challenge < least || challenge > most || challenge + 5 > octets)) return false;
  if (r.left < SUM_OCTETS + 4 + octets) return "more";
  const from = r.pos + SUM_OCTETS;
  const sum = createHash("md5")
    .update(r.source.subarray(from, from + 4 + octets))
    .digest();
  return sum.equals(r.source.subarray(r.pos, from));
}

/** The name that a client signs in with, `r` being behind the first octet. */
export function parseName(r: ByteReader): string | null {
  const octets = r.u32le();
  if (r.truncated || octets > 255) return null;
  const name = r.latin1(octets);
  return r.truncated || !/^[\x20-\x7e\x80-\xff]+$/.test(name) ? null : Buffer.from(name, "latin1").toString("utf8");
}

/** A server's command with its identity, or null if it is none. */
export function parseCommand(r: ByteReader): { readonly identity: string; readonly words: string } | null {
  r.skip(4);
  const found = COMMAND.exec(r.latin1(Math.min(r.left, 256)));
  return found === null ? null : { identity: found[1]!, words: found[2]!.trim() };
}

/** Requests for a file: whole, from a place on, with sums, with what is known of it. fileservplugin/packet_ids.h */
const FILE_REQUESTS: ReadonlySet<number> = new Set([0, 6, 7, 8, 12, 15, 16]);
/** What such a request ends its two texts with: the identity of the server. */
const IDENTITY = /^#I([\w-]{8,128})#/;
/** Longest path that is believed; paths of Windows have 32,767 characters. */
const LONGEST_PATH = 16_384;

/** First octet of an answer to a request for a file. */
export const COULD_NOT_OPEN = 0;
export const FILE_SIZE = 1;
export const BASE_DIRECTORY_LOST = 2;

/** A server's request for a file of a client, or null if it is none. fileservplugin/CClientThread.cpp, ProcessPacket */
export function parseFileRequest(r: ByteReader): { readonly path: string; readonly identity: string } | null {
  r.skip(4);
  if (!FILE_REQUESTS.has(r.u8())) return null;
  const pathOctets = r.u32le();
  if (r.truncated || pathOctets > LONGEST_PATH) return null;
  const path = r.latin1(pathOctets);
  const identityOctets = r.u32le();
  if (r.truncated || identityOctets > 256) return null;
  const found = IDENTITY.exec(r.latin1(identityOctets));
  return found === null || r.truncated ? null : { path: utf8OfLatin1(path), identity: found[1]! };
}

/** Judges what may be a server's first request for a file. */
export function isFileRequest(r: ByteReader): boolean | "more" {
  const octets = r.peekU32le();
  if (octets < 0) return "more";
  if (octets < 1 + 4 + 4 + 11 || octets > LONGEST_PATH + 512) return false;
  const kind = r.peekU8(4);
  if (kind >= 0 && !FILE_REQUESTS.has(kind)) return false;
  const path = r.peekU32le(5);
  if (path >= 0 && path + 1 + 4 + 4 + 11 > octets) return false;
  if (r.left < 4 + octets) return "more";
  return parseFileRequest(r) !== null;
}

/** Judges what may be a server's first command. */
export function isCommand(r: ByteReader): boolean | "more" {
  const octets = r.peekU32le();
  if (octets < 0) return "more";
  if (octets < 12 || octets > MOST_PACKET) return false;
  if (r.left >= 6 && (r.peekU8(4) !== 0x23 || r.peekU8(5) !== 0x49)) return false;
  if (r.left < 4 + Math.min(octets, 200)) return "more";
  return parseCommand(r) !== null;
}
