import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { SyslogAnalyzer } from "./analyzer.ts";
import { SYSLOG_RECORD } from "./records.ts";

/** Most octets of the beginning that are looked at. */
const MAX_PROBED = 64;
const PRIORITY = /^(?:[1-9]\d{0,5} )?<(\d{1,3})>/;
/** With the time behind it, as RFC 5424 6.2.3 and RFC 3164 4.1.2 have it. */
const PRIORITY_AND_TIME = /^(?:[1-9]\d{0,5} )?<\d{1,3}>(?:1 \d{4}-\d\d-\d\dT|[A-Z][a-z]{2} [ \d]\d \d\d:)/;

/** Messages of system logs, over UDP and over TCP. */
export const syslog: Protocol = {
  name: "syslog",
  specs: ["RFC 3164", "RFC 5424", "RFC 5426", "RFC 6587"],
  over: ["udp", "tcp"],
  ports: [514, 601, 1514],
  probe,
  open: (conn, out) => new SyslogAnalyzer(conn, out),
  records: [SYSLOG_RECORD],
  weirds: [],
};

function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (!hint.fromOriginator) return "no";
  const text = r.latin1(Math.min(r.left, MAX_PROBED));
  if (PRIORITY_AND_TIME.test(text)) return "yes";
  const priority = PRIORITY.exec(text);
  if (hint.onPort && priority !== null && Number(priority[1]) < 192) return "yes";
  // Some senders leave the priority out; over UDP the port then decides, as with Zeek.
  if (hint.carrier === "udp") return hint.respPort === 514 && /^[\x20-\x7e\t]/.test(text) ? "yes" : "no";
  return /^(?:[1-9]\d{0,5}(?: (?:<\d{0,3})?)?|<\d{0,3})$/.test(text) ? "more" : "no";
}
