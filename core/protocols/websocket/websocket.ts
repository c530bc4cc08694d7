import type { Protocol } from "../protocol.ts";
import { WebSocketAnalyzer } from "./analyzer.ts";
import { WEBSOCKET_RECORD } from "./records.ts";
import { WEBSOCKET_WEIRDS } from "./weirds.ts";

/** Name of the inner stream by which HTTP passes on a connection that changed to WebSocket. */
const UPGRADED = "websocket";

/** WebSocket: unmasks the payload and passes it on as a stream. Only what HTTP changed to it is taken for it. */
export const websocket: Protocol = {
  name: "websocket",
  specs: ["RFC 6455", "RFC 7692"],
  over: ["tcp"],
  ports: [],
  probe: (_, hint) => (hint.pipe === UPGRADED ? "yes" : "no"),
  open: (conn, out) => new WebSocketAnalyzer(conn, out),
  records: [WEBSOCKET_RECORD],
  weirds: WEBSOCKET_WEIRDS,
};
