import type { ByteReader } from "../../bytes/reader.ts";
import { archiveOpRecord } from "../archive-op.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { BaculaAnalyzer } from "./analyzer.ts";
import { BACULA_RECORD } from "./records.ts";

/** The programs of Bacula and Bareos among themselves, without TLS. */
export const bacula: Protocol = {
  name: "bacula",
  specs: ["Bacula Developer's Guide, Daemon Protocol"],
  over: ["tcp"],
  ports: [9101, 9102, 9103],
  probe,
  open: (conn, out) => new BaculaAnalyzer(conn, out),
  records: [BACULA_RECORD, archiveOpRecord],
  weirds: [],
};

/** Longest first message. */
const MOST_HELLO = 512;
const HELLO = "Hello ";
const CHALLENGE = "auth cram-md5";

/** The originator says hello, the responder answers with a challenge. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  const word = hint.fromOriginator ? HELLO : CHALLENGE;
  if (r.peekU8() > 0) return "no";
  if (r.left < 4 + word.length) return r.left < 4 || r.peekU32be() <= MOST_HELLO ? "more" : "no";
  if (r.peekU32be() <= word.length || r.peekU32be() > MOST_HELLO) return "no";
  for (let i = 0; i < word.length; i++) if (r.peekU8(4 + i) !== word.charCodeAt(i)) return "no";
  return "yes";
}
