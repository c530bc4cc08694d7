import type { ByteReader } from "../../bytes/reader.ts";
import { archiveOpRecord } from "../archive-op.ts";
import { blockOpRecord } from "../block-op.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { NbdAnalyzer } from "./analyzer.ts";
import { OPTION_MAGIC, REQUEST_MAGIC, REQUEST_OCTETS, SERVER_MAGIC } from "./messages.ts";
import { nbdRecord } from "./records.ts";
import { NBD_WEIRDS } from "./weirds.ts";

/** Network block device. */
export const nbd: Protocol = {
  name: "nbd",
  specs: ["NBD protocol (doc/proto.md of the NBD project)"],
  over: ["tcp"],
  ports: [10809],
  probe,
  open: (conn, out) => new NbdAnalyzer(conn, out),
  records: [nbdRecord, blockOpRecord, archiveOpRecord],
  weirds: NBD_WEIRDS,
};

/** The server's "NBDMAGIC"; the client's flags with an option behind them; or a request, in the middle of a connection. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (!hint.fromOriginator) {
    if (r.left >= SERVER_MAGIC.length) return r.startsWith(SERVER_MAGIC) ? "yes" : "no";
    for (let i = 0; i < r.left; i++) if (r.peekU8(i) !== SERVER_MAGIC.charCodeAt(i)) return "no";
    return "more";
  }
  const first = r.peekU32be();
  if (first < 0) return r.peekU8() === 0 || r.peekU8() === REQUEST_MAGIC >>> 24 ? "more" : "no";
  if (first === REQUEST_MAGIC) {
    if (r.left < REQUEST_OCTETS) return "more";
    return r.peekU16be(6) <= 8 ? "yes" : "no";
  }
  if (first > 3) return "no";
  for (let i = 0; i < OPTION_MAGIC.length && 4 + i < r.left; i++)
    if (r.peekU8(4 + i) !== OPTION_MAGIC.charCodeAt(i)) return "no";
  return r.left >= 12 ? "yes" : "more";
}
