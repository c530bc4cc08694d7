/** A line of the client. RFC 959 5.3 */
export interface FtpCommand {
  /** In upper case. */
  readonly name: string;
  readonly argument: string;
}

/** A line of the server. RFC 959 4.2 */
export interface FtpReply {
  /** 0 for a line in the middle of a reply of several. */
  readonly code: number;
  readonly text: string;
  /** False if lines of the same reply follow. */
  readonly isLast: boolean;
}

/** The line without what Telnet puts into it: options are three octets, other commands two, a doubled 255 stands for one. */
export function withoutTelnet(line: string): string {
  if (!line.includes("\xff")) return line;
  return line.replaceAll(/\xff(?:[\xfb-\xfe][^]?|\xff|[^]|$)/g, (command) => (command === "\xff\xff" ? "\xff" : ""));
}

/** Reads a command; null if the line has none: at least three printable characters. */
export function parseCommand(line: string): FtpCommand | null {
  const trimmed = line.replace(/^\s+/, "");
  const end = trimmed.search(/\s/);
  const name = end < 0 ? trimmed : trimmed.slice(0, end);
  if (!/^[\x21-\x7e]{3,}$/.test(name)) return null;
  return { name: name.toUpperCase(), argument: end < 0 ? "" : trimmed.slice(end).replace(/^\s+/, "") };
}

/** Joins lines of the server to replies. */
export class ReplyReader {
  /** Code of a reply whose last line is still to come, else 0. */
  #pending = 0;

  /** Reads a line; text instead of a reply says why it is none. */
  read(line: string): FtpReply | string {
    const code = /^\d{3}/.test(line) ? Number(line.slice(0, 3)) : 0;
    if (this.#pending !== 0) {
      if (code !== this.#pending || line[3] !== " ") return { code: 0, text: line, isLast: false };
      this.#pending = 0;
      return { code, text: textOf(line, 3), isLast: true };
    }
    if (code === 0) return "non-numeric reply code";
    if (code < 100) return "invalid reply code";
    if (line[3] === "-") {
      this.#pending = code;
      return { code, text: textOf(line, 4), isLast: false };
    }
    if (line.length > 3 && line[3] !== " ") return "invalid reply line";
    return { code, text: textOf(line, 3), isLast: true };
  }

  clear(): void {
    this.#pending = 0;
  }
}

function textOf(line: string, from: number): string {
  return line.slice(from).replace(/^\s+/, "");
}
