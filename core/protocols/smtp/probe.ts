import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Verdict } from "../protocol.ts";

/** Most octets that are looked at. */
const MAX_PROBED = 1024;

/** A server that names the protocol, or whose second reply is one that FTP never gives there. */
const SERVER = /^\s*220[ -][^\n]*\bE?SMTP\b|^\s*(?:220-[^\n]*\n)*220[ -][^\n]*\n25\d[ -]/i;
const SERVER_ON_PORT = /^\s*[2-5]\d\d[ -]/;
const CLIENT = /^\s*(?:EHLO|HELO|LHLO) +[^\s]+[ \t]*\r?\n/i;
const CLIENT_ON_PORT =
  /^\s*(?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|QUIT|RSET|VRFY|EXPN|HELP|NOOP|STARTTLS|AUTH|ETRN|TURN)\b[^\n]*\n/i;

/** Judges the first lines of one side. */
export function probeSmtp(r: ByteReader, hint: ProbeHint): Verdict {
  const text = r.latin1(Math.min(r.left, MAX_PROBED));
  if (/[\x00-\x08\x0e-\x1f]/.test(text)) return "no";
  const isWhole = text.length === MAX_PROBED;
  if (hint.fromOriginator) {
    if (CLIENT.test(text) || (hint.onPort && CLIENT_ON_PORT.test(text))) return "yes";
    return text.includes("\n") || isWhole ? "no" : "more";
  }
  if (SERVER.test(text)) return "yes";
  if (/^\s*(?:120|220)[ -][^\n]*FTP/i.test(text)) return "no";
  if (hint.onPort && SERVER_ON_PORT.test(text)) return "yes";
  const mayBe = /^\s*220[ -]/.test(text) || (text.length < 4 && /^\s*\d*$/.test(text));
  return mayBe && !isWhole ? "more" : "no";
}
