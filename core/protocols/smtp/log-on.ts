/** Most characters of a line of a log-on that are looked at. */
const MAX_LINE = 12_288;

/** Follows AUTH as far as the name of the user; secrets are not kept. RFC 4954, RFC 4616 */
export class LogOn {
  readonly mechanism: string;
  user: string | null = null;
  #answers = 0;

  /** @param argument Of the AUTH command. */
  constructor(argument: string) {
    const [mechanism = "", initial] = argument.split(" ", 2);
    this.mechanism = mechanism.toUpperCase();
    if (initial !== undefined) this.answer(initial);
  }

  /** A line that the client sends within the log-on. */
  answer(line: string): void {
    const isFirst = this.#answers++ === 0;
    if (line.length > MAX_LINE) return;
    if (this.mechanism === "PLAIN") this.user ??= plainUser(line);
    else if (this.mechanism === "LOGIN" && isFirst) this.user = decodeText(line);
    else if (this.mechanism === "CRAM-MD5")
      this.user ??= /^(.*) [0-9a-f]{32}$/.exec(decodeText(line) ?? "")?.[1] ?? null;
  }
}

/** The name in the message of PLAIN: authorisation identity, NUL, name, NUL, password. RFC 4616 2 */
function plainUser(line: string): string | null {
  return decodeText(line)?.split("\0")[1] ?? null;
}

/** One character an octet, null if it is not base 64. */
function decodeText(line: string): string | null {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(line) ? Buffer.from(line, "base64").toString("latin1") : null;
}
