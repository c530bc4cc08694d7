import type { Protocol } from "../protocol.ts";
import { WinrmAnalyzer } from "./analyzer.ts";
import { WINRM_RECORD } from "./records.ts";
import { WINRM_WEIRDS } from "./weirds.ts";

/** Name of the stream by which HTTP passes on what its media type says to be WS-Management. */
const STREAM = "ws-man";

/** Windows Remote Management: WS-Management and PowerShell remoting over HTTP. */
export const winrm: Protocol = {
  name: "winrm",
  specs: ["DSP0226", "MS-WSMV", "MS-PSRP"],
  over: ["http"],
  ports: [],
  probe: (_, hint) => (hint.pipe === STREAM ? "yes" : "no"),
  open: (conn, out) => new WinrmAnalyzer(conn, out),
  records: [WINRM_RECORD],
  weirds: WINRM_WEIRDS,
};
