import type { ByteReader } from "../../bytes/reader.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { RsyncAnalyzer } from "./analyzer.ts";
import { RSYNC_RECORD } from "./records.ts";

const BEGINNING = "@RSYNCD: ";

/** The rsync daemon protocol. */
export const rsync: Protocol = {
  name: "rsync",
  specs: ["rsync 3.2 clientserver.c", "rsyncd.conf(5)"],
  over: ["tcp"],
  ports: [873],
  probe,
  open: (conn, out) => new RsyncAnalyzer(conn, out),
  records: [RSYNC_RECORD],
  weirds: [],
};

/** Both sides begin alike. */
function probe(r: ByteReader): Verdict {
  for (let i = 0; i < BEGINNING.length; i++) {
    const octet = r.peekU8(i);
    if (octet < 0) return "more";
    if (octet !== BEGINNING.charCodeAt(i)) return "no";
  }
  return "yes";
}
