import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { Place, Telltale, TelltalePattern } from "./telltale-patterns.ts";
import { TELLTALE_PATTERNS } from "./telltale-patterns.ts";

/** Octets of a body, and characters of a target or header, that are looked at: attacks are short, uploads are not. */
const LOOKED_AT = 4096;
/** Longest piece that is shown. */
const SHOWN = 160;
/** Rounds in which escapes are undone: some filters are passed by writing them twice. */
const ROUNDS = 3;

/** A target without any of these asks for nothing that a pattern is for; most requests end here. */
const WORTH_A_LOOK =
  /['"`;|$<>{}()\\%+ ]|\.\.|\/etc\/|\/exec\/|:\/\/|^\/minio\/bootstrap\/|autodiscover\.json|[?&](?:cmd|exec|command|execute|shell|run|system)=/;
/** The same for a header's value. */
const HEADER_WORTH_A_LOOK =
  /[$#%]\{|\(\)|['"].{0,80}(?:=|--|\()|\bunion\b|java\.lang|class\.module|rO0AB|AAEAAAD|cmd\.exe|\/bin\/|`/i;

/** Looks for telling pieces in a request and, if it holds one, in its answer. */
export class Telltales {
  readonly #names: Telltale[] = [];
  #shown: string | null = null;
  #target = "";
  #request: Buffer | null = null;
  #answer: Buffer | null = null;

  /** Names that were found, null if none. */
  get names(): readonly string[] | null {
    return this.#names.length === 0 ? null : [...this.#names];
  }

  /** The piece that was found first, with the parameter that holds it. */
  get text(): string | null {
    return this.#shown;
  }

  /** @param target As it was sent, one character an octet. */
  target(target: string): void {
    this.#target = target.slice(0, LOOKED_AT);
    if (WORTH_A_LOOK.test(target)) this.#judge("target", plainText(target, true));
  }

  header(name: string, value: string): void {
    if (HEADER_WORTH_A_LOOK.test(value.slice(0, LOOKED_AT)))
      this.#judge("header", plainText(value, name.toLowerCase() === "cookie"), `${name}: `);
  }

  /** True while the octets of a body that come next are looked at. */
  wants(isRequest: boolean): boolean {
    if (!isRequest && this.#names.length === 0) return false;
    return ((isRequest ? this.#request : this.#answer)?.length ?? 0) < LOOKED_AT;
  }

  body(isRequest: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (!this.wants(isRequest)) return;
    const before = isRequest ? this.#request : this.#answer;
    const room = LOOKED_AT - (before?.length ?? 0);
    const piece = Buffer.from(bytes.subarray(start, Math.min(end, start + room)));
    const whole = before === null ? piece : Buffer.concat([before, piece]);
    if (isRequest) this.#request = whole;
    else this.#answer = whole;
  }

  /** The body is over, or as much of it as was captured. */
  bodyEnd(isRequest: boolean): void {
    const octets = isRequest ? this.#request : this.#answer;
    if (isRequest) this.#request = null;
    else this.#answer = null;
    if (octets === null || octets.length === 0) return;
    const text = octets.toString("latin1");
    if (isRequest) this.#judge("body", plainText(text, true));
    else this.#judge("answer", text.toLowerCase());
  }

  #judge(place: Place, text: string, prefix = ""): void {
    for (const candidate of TELLTALE_PATTERNS) {
      if (!candidate.places.includes(place) || this.#names.includes(candidate.name)) continue;
      const at = position(candidate, text);
      if (at < 0 || candidate.onTarget?.test(this.#target) === false) continue;
      this.#names.push(candidate.name);
      this.#shown ??= utf8OfLatin1(prefix + parameterAt(text, at));
    }
  }
}

function position({ pattern }: TelltalePattern, text: string): number {
  return pattern.exec(text)?.index ?? -1;
}

/** The parameter or line around a place, so that neighbours (a password) are not shown with it. */
function parameterAt(text: string, at: number): string {
  let from = at;
  while (from > 0 && at - from < 40 && !"&?\n\r,".includes(text[from - 1]!)) from--;
  let to = at + 1;
  while (to < text.length && to - from < SHOWN && !"&\n\r".includes(text[to]!)) to++;
  return text.slice(from, to);
}

/** Text in lower case with its escapes undone: percent (also twice), Unicode of JSON, comments of SQL, lookups in lookups. */
function plainText(raw: string, isForm: boolean): string {
  let text = raw.slice(0, LOOKED_AT);
  if (isForm) text = text.replaceAll("+", " ");
  for (let round = 0; round < ROUNDS && text.includes("%"); round++) {
    const undone = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (undone === text) break;
    text = undone;
  }
  if (text.includes("\\u"))
    text = text.replace(/\\u00([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  // Overlong UTF-8 of "/" and "\": a way past filters that some servers take.
  text = text.replace(/\xc0[\xaf/]/g, "/").replace(/\xc1[\x9c\x1c]/g, "\\");
  text = text.toLowerCase();
  if (text.includes("/*")) text = text.replace(/\/\*[^*]{0,60}\*\//g, " ");
  return text.includes("${") ? withoutLookups(text) : text;
}

/** `${lower:j}`, `${::-j}`, `${env:x:-j}` are j: how a lookup is hidden inside a lookup. Log4j 2, Lookups */
function withoutLookups(text: string): string {
  let plain = text;
  for (let round = 0; round < ROUNDS; round++) {
    const before = plain;
    plain = plain
      .replace(/\$\{(?:lower|upper):([^${}]{0,40})\}/g, "$1")
      .replace(/\$\{[^${}]{0,60}:-([^${}]{0,40})\}/g, "$1");
    if (plain === before) break;
  }
  return plain;
}
