import { Charge, textWeight } from "../../bytes/held-budget.ts";

/** Octets of keys that are put together from several PDUs of one negotiation; RFC 7143 6.1 asks for 64 KiB at most. */
const MOST_OCTETS = 65_536;
/** Longest value that is kept; names have 223 octets at most. RFC 7143 4.2.7 */
const MOST_VALUE = 512;

/** One key and its value. */
export type TextKey = readonly [key: string, value: string];

/** Puts the text of one side's negotiation together: a key may go over the end of a PDU. RFC 7143 6.1 */
export class TextKeys {
  #pending = "";
  readonly #charge = new Charge();

  /**
   * Adds the data segment of one PDU.
   * @param goesOn True if the PDU says that the text goes on in the next one.
   * @returns the keys, once all of them are there.
   */
  add(text: string, goesOn: boolean): TextKey[] {
    const all = this.#pending + text;
    this.#pending = goesOn ? flat(all.slice(0, MOST_OCTETS)) : "";
    this.#charge.set(textWeight(this.#pending));
    return goesOn ? [] : parseKeys(all);
  }
}

/** The same text in one piece: one that grew by single characters takes some fifty octets for each. */
function flat(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

function parseKeys(text: string): TextKey[] {
  const keys: TextKey[] = [];
  for (const pair of text.split("\0")) {
    const equals = pair.indexOf("=");
    if (equals > 0)
      keys.push([pair.slice(0, equals).slice(0, MOST_VALUE), pair.slice(equals + 1).slice(0, MOST_VALUE)]);
  }
  return keys;
}
