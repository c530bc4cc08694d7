/** Operations by application tag. RFC 4511 4.1.1 */
export const OP = {
  bindRequest: 0,
  bindResponse: 1,
  unbindRequest: 2,
  searchRequest: 3,
  searchResultEntry: 4,
  searchResultDone: 5,
  modifyRequest: 6,
  modifyResponse: 7,
  addRequest: 8,
  addResponse: 9,
  delRequest: 10,
  delResponse: 11,
  modifyDnRequest: 12,
  modifyDnResponse: 13,
  compareRequest: 14,
  compareResponse: 15,
  abandonRequest: 16,
  searchResultReference: 19,
  extendedRequest: 23,
  extendedResponse: 24,
  intermediateResponse: 25,
} as const;

/** Names of operations as Zeek's base/protocols/ldap/consts.zeek prints them; requests and responses share one. */
const OPCODES: Readonly<Record<number, string>> = {
  0: "bind",
  1: "bind",
  2: "unbind",
  3: "search",
  4: "search",
  5: "search",
  6: "modify",
  7: "modify",
  8: "add",
  9: "add",
  10: "delete",
  11: "delete",
  12: "modify",
  13: "modify",
  14: "compare",
  15: "compare",
  16: "abandon",
  19: "search",
  23: "extended",
  24: "extended",
  25: "intermediate",
};

export function opcodeName(op: number): string {
  return OPCODES[op] ?? "unknown";
}

/** True for an operation that RFC 4511 knows. */
export function isOperation(op: number): boolean {
  return op in OPCODES;
}

/** Result codes. RFC 4511 appendix A and the IANA registry; names as Zeek prints them. */
const RESULTS: Readonly<Record<number, string>> = {
  0: "success",
  1: "operations error",
  2: "protocol error",
  3: "time limit exceeded",
  4: "size limit exceeded",
  5: "compare false",
  6: "compare true",
  7: "auth method not supported",
  8: "stronger auth required",
  9: "partial results",
  10: "referral",
  11: "admin limit exceeded",
  12: "unavailable critical extension",
  13: "confidentiality required",
  14: "SASL bind in progress",
  16: "no such attribute",
  17: "undefined attribute type",
  18: "inappropriate matching",
  19: "constraint violation",
  20: "attribute or value exists",
  21: "invalid attribute syntax",
  32: "no such object",
  33: "alias problem",
  34: "invalid DN syntax",
  36: "alias dereferencing problem",
  48: "inappropriate authentication",
  49: "invalid credentials",
  50: "insufficient access rights",
  51: "busy",
  52: "unavailable",
  53: "unwilling to perform",
  54: "loop detect",
  60: "sort control missing",
  61: "offset range error",
  64: "naming violation",
  65: "object class violation",
  66: "not allowed on non-leaf",
  67: "not allowed on RDN",
  68: "entry already exists",
  69: "object class mods prohibited",
  70: "results too large",
  71: "affects multiple DSAs",
  76: "control error",
  80: "other",
  81: "server down",
  82: "local error",
  83: "encoding error",
  84: "decoding error",
  85: "timeout",
  86: "auth unknown",
  87: "filter error",
  88: "user canceled",
  89: "param error",
  90: "no memory",
  91: "connect error",
  92: "not supported",
  93: "control not found",
  94: "no results returned",
  95: "more results to return",
  96: "client loop",
  97: "referral limit exceeded",
  100: "invalid response",
  101: "ambiguous response",
  112: "TLS not supported",
  113: "intermediate response",
  114: "unknown type",
  115: "LCUP invalid data",
  116: "LCUP unsupported scheme",
  117: "LCUP reload required",
  118: "canceled",
  119: "no such operation",
  120: "too late",
  121: "cannot cancel",
  122: "assertion failed",
  123: "authorization denied",
};

export const RESULT_SUCCESS = 0;
export const RESULT_BIND_IN_PROGRESS = 14;

export function resultName(code: number): string {
  return RESULTS[code] ?? "unknown";
}

const SCOPES = ["base", "single", "tree"];
const DEREFS = ["never", "searching", "finding", "always"];

/** SearchRequest.scope as Zeek prints it. RFC 4511 4.5.1.2 */
export function scopeName(scope: number): string {
  return SCOPES[scope] ?? "unknown";
}

/** SearchRequest.derefAliases as Zeek prints it. RFC 4511 4.5.1.3 */
export function derefName(deref: number): string {
  return DEREFS[deref] ?? "unknown";
}

export const START_TLS = "1.3.6.1.4.1.1466.20037";

/** Extended operations that Zeek names behind their identifier. */
const ZEEK_EXTENDED: Readonly<Record<string, string>> = {
  [START_TLS]: "StartTLS",
  "1.3.6.1.4.1.4203.1.11.3": "whoami",
};

export function extendedRequestText(oid: string): string {
  return `${oid} (${ZEEK_EXTENDED[oid] ?? "unknown"})`;
}

/** Controls and extended operations. RFC 2696, 2891, 3062, 4528, 4533; [MS-ADTS] 3.1.1.3.4.1, 3.1.1.3.4.2 */
const OIDS: Readonly<Record<string, string>> = {
  [START_TLS]: "StartTLS",
  "1.3.6.1.4.1.4203.1.11.1": "password-modify",
  "1.3.6.1.4.1.4203.1.11.3": "whoami",
  "1.3.6.1.1.8": "cancel",
  "1.3.6.1.4.1.1466.20036": "notice-of-disconnection",
  "1.3.6.1.4.1.1466.101.119.1": "dynamic-refresh",
  "1.2.840.113556.1.4.1781": "fast-bind",
  "1.2.840.113556.1.4.2212": "batch-request",
  "1.2.840.113556.1.4.319": "paged-results",
  "1.2.840.113556.1.4.473": "server-sort",
  "1.2.840.113556.1.4.474": "server-sort-response",
  "1.2.840.113556.1.4.417": "show-deleted",
  "1.2.840.113556.1.4.2064": "show-recycled",
  "1.2.840.113556.1.4.528": "notification",
  "1.2.840.113556.1.4.529": "extended-dn",
  "1.2.840.113556.1.4.801": "sd-flags",
  "1.2.840.113556.1.4.805": "tree-delete",
  "1.2.840.113556.1.4.841": "dirsync",
  "1.2.840.113556.1.4.1338": "verify-name",
  "1.2.840.113556.1.4.1339": "domain-scope",
  "1.2.840.113556.1.4.1340": "search-options",
  "1.2.840.113556.1.4.1413": "permissive-modify",
  "1.2.840.113556.1.4.1504": "attribute-scoped-query",
  "1.2.840.113556.1.4.1852": "quota",
  "1.2.840.113556.1.4.2066": "policy-hints-deprecated",
  "1.2.840.113556.1.4.2239": "policy-hints",
  "2.16.840.1.113730.3.4.2": "manage-dsa-it",
  "2.16.840.1.113730.3.4.3": "persistent-search",
  "2.16.840.1.113730.3.4.9": "virtual-list-view",
  "2.16.840.1.113730.3.4.18": "proxied-authorization",
  "1.3.6.1.1.12": "assertion",
  "1.3.6.1.1.13.1": "pre-read",
  "1.3.6.1.1.13.2": "post-read",
  "1.3.6.1.4.1.4203.1.9.1.1": "sync-request",
};

/** A control or extended operation by name, else its identifier. */
export function oidName(oid: string): string {
  return OIDS[oid] ?? oid;
}
