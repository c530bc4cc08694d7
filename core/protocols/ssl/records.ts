import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/ssl/main.zeek";

/** One TLS or DTLS session. */
export const SSL_RECORD = recordType({
  name: "ssl",
  text: "One SSL, TLS or DTLS session: what its handshake says in clear",
  version: 1,
  layout: "connection",
  columns: {
    version: { kind: "string", text: "Version that the server chose", example: "TLSv13", source: ZEEK },
    cipher: { kind: "string", text: "Cipher suite that the server chose", example: "TLS_AES_256_GCM_SHA384" },
    curve: { kind: "string", text: "Group that the key exchange uses", example: "x25519" },
    server_name: { kind: "string", text: "Host that the client asked for (SNI)", example: "backup.example.com" },
    resumed: { kind: "bool", text: "The session goes on from an earlier one" },
    last_alert: { kind: "string", text: "Last alert seen in clear", example: "handshake_failure" },
    next_protocol: { kind: "string", text: "Application protocol that the server chose (ALPN)", example: "h2" },
    established: { kind: "bool", text: "Both sides began to encrypt" },
    ssl_history: {
      kind: "string",
      text: "A letter for each message in clear, capital if from the client, and ^ if the responder is the client",
      example: "CsxknGIti",
      source: ZEEK,
    },
    cert_chain_fps: { kind: "vector[string]", text: "SHA-256 of the server's certificates, in order" },
    client_cert_chain_fps: {
      kind: "vector[string]",
      text: "SHA-256 of the client's certificates, in order",
      example: "9f2c5e0b7d1a4c83e6f0b2d94a7c18e35d60f9b1c2847ae3d5f6081b9c4e7a20",
    },
    subject: { kind: "string", text: "Whom the server's certificate names", example: "CN=backup.example.com" },
    issuer: { kind: "string", text: "Who signed the server's certificate" },
    client_subject: { kind: "string", text: "Whom the client's certificate names", example: "CN=vbr01,O=Corp" },
    client_issuer: {
      kind: "string",
      text: "Who signed the client's certificate",
      example: "CN=Corp Issuing CA,O=Corp",
    },
    sni_matches_cert: { kind: "bool", text: "The server's certificate is for the host asked for" },
    client_alpn: {
      kind: "vector[string]",
      own: true,
      text: "Application protocols that the client offers",
      example: "h2,http/1.1",
    },
    client_versions: {
      kind: "vector[string]",
      own: true,
      text: "Versions that the client offers, without GREASE",
      example: "TLSv13,TLSv12",
    },
    ja3: { kind: "string", own: true, text: "JA3 fingerprint of the client", source: "github.com/salesforce/ja3" },
    ja3s: {
      kind: "string",
      own: true,
      text: "JA3S fingerprint of the server's answer",
      source: "github.com/salesforce/ja3",
    },
    ja4: {
      kind: "string",
      own: true,
      text: "JA4 fingerprint of the client",
      example: "t13d1516h2_8daaf6152771_e5627efa2ab1",
      source: "github.com/FoxIO-LLC/ja4",
    },
    orig_sealed_octets: { kind: "count", own: true, unit: "octets", text: "Encrypted octets that the originator sent" },
    resp_sealed_octets: { kind: "count", own: true, unit: "octets", text: "Encrypted octets that the responder sent" },
  },
});

/** One certificate, once a day for the same two hosts. */
export const X509_RECORD = recordType({
  name: "x509",
  text: "One certificate seen in clear; written again for the same two hosts only after a day",
  version: 1,
  layout: "plain",
  columns: {
    fingerprint: {
      kind: "string",
      text: "SHA-256 of the certificate, hexadecimal",
      source: "Zeek base/files/x509/main.zeek",
    },
    "certificate.version": { kind: "count", text: "Version number", example: "3" },
    "certificate.serial": { kind: "string", text: "Serial number, upper-case hexadecimal" },
    "certificate.subject": {
      kind: "string",
      text: "Whom it names",
      example: "CN=backup.example.com,O=Example",
      source: "RFC 2253",
    },
    "certificate.issuer": { kind: "string", text: "Who signed it" },
    "certificate.not_valid_before": { kind: "time", text: "When its validity begins" },
    "certificate.not_valid_after": { kind: "time", text: "When its validity ends" },
    "certificate.key_alg": { kind: "string", text: "Algorithm of its key", example: "rsaEncryption" },
    "certificate.sig_alg": { kind: "string", text: "Algorithm of its signature", example: "sha256WithRSAEncryption" },
    "certificate.key_type": { kind: "string", text: "Kind of key: rsa, dsa or ecdsa", example: "rsa" },
    "certificate.key_length": { kind: "count", unit: "bits", text: "Length of the key", example: "2048" },
    "certificate.exponent": { kind: "string", text: "Public exponent of an RSA key", example: "65537" },
    "certificate.curve": { kind: "string", text: "Curve of an elliptic key", example: "prime256v1" },
    "san.dns": { kind: "vector[string]", text: "Host names it is also for" },
    "san.uri": { kind: "vector[string]", text: "URIs it is also for", example: "https://vbem01.corp.example/" },
    "san.email": { kind: "vector[string]", text: "Mail addresses it is also for", example: "backup@corp.example" },
    "san.ip": { kind: "vector[addr]", text: "Addresses it is also for", example: "10.20.5.10" },
    "basic_constraints.ca": { kind: "bool", text: "It may sign certificates" },
    "basic_constraints.path_len": { kind: "count", text: "Signing certificates that may follow it", example: "0" },
    host_cert: { kind: "bool", text: "It came first in its chain" },
    client_cert: { kind: "bool", text: "The client sent it" },
  },
});
