/** A request's first line. RFC 9112 3 */
export interface RequestLine {
  readonly method: string;
  /** As it was written; may hold spaces. */
  readonly target: string;
  /** "1.1"; "0.9" if the line has no version. */
  readonly version: string;
}

/** A response's first line. RFC 9112 4 */
export interface StatusLine {
  readonly version: string;
  /** 0 if it is no number. */
  readonly code: number;
  /** null if there is none. */
  readonly reason: string | null;
}

/** Reads a request line; null if it is none. A line without a version needs a method of three letters and a target. */
export function parseRequestLine(line: string): RequestLine | null {
  let end = 0;
  while (end < line.length && isTokenChar(line.charCodeAt(end))) end++;
  const start = skipBlanks(line, end);
  if (end === 0 || start === end) return null;
  const method = line.slice(0, end);
  if (line.startsWith("HTTP/", start)) return { method, target: "", version: versionAt(line, start + 5) };
  const version = findVersion(line, start);
  if (version >= 0) {
    let targetEnd = version;
    while (targetEnd > start && isBlank(line.charCodeAt(targetEnd - 1))) targetEnd--;
    return { method, target: line.slice(start, targetEnd), version: versionAt(line, version + 5) };
  }
  const target = line.slice(start).trimEnd();
  return method.length >= 3 && target !== "" ? { method, target, version: "0.9" } : null;
}

/** Version that a line says if it has a method with something behind it, "0.9" if it says none; null if it is no such line. */
export function requestVersionOf(line: string): string | null {
  let end = 0;
  while (end < line.length && isTokenChar(line.charCodeAt(end))) end++;
  const start = skipBlanks(line, end);
  if (end === 0 || start === end) return null;
  const version = line.startsWith("HTTP/", start) ? start : findVersion(line, start);
  return version < 0 ? "0.9" : versionAt(line, version + 5);
}

/** True if a line that is no request has a version at its end nevertheless. */
export function endsInVersion(line: string): boolean {
  return line !== "" && !isTokenChar(line.charCodeAt(0)) && / HTTP\/.{3}$/i.test(line);
}

/** Reads a status line; null if it is none. */
export function parseStatusLine(line: string): StatusLine | null {
  if (!line.startsWith("HTTP/")) return null;
  let at = 5;
  while (at < line.length && !isBlank(line.charCodeAt(at))) at++;
  const start = skipBlanks(line, at);
  if (start + 3 > line.length) return null;
  const code = digitsAt(line, start);
  at = start + 3;
  while (at < line.length && !isBlank(line.charCodeAt(at))) at++;
  const reason = at < line.length ? line.slice(skipBlanks(line, at)) : null;
  return { version: versionAt(line, 5), code, reason };
}

/** Position of "HTTP/" behind a blank at or behind `from`, -1 without. */
function findVersion(line: string, from: number): number {
  for (let at = line.indexOf("HTTP/", from); at >= 0; at = line.indexOf("HTTP/", at + 1)) {
    if (at > from && isBlank(line.charCodeAt(at - 1))) return at;
  }
  return -1;
}

function versionAt(line: string, at: number): string {
  const major = line.charCodeAt(at) - 0x30;
  const minor = line.charCodeAt(at + 2) - 0x30;
  const isVersion = major >= 0 && major <= 9 && minor >= 0 && minor <= 9 && line[at + 1] === ".";
  return isVersion ? line.slice(at, at + 3) : "0.0";
}

function digitsAt(line: string, at: number): number {
  let value = 0;
  for (let i = at; i < at + 3; i++) {
    const digit = line.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return 0;
    value = value * 10 + digit;
  }
  return value;
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (at < line.length && isBlank(line.charCodeAt(at))) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

const SEPARATORS = '()<>@,;:\\"/[]?={} \t';

/** Characters of a method. RFC 2616 2.2 */
export function isTokenChar(code: number): boolean {
  return code > 31 && code < 127 && !SEPARATORS.includes(String.fromCharCode(code));
}

/** What can be odd about the escapes of a target; Zeek's names. */
export type UriOddity =
  "illegal_%_at_end_of_URI" | "partial_escape_at_end_of_URI" | "double_%_in_URI" | "unescaped_%_in_URI";

/** A target with its escapes undone, one character an octet, as Zeek's http.log shows it. Also undoes "%u00AE". */
export function unescapeUri(target: string, odd: (oddity: UriOddity) => void): string {
  let at = target.indexOf("%");
  if (at < 0) return target;
  let text = target.slice(0, at);
  while (at < target.length) {
    const char = target[at]!;
    if (char !== "%") {
      text += char;
      at++;
      continue;
    }
    const left = target.length - at - 1;
    if (left === 0) {
      odd("illegal_%_at_end_of_URI");
      return text + "%";
    }
    if (left === 1) {
      odd("partial_escape_at_end_of_URI");
      return text + target.slice(at);
    }
    const octet = hexAt(target, at + 1, 2);
    if (target[at + 1] === "%") {
      odd("double_%_in_URI");
      at++;
    } else if (octet >= 0) {
      text += String.fromCharCode(octet);
      at += 3;
    } else if (target[at + 1] === "u" && hexAt(target, at + 2, 4) >= 0) {
      const unit = hexAt(target, at + 2, 4);
      if (unit > 0xff) text += String.fromCharCode(unit >> 8);
      text += String.fromCharCode(unit & 0xff);
      at += 6;
    } else {
      odd("unescaped_%_in_URI");
      text += target.slice(at, at + 2);
      at += 2;
    }
  }
  return text;
}

/** Value of `count` hexadecimal digits, -1 if one is none. */
function hexAt(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
