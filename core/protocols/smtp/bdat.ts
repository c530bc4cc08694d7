import type { SmtpWeird } from "./weirds.ts";

/** Longest argument: the largest 64-bit number and LAST. */
const MAX_ARGUMENT = 25;
/** Longest line; a longer one is handed on in parts (Zeek's SMTP::bdat_max_line_length). */
const MAX_LINE = 4096;

/** A BDAT command. RFC 3030 2 */
export interface BdatCommand {
  readonly octets: number;
  readonly isLast: boolean;
}

/** Reads the argument of BDAT; text instead says what is wrong with it. */
export function parseBdat(argument: string): BdatCommand | string {
  if (argument === "" || argument.length > MAX_ARGUMENT) return "BDAT argument bad length";
  const digits = /^\d+/.exec(argument)?.[0];
  if (digits === undefined) return "BDAT not followed by a valid chunk-size";
  const rest = argument.slice(digits.length);
  if (rest !== "" && !rest.startsWith(" ")) return "BDAT chunk-size not valid";
  if (BigInt(digits) >= 1n << 64n) return "BDAT chunk-size too large";
  if (rest !== "" && rest.toUpperCase() !== " LAST") return "BDAT chunk-size followed by junk";
  return { octets: Number(digits), isLast: rest !== "" };
}

/** Cuts the octets of BDAT chunks into lines; a chunk may end anywhere in one. */
export class BdatLines {
  readonly #line: (line: string, isEnded: boolean) => void;
  readonly #weird: (name: SmtpWeird, addl?: string) => void;
  #held = "";
  /** Octets of the chunk at hand that are still to come. */
  remaining = 0;
  isLast = false;

  constructor(line: (line: string, isEnded: boolean) => void, weird: (name: SmtpWeird, addl?: string) => void) {
    this.#line = line;
    this.#weird = weird;
  }

  chunk({ octets, isLast }: BdatCommand): void {
    this.remaining = octets;
    this.isLast = isLast;
  }

  /** Takes octets of the chunk, one character each. */
  add(text: string): void {
    this.remaining -= text.length;
    if (this.#held.endsWith("\r") && !text.startsWith("\n")) {
      this.#weird("smtp_bdat_line_cr_only");
      this.#line(this.#held, false);
      this.#held = "";
    }
    const all = this.#held + text;
    let at = 0;
    for (let end = all.indexOf("\n"); end >= 0; end = all.indexOf("\n", at)) {
      at = this.#long(all, at, end);
      if (end > at && all[end - 1] === "\r") {
        this.#line(all.slice(at, end - 1), true);
      } else {
        this.#weird("smtp_bdat_line_lf_only");
        this.#line(all.slice(at, end + 1), false);
      }
      at = end + 1;
    }
    at = this.#long(all, at, all.length);
    this.#held = all.slice(at);
    if (this.isLast && this.remaining === 0) this.#flush();
  }

  end(): void {
    if (this.#held !== "") this.#weird("smtp_bdat_undelivered_at_done");
    this.#flush();
  }

  #flush(): void {
    if (this.#held !== "") this.#line(this.#held, false);
    this.#held = "";
  }

  /** Hands on what is too long to wait for its end. */
  #long(all: string, at: number, end: number): number {
    while (end - at > MAX_LINE) {
      this.#weird("smtp_bdat_line_too_long", String(end - at));
      this.#line(all.slice(at, at + MAX_LINE), false);
      at += MAX_LINE;
    }
    return at;
  }
}
