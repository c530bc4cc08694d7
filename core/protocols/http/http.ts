import type { Protocol } from "../protocol.ts";
import { HttpAnalyzer } from "./analyzer.ts";
import { probeHttp } from "./probe.ts";
import { HTTP_RECORD } from "./records.ts";
import { HTTP_WEIRDS } from "./weirds.ts";

/** HTTP/1.x and 0.9. */
export const http: Protocol = {
  name: "http",
  specs: ["RFC 9110", "RFC 9112", "RFC 7617", "RFC 4559"],
  over: ["tcp"],
  ports: [80, 81, 631, 1080, 3128, 5985, 8000, 8080, 8888],
  probe: probeHttp,
  open: (conn, out) => new HttpAnalyzer(conn, out),
  records: [HTTP_RECORD],
  weirds: HTTP_WEIRDS,
};
