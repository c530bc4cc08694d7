import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/quic/main.zeek";

/** One QUIC connection. */
export const QUIC_RECORD = recordType({
  name: "quic",
  text: "One QUIC connection: what its first packets, whose keys anyone can derive, show",
  version: 1,
  layout: "connection",
  columns: {
    version: { kind: "string", text: "Version of the first packet", example: "1", source: ZEEK },
    client_initial_dcid: {
      kind: "string",
      text: "First connection id that the client sent to, hexadecimal",
      example: "b9c21f5a6e0d7734",
    },
    client_scid: { kind: "string", text: "Client's connection id, hexadecimal", example: "e01f8a" },
    server_scid: { kind: "string", text: "Server's connection id, hexadecimal", example: "f067a5502a4262b5" },
    server_name: { kind: "string", text: "Host that the client asked for (SNI)", example: "www.example.com" },
    client_protocol: {
      kind: "string",
      text: "First application protocol that the client offers (ALPN)",
      example: "h3",
    },
    history: {
      kind: "string",
      text: "A letter for each packet, capital if the client's: I initial, H handshake, Z 0-RTT, R retry, C close, S hello, U unknown version, X unreadable, O the 1st, 2nd, 4th, 8th ... short one",
      example: "ISishIHhOoO",
      source: ZEEK,
    },
    orig_sealed_octets: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "Encrypted octets that the originator sent",
      example: "3120",
    },
    resp_sealed_octets: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "Encrypted octets that the responder sent",
      example: "48211",
    },
  },
});
