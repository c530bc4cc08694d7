import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import { Charge } from "../../bytes/held-budget.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";

/** Octets of one listing that are read. */
const MOST_OCTETS = 1 << 20;

/** Commands that ask for a listing. RFC 959 4.1.3, RFC 3659 7 */
export const LISTING_COMMANDS: ReadonlySet<string> = new Set(["LIST", "NLST", "MLSD"]);

/** A line as UNIX's ls prints it: mode, links, owner, group, size (or two numbers of a device), month, day, time or year, name. */
const UNIX_LINE =
  /^(?<mode>[-dlbcpsD][-rwxsStTl]{9})[+.@]?\s+\d+\s+(?:\S+\s+){1,2}\d+(?:,\s*\d+)?\s+\S+\s+\S+\s+\S+ (?<name>.+)$/;
/** A line as DOS and IIS print it. */
const DOS_LINE = /^\d\d-\d\d-\d\d(?:\d\d)?\s+\d\d:\d\d(?:[AP]M)?\s+(?:<DIR>|<JUNCTION>|\d+)\s+(?<name>\S.*)$/i;

/** What a listing's text names. */
export interface ListedNames {
  readonly names: readonly string[];
  /** False if a line could not be read. */
  readonly isWhole: boolean;
}

/** The text of a listing as it goes by. */
export class ListedText {
  readonly #octets = new GatheredOctets(new Charge());
  #isWhole = true;

  data(bytes: Uint8Array, start: number, end: number): void {
    const room = MOST_OCTETS - this.#octets.length;
    if (end - start > room) this.#isWhole = false;
    if (room > 0) this.#octets.add(bytes, start, Math.min(end, start + room));
  }

  gap(): void {
    this.#isWhole = false;
  }

  /** @param command One of `LISTING_COMMANDS`. */
  names(command: string): ListedNames {
    const names: string[] = [];
    let isWhole = this.#isWhole;
    for (const line of this.#octets.octets().toString("latin1").split(/\r?\n/)) {
      if (line === "" || (command === "LIST" && /^total \d+/i.test(line))) continue;
      const name = nameIn(command, line);
      if (name === null) isWhole = false;
      else if (name !== "") names.push(utf8OfLatin1(name));
    }
    return { names, isWhole };
  }
}

/** The name in a line; "" for the directory itself and its parent, null if the line is of no known form. */
function nameIn(command: string, line: string): string | null {
  // Sealed octets are no lines.
  if ([...line].some((character) => character < " " && character !== "\t")) return null;
  if (command === "NLST") return line.slice(line.lastIndexOf("/") + 1);
  if (command === "MLSD") {
    const space = line.indexOf(" ");
    if (space < 0 || !line.slice(0, space).endsWith(";")) return null;
    return /(?:^|;)type=[cp]dir;/i.test(line.slice(0, space)) ? "" : line.slice(space + 1);
  }
  const unix = UNIX_LINE.exec(line)?.groups;
  if (unix !== undefined) return unix["mode"]!.startsWith("l") ? unix["name"]!.split(" -> ")[0]! : unix["name"]!;
  return DOS_LINE.exec(line)?.groups?.["name"] ?? null;
}
