import type { ByteReader } from "../../bytes/reader.ts";
import { archiveOpRecord } from "../archive-op.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { NdmpAnalyzer } from "./analyzer.ts";
import { NdmpDataAnalyzer } from "./data-analyzer.ts";
import { beginsMessage } from "./header.ts";
import { NDMP_RECORD } from "./records.ts";

/** The control connection of NDMP, versions 2 to 4. */
export const ndmp: Protocol = {
  name: "ndmp",
  specs: ["NDMP version 2", "NDMP version 3", "NDMP version 4", "RFC 4506", "RFC 5531 11"],
  over: ["tcp"],
  ports: [10000],
  probe,
  open: (conn, out) => new NdmpAnalyzer(conn, out),
  records: [NDMP_RECORD, archiveOpRecord],
  weirds: [],
};

/** Its data connections, which only the control connection announces. */
export const ndmpData: Protocol = {
  name: "ndmp-data",
  specs: ["NDMP version 4"],
  over: ["tcp"],
  ports: [],
  probe: () => "no",
  open: (conn) => new NdmpDataAnalyzer(conn),
  records: [],
  weirds: [],
};

function probe(r: ByteReader): Verdict {
  const begins = beginsMessage(r);
  return begins === undefined ? "more" : begins ? "yes" : "no";
}
