import type { Protocol } from "../protocol.ts";
import { TlsAnalyzer } from "./analyzer.ts";
import { DtlsAnalyzer } from "./dtls-analyzer.ts";
import { probeTls } from "./probe.ts";
import { SSL_RECORD, X509_RECORD } from "./records.ts";
import { SEALED_STORE_RECORD } from "./sealed-store.ts";
import { SSL_WEIRDS } from "./weirds.ts";

/** SSL, TLS and DTLS. */
export const ssl: Protocol = {
  name: "ssl",
  specs: ["RFC 6101", "RFC 5246", "RFC 8446", "RFC 6347", "RFC 9147", "RFC 5280"],
  over: ["tcp", "udp"],
  ports: [443, 563, 585, 614, 636, 989, 990, 992, 993, 995, 5223],
  probe: probeTls,
  open: (conn, out) => (conn.carrier === "udp" ? new DtlsAnalyzer(conn, out) : new TlsAnalyzer(conn, out)),
  records: [SSL_RECORD, X509_RECORD, SEALED_STORE_RECORD],
  weirds: SSL_WEIRDS,
};
