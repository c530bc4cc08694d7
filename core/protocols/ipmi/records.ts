import { recordType } from "../../records/record-type.ts";

const IPMI = "IPMI 2.0";

/** One request to a management controller with its response. */
export const IPMI_RECORD = recordType({
  name: "ipmi",
  own: true,
  text: "One request to a management controller (IPMI, RMCP+, ASF) with its response",
  version: 1,
  layout: "connection",
  columns: {
    version: { kind: "string", own: true, text: "Protocol: ASF, or the version of IPMI", example: "2.0" },
    message: {
      kind: "string",
      own: true,
      text: "Command by name, or step of setting up a session; Sealed is the sum of a session's encrypted messages",
      example: "Chassis Control",
      source: `${IPMI} appendix G`,
    },
    detail: {
      kind: "string",
      own: true,
      text: "What the command is to do, where that matters",
      example: "power cycle",
    },
    netfn: { kind: "string", own: true, text: "Network function", example: "Chassis", source: `${IPMI} 5.1` },
    command: { kind: "count", own: true, text: "Number of the command", example: "2" },
    completion: {
      kind: "string",
      own: true,
      text: "Completion code or status of the response; unset if there was none",
      example: "completed",
      source: `${IPMI} 5.2`,
    },
    user: { kind: "string", own: true, text: "User that the session is for; empty is the null user", example: "ADMIN" },
    privilege: { kind: "string", own: true, text: "Privilege asked for or granted", example: "ADMINISTRATOR" },
    auth_type: {
      kind: "string",
      own: true,
      text: "How it is authenticated: none, MD2, MD5, password (in clear), RMCP+",
      example: "RMCP+",
    },
    cipher_suite: {
      kind: "count",
      own: true,
      text: "Cipher suite agreed; 0 needs no password",
      example: "3",
      source: `${IPMI} 22.15.2`,
    },
    auth_alg: { kind: "string", own: true, text: "Authentication algorithm", example: "RAKP-HMAC-SHA1" },
    integrity_alg: { kind: "string", own: true, text: "Integrity algorithm", example: "HMAC-SHA1-96" },
    confidentiality_alg: { kind: "string", own: true, text: "Encryption", example: "AES-CBC-128" },
    hash_disclosed: {
      kind: "bool",
      own: true,
      text: "The controller answered with a hash of the user's password, which can be guessed against offline",
      source: `${IPMI} 13.31`,
    },
    password_sent: { kind: "bool", own: true, text: "A password went in clear; it is not kept" },
    session_id: { kind: "count", own: true, text: "Session, as the controller numbers it", example: "2181038336" },
    sealed_messages: { kind: "count", own: true, text: "Encrypted messages of the session, both directions" },
    sealed_octets: { kind: "count", own: true, unit: "octets", text: "Their octets" },
    console_octets: { kind: "count", own: true, unit: "octets", text: "Octets of serial over LAN among them" },
  },
});
