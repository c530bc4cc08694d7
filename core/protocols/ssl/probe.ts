import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Verdict } from "../protocol.ts";
import { MAX_RECORD, RECORD_HEADER } from "./analyzer.ts";
import { DTLS_RECORD_HEADER } from "./dtls-analyzer.ts";
import { CONTENT, HANDSHAKE } from "./names.ts";

/** Judges the first octets of one side: a ClientHello or ServerHello in a record of SSLv2 to TLS 1.3, or of DTLS. */
export function probeTls(r: ByteReader, hint: ProbeHint): Verdict {
  if (hint.carrier === "udp") return isDtls(r) ? "yes" : isStun(r) ? "more" : "no";
  const first = r.peekU8();
  if (first >= 0x80) return probeV2(r);
  if (first !== CONTENT.handshake) return first < 0 ? "more" : "no";
  if (r.left < RECORD_HEADER + 4) {
    const major = r.peekU8(1);
    return major < 0 || major === 3 ? "more" : "no";
  }
  const length = r.peekU16be(3);
  if (r.peekU8(1) !== 3 || r.peekU8(2) > 4 || length < 4 || length > MAX_RECORD) return "no";
  const type = r.peekU8(RECORD_HEADER);
  const isHello = type === HANDSHAKE.clientHello || type === HANDSHAKE.serverHello;
  // A hello is longer than 37 octets and never needs 128 KiB.
  const helloLength = r.peekU32be(RECORD_HEADER) & 0xffffff;
  return isHello && helloLength >= 37 && helloLength < 1 << 17 ? "yes" : "no";
}

function isDtls(r: ByteReader): boolean {
  if (r.left < DTLS_RECORD_HEADER + 12 || r.peekU8() !== CONTENT.handshake || r.peekU8(1) !== 0xfe) return false;
  const minor = r.peekU8(2);
  if (minor < 0xfc || r.peekU16be(3) !== 0) return false;
  const type = r.peekU8(DTLS_RECORD_HEADER);
  return type >= HANDSHAKE.clientHello && type <= 3 && r.peekU16be(DTLS_RECORD_HEADER - 2) >= 12;
}

/** STUN, which comes before DTLS where a media session is set up. RFC 8489 5 */
function isStun(r: ByteReader): boolean {
  return r.left >= 20 && r.peekU8() < 4 && r.peekU32be(4) === 0x2112a442;
}

/** An SSLv2 CLIENT-HELLO, whose lengths must add up. RFC 6101 E.1 */
function probeV2(r: ByteReader): Verdict {
  if (r.left >= 3 && r.peekU8(2) !== 1) return "no";
  if (r.left < 11) return "more";
  const length = r.peekU16be() & 0x7fff;
  const version = r.peekU16be(3);
  const ciphers = r.peekU16be(5);
  const session = r.peekU16be(7);
  const challenge = r.peekU16be(9);
  if (version !== 2 && (version < 0x0300 || version > 0x0304)) return "no";
  const addsUp = 9 + ciphers + session + challenge === length;
  return addsUp && ciphers % 3 === 0 && (session === 0 || session === 16) && challenge >= 16 ? "yes" : "no";
}
