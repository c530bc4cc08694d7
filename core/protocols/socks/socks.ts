import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { SocksAnalyzer } from "./analyzer.ts";
import { request4Length } from "./messages.ts";
import { socksRecord } from "./records.ts";
import { SOCKS_WEIRDS } from "./weirds.ts";

/** SOCKS 4, 4a and 5. */
export const socks: Protocol = {
  name: "socks",
  specs: ["RFC 1928", "RFC 1929"],
  over: ["tcp"],
  ports: [1080],
  probe,
  open: (conn, out) => new SocksAnalyzer(conn, out),
  records: [socksRecord],
  weirds: SOCKS_WEIRDS,
};

/** Most methods of a greeting: clients offer one to three. */
const MAX_METHODS = 10;

/**
 * Version 5: a greeting that is all the client says before it is answered. Version 4: a request that ends where the
 * client's octets end. Both are short, so elsewhere than on its port nothing may follow, and methods must be known ones.
 */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (!hint.fromOriginator) return "no";
  if (r.peekU8() === 4) {
    const command = r.peekU8(1);
    if (command >= 0 && command !== 1 && command !== 2) return "no";
    if (r.left >= 4 && r.peekU16be(2) === 0) return "no";
    const length = r.left < 9 ? 0 : request4Length(r);
    if (length === 0) return "more";
    return length === r.left && isText(r, 8, length) ? "yes" : "no";
  }
  if (r.peekU8() !== 5) return r.left === 0 ? "more" : "no";
  const methods = r.peekU8(1);
  if (methods < 0) return "more";
  if (methods === 0 || methods > MAX_METHODS || r.left > 2 + methods) return "no";
  for (let i = 2; i < r.left; i++) if (r.peekU8(i) > 9 && r.peekU8(i) < 0x80) return "no";
  return r.left === 2 + methods ? "yes" : "more";
}

/** True if all but the NULs between `from` and `to` is printable. */
function isText(r: ByteReader, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const octet = r.peekU8(i);
    if (octet !== 0 && (octet < 0x20 || octet === 0x7f)) return false;
  }
  return true;
}
