import type { Protocol } from "../protocol.ts";
import { FtpAnalyzer } from "./analyzer.ts";
import { FtpDataAnalyzer } from "./data-analyzer.ts";
import { probeFtp } from "./probe.ts";
import { FTP_COMMAND_RECORD, FTP_RECORD } from "./records.ts";
import { FTP_WEIRDS } from "./weirds.ts";

/** The control connection of FTP. */
export const ftp: Protocol = {
  name: "ftp",
  specs: ["RFC 959", "RFC 2228", "RFC 2428", "RFC 3659", "RFC 4217"],
  over: ["tcp"],
  ports: [21, 2811],
  probe: probeFtp,
  open: (conn, out) => new FtpAnalyzer(conn, out),
  records: [FTP_RECORD, FTP_COMMAND_RECORD],
  weirds: FTP_WEIRDS,
};

/** Its data connections, which only the control connection announces. */
export const ftpData: Protocol = {
  name: "ftp-data",
  specs: ["RFC 959"],
  over: ["tcp"],
  ports: [],
  probe: () => "no",
  open: (conn) => new FtpDataAnalyzer(conn),
  records: [],
  weirds: [],
};
