import { visible } from "../../contracts/text-forms.ts";

const BREAK = "\u200b";

/** A word of at most so many characters is never broken, nor one that is an address, a time or a hash. */
const WHOLE_WORD = 14;
const ADDRESS = /^\(?[\da-fT.:\u2026-]{1,64}Z?\)?[.,;]?$/i;

/** Characters after which a long word is broken even without a joint. */
const LONGEST_RUN = 18;

/** Most characters of one text; a name that a machine gave may be as long as it likes. */
const MOST = 4000;

/**
 * Text as it can be printed: what cannot be seen is escaped, and so is every character that no font of the report has,
 * because an empty box says nothing. Long words may be broken where a path or a name has its joints.
 */
export function printable(text: string, characters: ReadonlySet<number>): string {
  const shown = visible(text.length > MOST ? `${text.slice(0, MOST)}…` : text);
  return shown
    .split(" ")
    .map((word) => {
      const pieces = Array.from(word, (char) => inFont(char, characters));
      const whole = pieces.join("");
      return isWhole(whole) ? whole : broken(pieces);
    })
    .join(" ");
}

/** Text of a figure: the same without places to break at. */
export function drawable(text: string, characters: ReadonlySet<number>): string {
  return Array.from(text, (char) => inFont(char, characters)).join("");
}

function inFont(char: string, characters: ReadonlySet<number>): string {
  const code = char.codePointAt(0)!;
  return characters.has(code) ? char : `\\u{${code.toString(16)}}`;
}

/** True for a word that is not broken between lines. */
export function isWhole(word: string): boolean {
  return word.length <= WHOLE_WORD || ADDRESS.test(word);
}

function broken(pieces: readonly string[]): string {
  let out = "";
  let run = 0;
  for (const piece of pieces) {
    out += piece;
    run += piece.length;
    if (run < LONGEST_RUN && !(run > 3 && JOINTS.includes(piece))) continue;
    out += BREAK;
    run = 0;
  }
  return out;
}

const JOINTS = "\\/_.:;,=&?@-|+(){}[]";
