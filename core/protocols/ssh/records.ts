import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/ssh/main.zeek";

/** One SSH connection. */
export const SSH_RECORD = recordType({
  name: "ssh",
  text: "One SSH connection: who speaks, what was agreed, and how authentication seems to have gone",
  version: 2,
  layout: "connection",
  columns: {
    version: { kind: "count", text: "Major version that both speak, 0 if there is none", example: "2", source: ZEEK },
    auth_success: {
      kind: "bool",
      text: "Whether the user got in, guessed from lengths; unset if unknown",
      source: ZEEK,
    },
    auth_attempts: { kind: "count", text: "Attempts to authenticate, guessed from lengths", example: "2" },
    direction: { kind: "enum", text: "OUTBOUND or INBOUND if just one of the hosts has a private address" },
    client: { kind: "string", text: "Client's identification", example: "SSH-2.0-OpenSSH_9.6" },
    server: { kind: "string", text: "Server's identification", example: "SSH-2.0-OpenSSH_8.4" },
    cipher_alg: { kind: "string", text: "Encryption agreed", example: "aes256-ctr" },
    mac_alg: { kind: "string", text: "Message authentication agreed", example: "hmac-sha2-256" },
    compression_alg: { kind: "string", text: "Compression agreed", example: "none" },
    kex_alg: { kind: "string", text: "Key exchange agreed", example: "curve25519-sha256" },
    host_key_alg: { kind: "string", text: "Kind of host key agreed", example: "ssh-ed25519" },
    host_key_fingerprint: {
      kind: "string",
      text: "SHA-256 of the server's host key, as Zeek's ssh.log cuts it",
      source: ZEEK,
    },
    host_key: {
      kind: "string",
      own: true,
      text: "MD5 of the server's host key, as ssh-keygen -E md5 and older Zeek show it",
    },
    host_key_sha256: { kind: "string", own: true, text: "SHA-256 of the server's host key, as ssh-keygen shows it" },
    hassh: {
      kind: "string",
      own: true,
      text: "HASSH fingerprint of the client",
      source: "github.com/salesforce/hassh",
    },
    hassh_algorithms: { kind: "string", own: true, text: "Offers of the client that HASSH is made of" },
    hassh_server: { kind: "string", own: true, text: "HASSHServer fingerprint of the server" },
    hassh_server_algorithms: { kind: "string", own: true, text: "Offers of the server that HASSHServer is made of" },
    orig_sealed_octets: { kind: "count", own: true, unit: "octets", text: "Encrypted octets that the originator sent" },
    resp_sealed_octets: { kind: "count", own: true, unit: "octets", text: "Encrypted octets that the responder sent" },
    inferred_use: {
      kind: "enum",
      own: true,
      text: "What an authenticated connection seems to have been for, from sizes, times and directions alone: interactive, command, file copy, tunnel",
      example: "file copy",
      source: "docs/ssh.md",
    },
    inferred_direction: {
      kind: "enum",
      own: true,
      text: "Where a file copy's octets went, as the client sees it",
      example: "up",
    },
    inferred_confidence: {
      kind: "double",
      own: true,
      text: "How much that guess is worth, 0 to 1",
      example: "0.95",
    },
    inferred_reasons: { kind: "vector[string]", own: true, text: "What the guess rests on" },
    keystrokes: {
      kind: "count",
      own: true,
      text: "Packets that seem to be keys typed, among the first of the session",
    },
    forwarded_connections: {
      kind: "count",
      own: true,
      text: "Connections that seem to have been forwarded, where no session was opened",
    },
    orig_session_octets: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "Octets from the originator since it was let in",
    },
    resp_session_octets: { kind: "count", own: true, unit: "octets", text: "Octets from the responder since then" },
  },
});
