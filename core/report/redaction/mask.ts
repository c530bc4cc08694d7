/** Kinds of words that are masked, with the beginning of their masks. */
export const MASKS = {
  host: "HOST",
  address: "ADDR",
  domain: "DOMAIN",
  account: "ACCOUNT",
  object: "OBJECT",
  word: "WORD",
} as const;
export type MaskKind = keyof typeof MASKS;

/** Masks and what each stands for: the key that stays behind. */
export type MaskKey = Readonly<Record<string, string>>;

/** Characters that make a word go on: a mask begins and ends between others. */
const WORD = "[\\p{L}\\p{N}_]";

/**
 * Gives each word the same mask wherever it stands, in every report of a case that is masked with the same key. Words
 * are found whatever their case, whole, and the longest first.
 */
export class Masker {
  /** Lower-case word to mask. */
  readonly #masks = new Map<string, string>();
  readonly #key = new Map<string, string>();
  /** Kind and lower-case word to mask. */
  readonly #given = new Map<string, string>();
  readonly #counts = new Map<MaskKind, number>();
  #pattern: RegExp | null = null;

  /** @param key What was masked before; its masks are used again. */
  constructor(key: MaskKey = {}) {
    for (const [mask, word] of Object.entries(key)) {
      this.#key.set(mask, word);
      const kind = (Object.keys(MASKS) as MaskKind[]).find((name) => mask.startsWith(`${MASKS[name]}-`));
      const number = Number(mask.slice(mask.lastIndexOf("-") + 1));
      if (kind === undefined || !Number.isInteger(number)) continue;
      this.#given.set(`${kind} ${word.toLowerCase()}`, mask);
      this.#counts.set(kind, Math.max(this.#counts.get(kind) ?? 0, number));
    }
  }

  /** Has a word masked wherever it stands from now on. Words of one character are left: they would be found everywhere. */
  add(kind: MaskKind, word: string): void {
    const known = word.toLowerCase();
    if (word.trim().length < 2 || this.#masks.has(known)) return;
    this.#masks.set(known, this.maskOf(kind, word));
    this.#pattern = null;
  }

  /** The mask of a word, for one place only: other places with the same word are left. */
  maskOf(kind: MaskKind, word: string): string {
    const known = word.toLowerCase();
    const given = this.#given.get(`${kind} ${known}`);
    if (given !== undefined) return given;
    const number = (this.#counts.get(kind) ?? 0) + 1;
    const mask = `${MASKS[kind]}-${String(number).padStart(3, "0")}`;
    this.#counts.set(kind, number);
    this.#key.set(mask, word);
    this.#given.set(`${kind} ${known}`, mask);
    return mask;
  }

  get key(): MaskKey {
    return Object.fromEntries(this.#key);
  }

  /** The text with every word that was added masked. */
  mask(text: string): string {
    if (this.#masks.size === 0) return text;
    this.#pattern ??= patternOf([...this.#masks.keys()]);
    return text.replace(this.#pattern, (word) => this.#masks.get(word.toLowerCase()) ?? word);
  }

  /** A value with every text in it masked, names of fields left as they are. */
  maskAll<T>(value: T): T {
    if (typeof value === "string") return this.mask(value) as T;
    if (Array.isArray(value)) return (value as unknown[]).map((item) => this.maskAll(item)) as T;
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.maskAll(item)])) as T;
  }
}

function patternOf(words: readonly string[]): RegExp {
  const longestFirst = [...words].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const parts = longestFirst.map((word) => {
    const text = word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    const before = /^[\p{L}\p{N}_]/u.test(word) ? `(?<!${WORD})` : "";
    const after = /[\p{L}\p{N}_]$/u.test(word) ? `(?!${WORD})` : "";
    return `${before}${text}${after}`;
  });
  return new RegExp(parts.join("|"), "giu");
}
