/** Error codes. RFC 4120 7.5.9, RFC 4556 3.1.3; names as Zeek's base/protocols/krb/consts.zeek prints them */
const ERRORS: readonly (string | undefined)[] = sparse({
  0: "KDC_ERR_NONE",
  1: "KDC_ERR_NAME_EXP",
  2: "KDC_ERR_SERVICE_EXP",
  3: "KDC_ERR_BAD_PVNO",
  4: "KDC_ERR_C_OLD_MAST_KVNO",
  5: "KDC_ERR_S_OLD_MAST_KVNO",
  6: "KDC_ERR_C_PRINCIPAL_UNKNOWN",
  7: "KDC_ERR_S_PRINCIPAL_UNKNOWN",
  8: "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
  9: "KDC_ERR_NULL_KEY",
  10: "KDC_ERR_CANNOT_POSTDATE",
  11: "KDC_ERR_NEVER_VALID",
  12: "KDC_ERR_POLICY",
  13: "KDC_ERR_BADOPTION",
  14: "KDC_ERR_ETYPE_NOSUPP",
  15: "KDC_ERR_SUMTYPE_NOSUPP",
  16: "KDC_ERR_PADATA_TYPE_NOSUPP",
  17: "KDC_ERR_TRTYPE_NOSUPP",
  18: "KDC_ERR_CLIENT_REVOKED",
  19: "KDC_ERR_SERVICE_REVOKED",
  20: "KDC_ERR_TGT_REVOKED",
  21: "KDC_ERR_CLIENT_NOTYET",
  22: "KDC_ERR_SERVICE_NOTYET",
  23: "KDC_ERR_KEY_EXPIRED",
  24: "KDC_ERR_PREAUTH_FAILED",
  25: "KDC_ERR_PREAUTH_REQUIRED",
  26: "KDC_ERR_SERVER_NOMATCH",
  27: "KDC_ERR_MUST_USE_USER2USER",
  28: "KDC_ERR_PATH_NOT_ACCEPTED",
  29: "KDC_ERR_SVC_UNAVAILABLE",
  31: "KRB_AP_ERR_BAD_INTEGRITY",
  32: "KRB_AP_ERR_TKT_EXPIRED",
  33: "KRB_AP_ERR_TKT_NYV",
  34: "KRB_AP_ERR_REPEAT",
  35: "KRB_AP_ERR_NOT_US",
  36: "KRB_AP_ERR_BADMATCH",
  37: "KRB_AP_ERR_SKEW",
  38: "KRB_AP_ERR_BADADDR",
  39: "KRB_AP_ERR_BADVERSION",
  40: "KRB_AP_ERR_MSG_TYPE",
  41: "KRB_AP_ERR_MODIFIED",
  42: "KRB_AP_ERR_BADORDER",
  44: "KRB_AP_ERR_BADKEYVER",
  45: "KRB_AP_ERR_NOKEY",
  46: "KRB_AP_ERR_MUT_FAIL",
  47: "KRB_AP_ERR_BADDIRECTION",
  48: "KRB_AP_ERR_METHOD",
  49: "KRB_AP_ERR_BADSEQ",
  50: "KRB_AP_ERR_INAPP_CKSUM",
  51: "KRB_AP_PATH_NOT_ACCEPTED",
  52: "KRB_ERR_RESPONSE_TOO_BIG",
  60: "KRB_ERR_GENERIC",
  61: "KRB_ERR_FIELD_TOOLONG",
  62: "KDC_ERROR_CLIENT_NOT_TRUSTED",
  63: "KDC_ERROR_KDC_NOT_TRUSTED",
  64: "KDC_ERROR_INVALID_SIG",
  65: "KDC_ERR_KEY_TOO_WEAK",
  66: "KDC_ERR_CERTIFICATE_MISMATCH",
  67: "KRB_AP_ERR_NO_TGT",
  68: "KDC_ERR_WRONG_REALM",
  69: "KRB_AP_ERR_USER_TO_USER_REQUIRED",
  70: "KDC_ERR_CANT_VERIFY_CERTIFICATE",
  71: "KDC_ERR_INVALID_CERTIFICATE",
  72: "KDC_ERR_REVOKED_CERTIFICATE",
  73: "KDC_ERR_REVOCATION_STATUS_UNKNOWN",
  74: "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE",
  75: "KDC_ERR_CLIENT_NAME_MISMATCH",
  76: "KDC_ERR_KDC_NAME_MISMATCH",
});

/** Encryption types. RFC 3961 8, RFC 4757, RFC 6803; names as Zeek prints them */
const CIPHERS: readonly (string | undefined)[] = sparse({
  1: "des-cbc-crc",
  2: "des-cbc-md4",
  3: "des-cbc-md5",
  5: "des3-cbc-md5",
  7: "des3-cbc-sha1",
  9: "dsaWithSHA1-CmsOID",
  10: "md5WithRSAEncryption-CmsOID",
  11: "sha1WithRSAEncryption-CmsOID",
  12: "rc2CBC-EnvOID",
  13: "rsaEncryption-EnvOID",
  14: "rsaES-OAEP-ENV-OID",
  15: "des-ede3-cbc-Env-OID",
  16: "des3-cbc-sha1-kd",
  17: "aes128-cts-hmac-sha1-96",
  18: "aes256-cts-hmac-sha1-96",
  23: "rc4-hmac",
  24: "rc4-hmac-exp",
  25: "camellia128-cts-cmac",
  26: "camellia256-cts-cmac",
  65: "subkey-keymaterial",
});

/** Pre-authentication data types. RFC 4120 7.5.2, RFC 4556, RFC 6113, [MS-KILE] 2.2, [MS-SFU] 2.2 */
const PADATA: readonly (string | undefined)[] = sparse({
  1: "TGS-REQ",
  2: "ENC-TIMESTAMP",
  3: "PW-SALT",
  11: "ETYPE-INFO",
  14: "PK-AS-REQ-OLD",
  15: "PK-AS-REP-OLD",
  16: "PK-AS-REQ",
  17: "PK-AS-REP",
  19: "ETYPE-INFO2",
  20: "SVR-REFERRAL-INFO",
  128: "PAC-REQUEST",
  129: "FOR-USER",
  130: "FOR-X509-USER",
  132: "AS-CHECKSUM",
  133: "FX-COOKIE",
  134: "AUTHENTICATION-SET",
  136: "FX-FAST",
  137: "FX-ERROR",
  138: "ENCRYPTED-CHALLENGE",
  147: "PKINIT-KX",
  149: "REQ-ENC-PA-REP",
  150: "AS-FRESHNESS",
  151: "SPAKE",
  161: "KERB-KEY-LIST-REQ",
  165: "SUPPORTED-ETYPES",
  166: "EXTENDED-ERROR",
  167: "PAC-OPTIONS",
});

const NAME_TYPES: readonly (string | undefined)[] = sparse({
  0: "UNKNOWN",
  1: "PRINCIPAL",
  2: "SRV-INST",
  3: "SRV-HST",
  4: "SRV-XHST",
  5: "UID",
  6: "X500-PRINCIPAL",
  7: "SMTP-NAME",
  10: "ENTERPRISE",
  11: "WELLKNOWN",
});

/** KDC options by bit number. RFC 4120 5.4.1, RFC 6806 5, [MS-SFU] 2.2.3 */
const KDC_OPTIONS: readonly (string | undefined)[] = sparse({
  1: "forwardable",
  2: "forwarded",
  3: "proxiable",
  4: "proxy",
  5: "allow-postdate",
  6: "postdated",
  8: "renewable",
  14: "cname-in-addl-tkt",
  15: "canonicalize",
  16: "request-anonymous",
  26: "disable-transited-check",
  27: "renewable-ok",
  28: "enc-tkt-in-skey",
  30: "renew",
  31: "validate",
});

export const KDC_OPTION_CNAME_IN_TICKET = 14;
export const KDC_OPTION_ENC_TKT_IN_SKEY = 28;
export const KDC_OPTION_FORWARDABLE = 1;
export const KDC_OPTION_RENEWABLE = 8;

export function errorName(code: number): string {
  return ERRORS[code] ?? `unknown-${code}`;
}
export function cipherName(etype: number): string {
  return CIPHERS[etype] ?? `unknown-${etype}`;
}
/** Encryption types that Zeek does not name. RFC 8009 */
const LATER_CIPHERS: Readonly<Record<number, string>> = {
  19: "aes128-cts-hmac-sha256-128",
  20: "aes256-cts-hmac-sha384-192",
};

/** Name of an encryption type for columns that are not Zeek's. */
export function etypeName(etype: number): string {
  return LATER_CIPHERS[etype] ?? cipherName(etype);
}
export function padataName(type: number): string {
  return PADATA[type] ?? `${type}`;
}
export function nameTypeName(type: number): string {
  return NAME_TYPES[type] ?? `${type}`;
}

/** True if bit `bit` (0 is the most significant one of the first octet) is set. */
export function hasBit(bits: Uint8Array, bit: number): boolean {
  return ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
}

/** Names of the options in a KDCOptions BIT STRING. */
export function kdcOptionNames(bits: Uint8Array): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) if (hasBit(bits, bit)) names.push(KDC_OPTIONS[bit] ?? `bit-${bit}`);
  return names;
}

function sparse(named: Readonly<Record<number, string>>): readonly (string | undefined)[] {
  const list: (string | undefined)[] = [];
  for (const [index, name] of Object.entries(named)) list[Number(index)] = name;
  return list;
}
