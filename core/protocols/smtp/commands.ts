/** A line of the client. RFC 5321 4.1.1 */
export interface SmtpCommand {
  readonly name: SmtpVerb;
  readonly argument: string;
}

/** Commands that are known, and what stands for lines that are none: see `END_OF_DATA` and the like. */
export type SmtpVerb = (typeof VERBS)[number] | typeof END_OF_DATA | typeof AUTH_ANSWER | typeof GREETING;

const VERBS = [
  "EHLO",
  "HELO",
  "MAIL",
  "RCPT",
  "DATA",
  "QUIT",
  "RSET",
  "VRFY",
  "EXPN",
  "HELP",
  "NOOP",
  "STARTTLS",
  "X-ANONYMOUSTLS",
  "SEND",
  "SOML",
  "SAML",
  "TURN",
  "BDAT",
  "ETRN",
  "AUTH",
] as const;

/** The line with a dot that ends a mail. */
export const END_OF_DATA = ".";
/** A line of a log-on that AUTH began. */
export const AUTH_ANSWER = "***";
/** What the server's greeting answers. */
export const GREETING = ">";

const KNOWN: ReadonlyMap<string, SmtpVerb> = new Map(VERBS.map((verb) => [verb, verb]));

/** Reads a command; null if it is none that is known. */
export function parseSmtpCommand(line: string): SmtpCommand | null {
  const [, word, argument] = /^[ \t]*([^ \t]*)[ \t]*([^]*)/.exec(line)!;
  const name = KNOWN.get(word!.toUpperCase());
  return name === undefined ? null : { name, argument: argument! };
}

/** A line of the server. RFC 5321 4.2 */
export interface SmtpReply {
  readonly code: number;
  readonly text: string;
  /** False if more lines of the same reply follow. */
  readonly isLast: boolean;
}

/** Reads a line of a reply; null if it has no code from 100 to 599. */
export function parseSmtpReply(line: string): SmtpReply | null {
  if (!/^[1-5]\d\d/.test(line)) return null;
  const isLast = line[3] !== "-";
  return { code: Number(line.slice(0, 3)), text: line.slice(isLast ? 3 : 4).replace(/^\s+/, ""), isLast };
}
