import { recordType } from "../records/record-type.ts";

/** What was decrypted, and with whose secrets. */
export const decryptionRecord = recordType({
  name: "decryption",
  own: true,
  text: "Encrypted traffic for which the investigator gave a secret: what was opened with it and what was not",
  version: 1,
  layout: "connection",
  columns: {
    protocol: { kind: "string", text: "Protocol whose sealed messages these are", example: "ssl" },
    cipher: { kind: "string", text: "Cipher that sealed them", example: "TLS_AES_256_GCM_SHA384" },
    secret_kind: {
      kind: "enum",
      text: "Kind of secret: tls-key-log, nt-hash or kerberos-key",
      example: "tls-key-log",
    },
    secret_of: {
      kind: "string",
      text: "Whose secret it is: the account or principal; for a TLS session its client random",
      example: "cifs/files.example.com@EXAMPLE.COM",
    },
    origin: {
      kind: "string",
      text: "Where the secret came from; the secret itself is kept nowhere",
      example: "key log keys.log, line 12",
    },
    client: {
      kind: "string",
      text: "Who presented the Kerberos ticket, as the opened ticket says",
      example: "svc_backup@EXAMPLE.COM",
    },
    orig_octets: { kind: "count", unit: "octets", text: "Octets that the originator sent and that were decrypted" },
    resp_octets: { kind: "count", unit: "octets", text: "Octets that the responder sent and that were decrypted" },
    orig_failed: { kind: "count", text: "Sealed messages of the originator that could not be opened" },
    resp_failed: { kind: "count", text: "Sealed messages of the responder that could not be opened" },
    failure: {
      kind: "string",
      text: "Why the first of them could not be opened, unset if all were",
      example: "octets were lost before it",
    },
  },
});
