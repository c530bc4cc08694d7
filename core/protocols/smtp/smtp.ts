import type { Protocol } from "../protocol.ts";
import { SmtpAnalyzer } from "./analyzer.ts";
import { probeSmtp } from "./probe.ts";
import { SMTP_RECORD } from "./records.ts";
import { SMTP_WEIRDS } from "./weirds.ts";

/** Mail from one host to another. */
export const smtp: Protocol = {
  name: "smtp",
  specs: ["RFC 5321", "RFC 3030", "RFC 3207", "RFC 4954", "RFC 2045", "RFC 2046"],
  over: ["tcp"],
  ports: [25, 587, 2525],
  probe: probeSmtp,
  open: (conn, out) => new SmtpAnalyzer(conn, out),
  records: [SMTP_RECORD],
  weirds: SMTP_WEIRDS,
};
