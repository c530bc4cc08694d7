import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { PostgresqlAnalyzer } from "./analyzer.ts";
import { REQUEST, VERSION_3 } from "./messages.ts";
import { postgresqlRecord } from "./records.ts";

/** PostgreSQL, protocol version 3. */
export const postgresql: Protocol = {
  name: "postgresql",
  specs: ["PostgreSQL frontend/backend protocol 3.0"],
  over: ["tcp"],
  ports: [5432],
  probe,
  open: (conn, out) => new PostgresqlAnalyzer(conn, out),
  records: [postgresqlRecord],
  weirds: [],
};

const LENGTHS: Readonly<Record<number, number>> = { [REQUEST.tls]: 8, [REQUEST.gss]: 8, [REQUEST.cancel]: 16 };

/** The client's first message: its length, then a request code or version 3 with a parameter's name. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (!hint.fromOriginator) return "no";
  if (r.left < 9) {
    if (r.left >= 8 && r.peekU32be() === 8) return LENGTHS[r.peekU32be(4)] === 8 ? "yes" : "no";
    return r.peekU8() <= 0 && r.peekU8(1) <= 0 ? "more" : "no";
  }
  const length = r.peekU32be();
  const code = r.peekU32be(4);
  if (LENGTHS[code] === length) return "yes";
  const first = r.peekU8(8);
  return code >>> 16 === VERSION_3 && length > 8 && length < 10_000 && first >= 0x61 && first <= 0x7a ? "yes" : "no";
}
