import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/socks/main.zeek";

/** One connection through a SOCKS proxy. */
export const socksRecord = recordType({
  name: "socks",
  text: "One request to a SOCKS proxy; what went through it is analysed as a connection of its own kind",
  version: 1,
  layout: "connection",
  columns: {
    version: { kind: "count", text: "Version of SOCKS: 4 (4a too) or 5", example: "5", source: ZEEK },
    user: { kind: "string", text: "User that logged in to the proxy with a password", example: "jump", source: ZEEK },
    password: { kind: "string", text: "Always unset, as Zeek has it by default: passwords are not kept", example: "-" },
    status: { kind: "string", text: "Proxy's answer", example: "succeeded", source: ZEEK },
    "request.host": { kind: "addr", text: "Address to connect to", example: "10.20.5.10", source: ZEEK },
    "request.name": { kind: "string", text: "Name to connect to", example: "nas01.corp.example", source: ZEEK },
    request_p: { kind: "port", text: "Port to connect to", example: "22", source: ZEEK },
    "bound.host": { kind: "addr", text: "Proxy's address for the connection", example: "10.20.1.9", source: ZEEK },
    "bound.name": { kind: "string", text: "Proxy's name for it", source: ZEEK, example: "proxy01.corp.example" },
    bound_p: { kind: "port", text: "Proxy's port for it", example: "40122", source: ZEEK },
    command: {
      kind: "enum",
      own: true,
      text: "What was asked for: connect, bind (wait for a connection) or udp_associate",
      example: "connect",
      source: "RFC 1928 4",
    },
    auth_method: {
      kind: "string",
      own: true,
      text: "Way of authenticating that the proxy chose",
      example: "Username/Password",
      source: "RFC 1928 3",
    },
    user_id: { kind: "string", own: true, text: "User of a version 4 request, which nothing proves", example: "root" },
    password_sent: { kind: "bool", own: true, text: "Whether a password was sent in clear" },
  },
});

export type SocksRow = { -readonly [K in keyof RowOf<typeof socksRecord>]: RowOf<typeof socksRecord>[K] };

/** True for a row that Zeek's socks.log has too: it leaves out what ended before a request was answered. */
export function isInZeekLog(row: Pick<SocksRow, "bound_p">): boolean {
  return row.bound_p !== null;
}
