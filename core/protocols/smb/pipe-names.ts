/**
 * Name of a pipe as the rest of the program knows it: lower case, no leading "\", no "PIPE\".
 */
export function pipeName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\\+/, "")
    .replace(/^pipe\\+/, "");
}

/** Pipes that Windows services listen on, to know a pipe when its tree connect was not seen. [MS-*] "RPC well-known endpoint" */
const WELL_KNOWN = new Set([
  "atsvc",
  "browser",
  "dnsserver",
  "efsrpc",
  "epmapper",
  "eventlog",
  "fssagentrpc",
  "initshutdown",
  "keysvc",
  "lsarpc",
  "lsass",
  "netdfs",
  "netlogon",
  "ntsvcs",
  "protected_storage",
  "router",
  "samr",
  "scerpc",
  "spoolss",
  "srvsvc",
  "svcctl",
  "tapsrv",
  "trkwks",
  "w32time",
  "winreg",
  "wkssvc",
]);

export function isWellKnownPipe(name: string): boolean {
  return WELL_KNOWN.has(pipeName(name));
}

/** True if the octets begin a DCE/RPC connection-oriented PDU (version 5.0 or 5.1, known type). C706 12.6.3.1 */
export function looksLikeRpc(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 4 && bytes[start] === 5 && bytes[start + 1]! <= 1 && bytes[start + 2]! <= 19;
}
