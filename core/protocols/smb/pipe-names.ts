import type { OpenFile } from "./state.ts";

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

function isWellKnownPipe(name: string): boolean {
  return WELL_KNOWN.has(pipeName(name));
}

/** True for a pipe: by its share, by its name if the share's connect was not seen, or by what went through it before. */
export function isPipe(file: OpenFile): boolean {
  if (file.pipe !== null) return true;
  const type = file.tree?.shareType ?? null;
  if (type !== null) return type === "PIPE";
  return file.name !== null && isWellKnownPipe(file.name);
}

/** True if the octets begin a DCE/RPC connection-oriented PDU (version 5.0 or 5.1, known type). C706 12.6.3.1 */
export function looksLikeRpc(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 4 && bytes[start] === 5 && bytes[start + 1]! <= 1 && bytes[start + 2]! <= 19;
}
