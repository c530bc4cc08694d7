/** Security protocols as the server selects them. [MS-RDPBCGR] 2.2.1.2.1; names are those of Zeek's rdp.log. */
const SECURITY_PROTOCOLS: Readonly<Record<number, string>> = {
  0: "RDP",
  1: "SSL",
  2: "HYBRID",
  8: "HYBRID_EX",
};

/** Bits by which a client says which security protocols it can speak. [MS-RDPBCGR] 2.2.1.1.1 */
const REQUESTED_PROTOCOLS: readonly (readonly [bit: number, name: string])[] = [
  [0x01, "SSL"],
  [0x02, "HYBRID"],
  [0x04, "RDSTLS"],
  [0x08, "HYBRID_EX"],
  [0x10, "RDSAAD"],
];

/** [MS-RDPBCGR] 2.2.1.2.2 */
const FAILURE_CODES: Readonly<Record<number, string>> = {
  1: "SSL_REQUIRED_BY_SERVER",
  2: "SSL_NOT_ALLOWED_BY_SERVER",
  3: "SSL_CERT_NOT_ON_SERVER",
  4: "INCONSISTENT_FLAGS",
  5: "HYBRID_REQUIRED_BY_SERVER",
  6: "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
};

/** Result of a GCC Conference Create Response. T.124 8.7 */
const RESULTS: readonly string[] = [
  "Success",
  "User rejected",
  "Resources not available",
  "Rejected for symmetry breaking",
  "Locked conference",
];

/** Build number of the client's program, as the version of RDP that came with it. */
const BUILDS: Readonly<Record<number, string>> = {
  419: "RDP 4.0",
  2195: "RDP 5.0",
  2221: "RDP 5.0",
  2600: "RDP 5.1",
  3790: "RDP 5.2",
  6000: "RDP 6.0",
  6001: "RDP 6.1",
  6002: "RDP 6.2",
  7600: "RDP 7.0",
  7601: "RDP 7.1",
  9200: "RDP 8.0",
  9600: "RDP 8.1",
  25189: "RDP 8.0 (Mac)",
  25282: "RDP 8.0 (Mac)",
};

const COLOUR_DEPTHS: Readonly<Record<number, string>> = {
  4: "4bit",
  8: "8bit",
  15: "15bit",
  16: "16bit",
  24: "24bit",
};

const CERTIFICATE_TYPES: Readonly<Record<number, string>> = { 1: "RSA", 2: "X.509" };

/** [MS-RDPBCGR] 2.2.1.4.3; Zeek knows FIPS by 10, and shows the 16 of the specification as a number. */
const ENCRYPTION_METHODS: Readonly<Record<number, string>> = {
  0: "None",
  1: "40bit",
  2: "128bit",
  8: "56bit",
  10: "FIPS",
};

const ENCRYPTION_LEVELS: readonly string[] = ["None", "Low", "Client compatible", "High", "FIPS"];

/** Licensing messages. [MS-RDPELE] 2.2.2 */
const LICENCE_MESSAGES: Readonly<Record<number, string>> = {
  0x01: "LICENSE_REQUEST",
  0x02: "PLATFORM_CHALLENGE",
  0x03: "NEW_LICENSE",
  0x04: "UPGRADE_LICENSE",
  0x12: "LICENSE_INFO",
  0x13: "NEW_LICENSE_REQUEST",
  0x15: "PLATFORM_CHALLENGE_RESPONSE",
  0xff: "ERROR_ALERT",
};

/** Codes of a licensing error message. [MS-RDPBCGR] 2.2.1.12.1.3 */
const LICENCE_ERRORS: Readonly<Record<number, string>> = {
  1: "ERR_INVALID_SERVER_CERTIFICATE",
  2: "ERR_NO_LICENSE",
  3: "ERR_INVALID_MAC",
  4: "ERR_INVALID_SCOPE",
  6: "ERR_NO_LICENSE_SERVER",
  7: "STATUS_VALID_CLIENT",
  8: "ERR_INVALID_CLIENT",
  0xb: "ERR_INVALID_PRODUCTID",
  0xc: "ERR_INVALID_MESSAGE_LEN",
};

export function securityProtocol(code: number): string {
  return SECURITY_PROTOCOLS[code] ?? `security_protocol-${code}`;
}

/** Security protocols of a client's bits; "RDP" is what is left when it asks for none. */
export function requestedProtocols(bits: number): readonly string[] {
  const names = REQUESTED_PROTOCOLS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  return names.length === 0 ? ["RDP"] : names;
}

export function failureCode(code: number): string {
  return FAILURE_CODES[code] ?? `failure_code-${code}`;
}

export function gccResult(code: number): string {
  return RESULTS[code] ?? `result-${code}`;
}

export function clientBuild(build: number): string {
  return BUILDS[build] ?? `client_build-${build}`;
}

export function colourDepth(depth: number): string {
  return COLOUR_DEPTHS[depth] ?? `high_color_depth-${depth}`;
}

export function certificateType(type: number): string {
  return CERTIFICATE_TYPES[type] ?? `cert_type-${type}`;
}

export function encryptionMethod(method: number): string {
  return ENCRYPTION_METHODS[method] ?? `encryption_method-${method}`;
}

export function encryptionLevel(level: number): string {
  return ENCRYPTION_LEVELS[level] ?? `encryption_level-${level}`;
}

export function licenceMessage(type: number, errorCode: number): string {
  if (type === 0xff) return LICENCE_ERRORS[errorCode] ?? `ERROR_ALERT-${errorCode}`;
  return LICENCE_MESSAGES[type] ?? `license_message-${type}`;
}
