import type { ByteReader } from "../../bytes/reader.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { TelnetAnalyzer } from "./analyzer.ts";
import { TELNET_RECORD } from "./records.ts";

const IAC = 0xff;
/** The last option that is asked for by number alone: those above are rare, and chance octets. */
const LAST_OPTION = 49;

/** Telnet. */
export const telnet: Protocol = {
  name: "telnet",
  specs: ["RFC 854", "RFC 855", "RFC 1091", "RFC 1572"],
  over: ["tcp"],
  ports: [23, 2323],
  probe,
  open: (conn, out) => new TelnetAnalyzer(conn, out),
  records: [TELNET_RECORD],
  weirds: [],
};

/** Begins with an option; away from its ports with two of them. */
function probe(r: ByteReader, { onPort }: { onPort: boolean }): Verdict {
  const needed = onPort ? 1 : 2;
  for (let i = 0; i < needed; i++) {
    const [iac, verb, code] = [r.peekU8(3 * i), r.peekU8(3 * i + 1), r.peekU8(3 * i + 2)];
    if ((iac >= 0 && iac !== IAC) || (verb >= 0 && (verb < 0xfb || verb > 0xfe)) || code > LAST_OPTION) return "no";
    if (code < 0) return "more";
  }
  return "yes";
}
