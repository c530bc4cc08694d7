import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { TdsAnalyzer } from "./analyzer.ts";
import { BrowserAnalyzer, probeBrowser } from "./browser.ts";
import { PACKET } from "./packet.ts";
import { tdsBrowserRecord, tdsLoginRecord, tdsRecord } from "./records.ts";
import { hasHeaders } from "./requests.ts";

/** Microsoft SQL Server, and its Browser. */
export const tds: Protocol = {
  name: "tds",
  specs: ["MS-TDS", "MC-SMP", "MC-SQLR"],
  over: ["tcp", "udp"],
  ports: [1433, 1434],
  probe: (r, hint) => (hint.carrier === "udp" ? probeBrowser(r, hint) : probe(r, hint)),
  open: (conn, out) => (conn.carrier === "udp" ? new BrowserAnalyzer(conn, out) : new TdsAnalyzer(conn, out)),
  records: [tdsLoginRecord, tdsRecord, tdsBrowserRecord],
  weirds: [],
};

const HEADER = 8;

/** A pre-login with its version first, a login whose lengths agree, or a request with its headers. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  const type = r.peekU8();
  const isKnown = hint.fromOriginator
    ? type === PACKET.prelogin || type === PACKET.login7 || type === PACKET.batch || type === PACKET.rpc
    : type === PACKET.answer;
  if (r.left > 0 && !isKnown) return "no";
  if (r.left < HEADER + 12) return r.left < 4 || (r.peekU8(1) <= 1 && r.peekU16be(2) > HEADER) ? "more" : "no";
  const length = r.peekU16be(2);
  // Status, packet number and window; a message begins with packet 0 or 1.
  if (r.peekU8(1) > 1 || length <= HEADER || length > 32_768 || r.peekU8(6) > 1 || r.peekU8(7) !== 0) return "no";
  switch (type) {
    case PACKET.prelogin:
    case PACKET.answer: {
      // VERSION, its place behind the list of options, and its length. MS-TDS 2.2.6.5
      const at = r.peekU16be(HEADER + 1);
      const isVersion = r.peekU8(HEADER) === 0 && r.peekU16be(HEADER + 3) === 6;
      return isVersion && at >= 6 && at + 6 <= length - HEADER ? "yes" : "no";
    }
    case PACKET.login7: {
      const version = r.peekU32le(HEADER + 4);
      return r.peekU32le(HEADER) >= length - HEADER && version >>> 28 === 7 ? "yes" : "no";
    }
    default: {
      const end = r.end;
      r.seek(r.pos + HEADER, Math.min(end, r.pos + length));
      const isRequest = hasHeaders(r) && r.peekU32le() === 22;
      r.seek(r.pos - HEADER, end);
      return isRequest ? "yes" : "no";
    }
  }
}
