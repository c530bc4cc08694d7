import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/rdp/main.zeek";
const BASIC = "MS-RDPBCGR";

/** One remote desktop connection. */
export const RDP_RECORD = recordType({
  name: "rdp",
  text: "One remote desktop connection: who asked, what was agreed, and what the client says of itself in clear",
  version: 1,
  layout: "connection",
  columns: {
    cookie: {
      kind: "string",
      text: "Cookie of the first packet: mostly the user, cut to nine characters by the client; empty if it sent none",
      example: "Administr",
      source: ZEEK,
    },
    result: {
      kind: "string",
      text: "Why the server refused, what it answered to the client's settings, or encrypted",
      example: "encrypted",
      source: ZEEK,
    },
    security_protocol: {
      kind: "string",
      text: "Security that the server chose: RDP is its own, SSL is TLS, HYBRID and HYBRID_EX authenticate first (NLA)",
      example: "HYBRID",
      source: ZEEK,
    },
    client_channels: {
      kind: "vector[string]",
      text: "Channels that the client wants: rdpdr is drives and printers, cliprdr the clipboard, rdpsnd sound",
      example: "rdpdr,rdpsnd,cliprdr",
    },
    keyboard_layout: { kind: "string", text: "Keyboard of the client", example: "English - United States" },
    client_build: { kind: "string", text: "Version of the client's program", example: "RDP 8.1" },
    client_name: { kind: "string", text: "Name of the client's machine", example: "FROG-POND" },
    client_dig_product_id: { kind: "string", text: "Product identifier of the client's machine" },
    desktop_width: { kind: "count", unit: "pixels", text: "Width of the desktop asked for", example: "1920" },
    desktop_height: { kind: "count", unit: "pixels", text: "Height of the desktop asked for", example: "1080" },
    requested_color_depth: { kind: "string", text: "Colours asked for", example: "32bit" },
    cert_type: { kind: "string", text: "Form of the server's certificate for RDP's own encryption", example: "RSA" },
    cert_count: { kind: "count", text: "Number of those certificates", example: "1" },
    cert_permanent: { kind: "bool", text: "Whether that certificate is a permanent one" },
    encryption_level: { kind: "string", text: "Level of RDP's own encryption", example: "Client compatible" },
    encryption_method: { kind: "string", text: "Key length of RDP's own encryption", example: "128bit" },
    requested_protocols: {
      kind: "vector[string]",
      own: true,
      text: "Security that the client can speak",
      example: "SSL,HYBRID",
      source: `${BASIC} 2.2.1.1.1`,
    },
    restricted_admin: {
      kind: "bool",
      own: true,
      text: "The client asked for restricted administration: a hash is enough to log on, and no password reaches the server",
      source: `${BASIC} 2.2.1.1.1`,
    },
    remote_guard: {
      kind: "bool",
      own: true,
      text: "The client asked for Remote Credential Guard: credentials stay with it",
      source: `${BASIC} 2.2.1.1.1`,
    },
    restricted_admin_supported: {
      kind: "bool",
      own: true,
      text: "The server says that it takes restricted administration",
      source: `${BASIC} 2.2.1.2.1`,
    },
    routing_token: {
      kind: "string",
      own: true,
      text: "Token for a load balancer",
      example: "Cookie: msts=167837962.15629.0000",
    },
    correlation_id: {
      kind: "string",
      own: true,
      text: "Identifier of the connection for the server's log, hexadecimal",
    },
    requested_session: {
      kind: "count",
      own: true,
      text: "Session asked for by number; 0 is the administrator's session",
      source: `${BASIC} 2.2.1.3.5`,
    },
    user: { kind: "string", own: true, text: "User of the Client Info message", source: `${BASIC} 2.2.1.11` },
    domain: { kind: "string", own: true, text: "Domain of the Client Info message" },
    password_sent: { kind: "bool", own: true, text: "A password went with it; it is not kept" },
    auto_logon: { kind: "bool", own: true, text: "The client logs on without asking" },
    alternate_shell: { kind: "string", own: true, text: "Program to run instead of the desktop" },
    working_dir: { kind: "string", own: true, text: "Folder to begin in" },
    client_address: { kind: "string", own: true, text: "Address that the client says it has", example: "10.20.1.15" },
    client_dir: { kind: "string", own: true, text: "Folder of the client's program" },
    license: {
      kind: "string",
      own: true,
      text: "Last licensing message in clear; STATUS_VALID_CLIENT ends it well",
      source: "MS-RDPELE 2.2.2",
    },
    auto_detect: { kind: "bool", own: true, text: "Both sides measured the network before the session" },
    nla_result: {
      kind: "string",
      own: true,
      text: "What the server says of the user's right to log on, if the TLS session could be read",
      source: `${BASIC} 2.2.10.2`,
    },
    orig_sealed_octets: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "Octets from the originator under RDP's own encryption",
    },
    resp_sealed_octets: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "Octets from the responder under RDP's own encryption",
    },
  },
});
