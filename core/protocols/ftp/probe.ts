import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Verdict } from "../protocol.ts";

/** Most octets that are looked at. */
const MAX_PROBED = 2048;

/** A server that names itself. */
const NAMED_GREETING = /^[\r\n ]*(?:120|220)[ -][^\n]*FTP/i;
/** A greeting, then the demand for a password or a welcome: what SMTP never says. */
const GREETING = /^[\r\n ]*(?:120|220)[ -]/;
const GREETING_AND_LOGIN = /^[\r\n ]*(?:120|220)[ -][^]*\n *(?:230|331)[ -]/;
const REPLY = /^[1-6]\d\d[ -]/;
const MAIL_REPLY = /^[\r\n ]*220[ -][^\n]*\bE?SMTP\b|\n *25\d[ -]/i;

/** Beginnings of a client that nobody else has. */
const SURE_CLIENT =
  /^(?:AUTH (?:TLS|SSL|GSSAPI)(?:-[CP])?\r?$|USER [^\r\n]+\r?\nPASS [^\r\n]*\r?\n(?:SYST|FEAT|PWD|TYPE|CWD|PASV|EPSV|PORT|EPRT|OPTS)\b)/im;
const CLIENT_ON_PORT =
  /^[ \t]*(?:USER|PASS|ACCT|AUTH|ADAT|CWD|CDUP|QUIT|REIN|PORT|PASV|TYPE|STRU|MODE|RETR|STOR|STOU|APPE|ALLO|REST|RNFR|RNTO|ABOR|DELE|RMD|MKD|PWD|LIST|NLST|SITE|SYST|STAT|HELP|NOOP|FEAT|OPTS|EPSV|EPRT|SIZE|MDTM|MLST|MLSD|PBSZ|PROT|CCC|CLNT|HOST|XPWD)(?:[ \t][^\n]*)?\r?\n/i;

/** Judges the first lines of one side of a control connection. */
export function probeFtp(r: ByteReader, hint: ProbeHint): Verdict {
  const text = r.latin1(Math.min(r.left, MAX_PROBED));
  if (/[^\x09\x0a\x0d\x20-\x7e\x80-\xff]/.test(text)) return "no";
  const isFull = text.length === MAX_PROBED;
  if (hint.fromOriginator) {
    if (SURE_CLIENT.test(text) || (hint.onPort && CLIENT_ON_PORT.test(text))) return "yes";
    const mayBe = hint.onPort ? !text.includes("\n") : /^(?:A|AU|AUT|AUTH.*|U|US|USE|USER [^]*)$/i.test(text);
    return mayBe && !isFull && text.split("\n").length < 4 ? "more" : "no";
  }
  if (MAIL_REPLY.test(text)) return "no";
  if (NAMED_GREETING.test(text) || GREETING_AND_LOGIN.test(text)) return "yes";
  if (hint.onPort && REPLY.test(text)) return "yes";
  const mayBe = GREETING.test(text) || (text.length < 4 && /^\d*$/.test(text));
  return mayBe && !isFull ? "more" : "no";
}
