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
      example: "T",
    },
    auth_attempts: { kind: "count", text: "Attempts to authenticate, guessed from lengths", example: "2" },
    direction: {
      kind: "enum",
      text: "OUTBOUND or INBOUND if just one of the hosts has a private address",
      example: "INBOUND",
    },
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
      example: "SHA256:RL7A8m1pNBAiOv6gcVOI1XvyH68QA92C",
    },
    host_key: {
      kind: "string",
      own: true,
      text: "MD5 of the server's host key, as ssh-keygen -E md5 and older Zeek show it",
      example: "9a:1c:55:0e:7b:02:d4:88:3f:61:c0:aa:17:e9:4d:2b",
    },
    host_key_sha256: {
      kind: "string",
      own: true,
      text: "SHA-256 of the server's host key, as ssh-keygen shows it",
      example: "SHA256:RL7A8m1pNBAiOv6gcVOI1XvyH68QA92Cr/Ehn0vJLwA",
    },
    hassh: {
      kind: "string",
      own: true,
      text: "HASSH fingerprint of the client",
      source: "github.com/salesforce/hassh",
      example: "ec7378c1a92f5a8dde7e8b7a1ddf33d1",
    },
    hassh_algorithms: {
      kind: "string",
      own: true,
      text: "Offers of the client that HASSH is made of",
      example: "curve25519-sha256,ecdh-sha2-nistp256;aes128-ctr;hmac-sha2-256;none",
    },
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
    inferred_reasons: {
      kind: "vector[string]",
      own: true,
      text: "What the guess rests on",
      example: "46 small packets of the client, each answered at once by a small one",
    },
    keystrokes: {
      kind: "count",
      own: true,
      text: "Packets that seem to be keys typed, among the first of the session",
      example: "46",
    },
    forwarded_connections: {
      kind: "count",
      own: true,
      text: "Connections that seem to have been forwarded, where no session was opened",
      example: "3",
    },
    orig_session_octets: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "Octets from the originator since it was let in",
      example: "4218880",
    },
    resp_session_octets: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "Octets from the responder since then",
      example: "18432",
    },
  },
});
