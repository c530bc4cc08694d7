import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Verdict } from "../protocol.ts";
import { isTokenChar, parseRequestLine, parseStatusLine } from "./start-line.ts";

/** Longest first line that is waited for. */
const MAX_FIRST_LINE = 8192;
const MAX_METHOD = 32;
const LF = 0x0a;

/** Judges the first octets of one side: a request line or a status line of HTTP/0.9 to 1.1. */
export function probeHttp(r: ByteReader, hint: ProbeHint): Verdict {
  let at = r.pos;
  // Some clients begin with an empty line. RFC 9112 2.2
  while (at < r.end && (r.source[at] === LF || r.source[at] === 0x0d) && at - r.pos < 4) at++;
  if (at === r.end) return "more";
  const verdict = firstOctets(r.source, at, r.end);
  if (verdict !== "yes") return verdict;
  const lineEnd = r.source.subarray(at, r.end).indexOf(LF);
  if (lineEnd < 0) return r.end - at > MAX_FIRST_LINE ? "no" : "more";
  const line = Buffer.from(r.source.buffer, r.source.byteOffset + at, lineEnd)
    .toString("latin1")
    .trimEnd();
  if (line.startsWith("HTTP/")) {
    const status = parseStatusLine(line);
    return status !== null && /^[01]\.[019]$/.test(status.version) && status.code >= 100 ? "yes" : "no";
  }
  const request = parseRequestLine(line);
  if (request === null) return "no";
  if (request.version.startsWith("1.") || / HTTP\/1\.?$/.test(line)) return "yes";
  return request.version === "0.9" && hint.onPort && /^[A-Z_]+$/.test(request.method) ? "yes" : "no";
}

/** True if the next octets are a whole request line of HTTP/1.x. */
export function isRequestStart(r: ByteReader): boolean {
  const lineEnd = r.find(LF);
  if (lineEnd < 0 || firstOctets(r.source, r.pos, lineEnd) !== "yes" || r.startsWith("HTTP/")) return false;
  const line = Buffer.from(r.source.buffer, r.source.byteOffset + r.pos, lineEnd - r.pos)
    .toString("latin1")
    .trimEnd();
  return parseRequestLine(line)?.version.startsWith("1.") === true;
}

/** Looks only at the beginning: "yes" if a method and a blank, or "HTTP/", are there. */
function firstOctets(bytes: Uint8Array, start: number, end: number): Verdict {
  for (let at = start; at < end; at++) {
    const octet = bytes[at]!;
    if (isTokenChar(octet)) {
      if (at - start >= MAX_METHOD) return "no";
      continue;
    }
    if (octet === 0x20 || octet === 0x09) return at > start ? "yes" : "no";
    const isStatus = octet === 0x2f && at - start === 4 && bytes[start] === 0x48 && bytes[start + 3] === 0x50;
    return isStatus ? "yes" : "no";
  }
  return "more";
}
