/** Versions as they are on the wire. */
export const VERSION = {
  ssl2: 0x0002,
  ssl3: 0x0300,
  tls10: 0x0301,
  tls11: 0x0302,
  tls12: 0x0303,
  tls13: 0x0304,
  dtls10: 0xfeff,
  dtls12: 0xfefd,
  dtls13: 0xfefc,
} as const;

const VERSIONS: Readonly<Record<number, string>> = {
  [VERSION.ssl2]: "SSLv2",
  [VERSION.ssl3]: "SSLv3",
  [VERSION.tls10]: "TLSv10",
  [VERSION.tls11]: "TLSv11",
  [VERSION.tls12]: "TLSv12",
  [VERSION.tls13]: "TLSv13",
  [VERSION.dtls10]: "DTLSv10",
  [VERSION.dtls12]: "DTLSv12",
  [VERSION.dtls13]: "DTLSv13",
};

/** True for drafts of TLS 1.3 (0x7f00 and up), by Zeek's rule. */
function isDraft13(version: number): boolean {
  return Math.floor(version / 0xff) === 0x7f;
}

/** True for TLS 1.3 and its drafts. */
export function isTls13(version: number): boolean {
  return version === VERSION.tls13 || version === VERSION.dtls13 || isDraft13(version);
}

/** Name of a version as in Zeek's base/protocols/ssl/consts.zeek. */
export function versionName(version: number): string {
  return VERSIONS[version] ?? (isDraft13(version) ? `TLSv13-draft${version % 0x7f}` : `unknown-${version}`);
}

/** Named groups. IANA's TLS Supported Groups registry; Zeek's spelling. */
const GROUPS = new Map<number, string>(
  [
    "sect163k1 sect163r1 sect163r2 sect193r1 sect193r2 sect233k1 sect233r1 sect239k1 sect283k1 sect283r1 sect409k1",
    "sect409r1 sect571k1 sect571r1 secp160k1 secp160r1 secp160r2 secp192k1 secp192r1 secp224k1 secp224r1 secp256k1",
    "secp256r1 secp384r1 secp521r1 brainpoolP256r1 brainpoolP384r1 brainpoolP512r1 x25519 x448 brainpoolP256r1tls13",
    "brainpoolP384r1tls13 brainpoolP512r1tls13 GC256A GC256B GC256C GC256D GC512A GC512B GC512C curveSM2",
  ]
    .join(" ")
    .split(" ")
    .map((name, i) => [i + 1, name]),
);
for (const [number, name] of [
  [0x0100, "ffdhe2048"],
  [0x0101, "ffdhe3072"],
  [0x0102, "ffdhe4096"],
  [0x0103, "ffdhe6144"],
  [0x0104, "ffdhe8192"],
  [0x0200, "MLKEM512"],
  [0x0201, "MLKEM768"],
  [0x0202, "MLKEM1024"],
  [0x11eb, "SecP256r1MLKEM768"],
  [0x11ec, "X25519MLKEM768"],
  [0x11ed, "SecP384r1MLKEM1024"],
  [0x11ee, "curveSM2MLKEM768"],
  [0x4138, "CECPQ2"],
  [0x6399, "X25519Kyber768Draft00"],
  [0x639a, "SecP256r1Kyber768Draft00"],
  [0xff01, "arbitrary_explicit_prime_curves"],
  [0xff02, "arbitrary_explicit_char2_curves"],
] as const) {
  GROUPS.set(number, name);
}

export function groupName(group: number): string {
  const name = GROUPS.get(group);
  if (name !== undefined) return name;
  return isGrease(group) ? `grease_0x${group.toString(16).toUpperCase().padStart(4, "0")}` : `unknown-${group}`;
}

/** True for the values that clients add to keep servers tolerant. RFC 8701 */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

const ALERTS: Readonly<Record<number, string>> = {
  0: "close_notify",
  10: "unexpected_message",
  20: "bad_record_mac",
  21: "decryption_failed",
  22: "record_overflow",
  30: "decompression_failure",
  40: "handshake_failure",
  41: "no_certificate",
  42: "bad_certificate",
  43: "unsupported_certificate",
  44: "certificate_revoked",
  45: "certificate_expired",
  46: "certificate_unknown",
  47: "illegal_parameter",
  48: "unknown_ca",
  49: "access_denied",
  50: "decode_error",
  51: "decrypt_error",
  60: "export_restriction",
  70: "protocol_version",
  71: "insufficient_security",
  80: "internal_error",
  86: "inappropriate_fallback",
  90: "user_canceled",
  100: "no_renegotiation",
  110: "unsupported_extension",
  111: "certificate_unobtainable",
  112: "unrecognized_name",
  113: "bad_certificate_status_response",
  114: "bad_certificate_hash_value",
  115: "unknown_psk_identity",
  116: "certificate_required",
  117: "general_error",
  120: "no_application_protocol",
  121: "ech_required",
};

/** Name of an alert. IANA's TLS Alerts registry. */
export function alertName(description: number): string {
  return ALERTS[description] ?? `unknown-${description}`;
}

/** Content types of records. RFC 8446 5.1, RFC 6520 */
export const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23, heartbeat: 24 } as const;

/** Types of handshake messages. IANA's TLS HandshakeType registry */
export const HANDSHAKE = {
  clientHello: 1,
  serverHello: 2,
  endOfEarlyData: 5,
  encryptedExtensions: 8,
  certificate: 11,
  serverKeyExchange: 12,
  clientKeyExchange: 16,
  finished: 20,
  keyUpdate: 24,
  compressedCertificate: 25,
} as const;

/** Letter of `ssl_history` by handshake type, as Zeek's base/protocols/ssl/main.zeek has them. */
const LETTERS: Readonly<Record<number, string>> = {
  0: "h",
  1: "c",
  2: "s",
  3: "v",
  4: "t",
  5: "e",
  6: "j",
  8: "o",
  11: "x",
  12: "k",
  13: "r",
  14: "n",
  15: "y",
  16: "g",
  20: "f",
  21: "w",
  22: "u",
  23: "a",
  24: "p",
  254: "m",
};

export function handshakeLetter(type: number): string {
  return LETTERS[type] ?? "z";
}
