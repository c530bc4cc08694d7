import { recordType } from "../../records/record-type.ts";

/** One WebSocket. */
export const WEBSOCKET_RECORD = recordType({
  name: "websocket",
  text: "One WebSocket: what the HTTP messages that opened it say",
  version: 1,
  layout: "connection",
  columns: {
    host: {
      kind: "string",
      text: "Host header of the request",
      example: "console.example.com",
      source: "Zeek base/protocols/websocket/main.zeek",
    },
    uri: { kind: "string", text: "Target of the request", example: "/events" },
    user_agent: { kind: "string", text: "User-Agent header of the request" },
    subprotocol: { kind: "string", text: "Protocol inside that the server chose", example: "v1" },
    client_protocols: { kind: "vector[string]", text: "Protocols inside that the client offers", example: "v1,v2" },
    server_extensions: { kind: "vector[string]", text: "Extensions that the server chose" },
    client_extensions: {
      kind: "vector[string]",
      text: "Extensions that the client offers",
      example: "permessage-deflate; client_max_window_bits",
    },
  },
});
