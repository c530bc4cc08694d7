import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Verdict } from "../protocol.ts";
import { DNS_HEADER_LENGTH, MAX_QUESTIONS, readDnsMessage } from "./message.ts";
import { NameReader } from "./name.ts";
import { isKnownClass, isKnownType } from "./names.ts";

const LENGTH_OCTETS = 2;
/** Highest operation code in use, for messages off the usual ports: 6 is DSO, 8 is NetBIOS's refresh. */
const MAX_OPCODE = 8;
const QU_BIT = 0x8000;

const names = new NameReader();

/** Judges the first octets of a datagram or of one side of a stream. */
export function probeDns(r: ByteReader, hint: ProbeHint): Verdict {
  const isNetbios = hint.respPort === 137 || hint.origPort === 137;
  if (hint.carrier === "udp") return isPlausibleMessage(r, r.pos, !hint.onPort, isNetbios) ? "yes" : "no";
  if (r.left < LENGTH_OCTETS + DNS_HEADER_LENGTH) {
    const length = r.peekU16be();
    return length < 0 || length >= DNS_HEADER_LENGTH ? "more" : "no";
  }
  const length = r.peekU16be();
  const start = r.pos + LENGTH_OCTETS;
  const end = start + length;
  if (length < DNS_HEADER_LENGTH || !isPlausibleHeader(r, LENGTH_OCTETS, !hint.onPort)) return "no";
  if (hint.onPort) return "yes";
  if (end > r.end) return "more";
  const former = r.end;
  r.end = end;
  const plausible = isPlausibleMessage(r, start, true, false);
  r.end = former;
  return plausible ? "yes" : "no";
}

/**
 * True if a message may begin at `start` and end where `r` does. The reader is left as it was.
 * @param strict Off the usual ports: the whole message must be there and hold together.
 */
export function isPlausibleMessage(r: ByteReader, start: number, strict: boolean, isNetbios: boolean): boolean {
  const at = r.pos;
  if (r.end - start < DNS_HEADER_LENGTH || !isPlausibleHeader(r, start - at, strict)) return false;
  if (!strict) return true;
  const end = r.end;
  r.seek(start, end);
  const message = readDnsMessage(r, names, isNetbios);
  const left = r.left;
  r.seek(at, end);
  if (message === null || message.fault !== null || left > 0) return false;
  for (const oddity of message.oddities) if (oddity.name !== "DNS_RR_unknown_type") return false;
  const first = message.questions[0];
  if (first === undefined) return message.header.isResponse && message.answers.length > 0;
  return isKnownType(first.type) && isKnownClass(first.cls & ~QU_BIT);
}

/** `ahead`: octets from `r.pos` to the header. */
function isPlausibleHeader(r: ByteReader, ahead: number, strict: boolean): boolean {
  const flags = r.peekU16be(ahead + 2);
  if (flags < 0 || (strict && ((flags >> 11) & 0xf) > MAX_OPCODE)) return false;
  const questions = r.peekU16be(ahead + 4);
  const answers = r.peekU16be(ahead + 6);
  const authorities = r.peekU16be(ahead + 8);
  const additionals = r.peekU16be(ahead + 10);
  if (questions > MAX_QUESTIONS || answers > 4096 || authorities > 512 || additionals > 512) return false;
  return questions + answers + authorities + additionals > 0 || (flags & 0x8000) !== 0;
}
