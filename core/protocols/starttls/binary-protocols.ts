import { ByteReader } from "../../bytes/reader.ts";
import type { Connection, Protocol, Verdict } from "../protocol.ts";
import type { Messages, Step } from "./binary-upgrade.ts";
import { BinaryUpgradeAnalyzer } from "./binary-upgrade.ts";

function open(conn: Connection, messages: Messages): BinaryUpgradeAnalyzer {
  return new BinaryUpgradeAnalyzer(conn, messages, new ByteReader(new Uint8Array(0)));
}

const PG_SSL_REQUEST = 80_877_103;
const PG_GSS_REQUEST = 80_877_104;
const PG_VERSION_3 = 3 << 16;
const ACCEPTED = 0x53; // "S"

/** PostgreSQL: the client asks in eight octets, the server answers in one. */
export const postgresql: Protocol = {
  name: "postgresql",
  specs: ["PostgreSQL frontend/backend protocol 3.0"],
  over: ["tcp"],
  ports: [5432],
  probe: (r, hint): Verdict => {
    if (!hint.fromOriginator) return "no";
    if (r.left < 8) return r.peekU8() <= 0 && r.peekU8(1) <= 0 ? "more" : "no";
    const length = r.peekU32be();
    const code = r.peekU32be(4);
    const isRequest = (code === PG_SSL_REQUEST || code === PG_GSS_REQUEST) && length === 8;
    return isRequest || (code === PG_VERSION_3 && length > 8 && length < 10_000) ? "yes" : "no";
  },
  open: (conn) => {
    let asksForTls = false;
    return open(conn, {
      length: (r, fromOriginator) => {
        if (!fromOriginator) return 1;
        return r.left < 4 ? 0 : r.peekU32be() >= 8 ? r.peekU32be() : -1;
      },
      message: (r, fromOriginator): Step => {
        if (fromOriginator) {
          const code = r.peekU32be(4);
          asksForTls = code === PG_SSL_REQUEST;
          conn.confirm();
          return asksForTls || code === PG_GSS_REQUEST ? "go-on" : "stop";
        }
        return asksForTls && r.u8() === ACCEPTED ? "hand-over" : "go-on";
      },
    });
  },
  records: [],
  weirds: [],
};

const MYSQL_HEADER = 4;
const MYSQL_PROTOCOL = 10;
const MYSQL_SSL_REQUEST_LENGTH = 32;
const MYSQL_CLIENT_SSL = 0x800;

/** MySQL: behind the server's greeting, a short login packet of the client says that TLS follows. */
export const mysql: Protocol = {
  name: "mysql",
  specs: ["MySQL client/server protocol"],
  over: ["tcp"],
  ports: [3306],
  probe: (r, hint): Verdict => {
    if (hint.fromOriginator) return "no";
    if (r.left < 12) return r.left < 5 || (r.peekU8(3) === 0 && r.peekU8(4) === MYSQL_PROTOCOL) ? "more" : "no";
    if (r.peekU8(3) !== 0 || r.peekU8(4) !== MYSQL_PROTOCOL || r.peekU8(2) !== 0) return "no";
    const major = r.peekU8(5);
    return major >= 0x31 && major <= 0x39 ? "yes" : "no";
  },
  open: (conn) =>
    open(conn, {
      length: (r) => (r.left < MYSQL_HEADER ? 0 : MYSQL_HEADER + (r.peekU32le() & 0xffffff)),
      message: (r, fromOriginator): Step => {
        conn.confirm();
        if (!fromOriginator) return "go-on";
        const isRequest = r.left === MYSQL_HEADER + MYSQL_SSL_REQUEST_LENGTH;
        return isRequest && (r.peekU32le(MYSQL_HEADER) & MYSQL_CLIENT_SSL) !== 0 ? "hand-over" : "stop";
      },
    }),
  records: [],
  weirds: [],
};

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
