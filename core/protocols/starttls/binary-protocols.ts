import { ByteReader } from "../../bytes/reader.ts";
import type { Connection, Protocol, Verdict } from "../protocol.ts";
import type { Messages, Step } from "./binary-upgrade.ts";
import { BinaryUpgradeAnalyzer } from "./binary-upgrade.ts";

function open(conn: Connection, messages: Messages): BinaryUpgradeAnalyzer {
  return new BinaryUpgradeAnalyzer(conn, messages, new ByteReader(new Uint8Array(0)));
}

const TPKT_VERSION = 3;
const TPKT_HEADER = 4;
const X224_CONNECTION_REQUEST = 0xe0;
const X224_CONNECTION_CONFIRM = 0xd0;
const NEGOTIATION_RESPONSE = 2;
/** Octets from the beginning to the negotiation response: TPKT and X.224 headers. */
const NEGOTIATION_AT = 11;

/** RDP: the connection confirm names the security protocol; all but the oldest run inside TLS. [MS-RDPBCGR] 2.2.1.2 */
export const rdp: Protocol = {
  name: "rdp",
  specs: ["MS-RDPBCGR"],
  over: ["tcp"],
  ports: [3389],
  probe: (r): Verdict => {
    if (r.left < 6) return r.left === 0 || r.peekU8() === TPKT_VERSION ? "more" : "no";
    const type = r.peekU8(5);
    const length = r.peekU16be(2);
    if (r.peekU8() !== TPKT_VERSION || r.peekU8(1) !== 0 || length < 11 || length > 600) return "no";
    const isConnection = type === X224_CONNECTION_REQUEST || type === X224_CONNECTION_CONFIRM;
    return isConnection && r.peekU8(4) === length - TPKT_HEADER - 1 ? "yes" : "no";
  },
  open: (conn) =>
    open(conn, {
      length: (r) => {
        if (r.left < TPKT_HEADER) return 0;
        return r.peekU8() === TPKT_VERSION && r.peekU16be(2) > TPKT_HEADER ? r.peekU16be(2) : -1;
      },
      message: (r, fromOriginator): Step => {
        if (fromOriginator) return r.peekU8(5) === X224_CONNECTION_REQUEST ? "go-on" : "stop";
        if (r.peekU8(5) !== X224_CONNECTION_CONFIRM) return "stop";
        conn.confirm();
        const isNegotiated = r.peekU8(NEGOTIATION_AT) === NEGOTIATION_RESPONSE;
        return isNegotiated && r.peekU32le(NEGOTIATION_AT + 4) > 0 ? "hand-over" : "stop";
      },
    }),
  records: [],
  weirds: [],
};
