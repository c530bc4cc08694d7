/** Numbers that stand for the values of a column, one for each session. */
export type Codes = Uint8Array | Uint16Array | Uint32Array;

/** A condition over sessions that lie kind by kind. */
export type CodedCondition =
  | { readonly kind: "and" | "or"; readonly items: readonly CodedCondition[] }
  | { readonly kind: "not"; readonly item: CodedCondition }
  /** `holds` has 1 or 0 for each code; codes are those of the kinds, or of the sessions. */
  | { readonly kind: "kinds" | "codes"; readonly codes: Codes; readonly holds: Uint8Array };

/** What a condition says of a kind of sessions. */
export const NONE = 0;
const ALL = 1;
/** It has to be asked of each session. */
export const SOME = 2;

/** Sessions that are asked together. */
export const BLOCK = 8192;

/** What a condition says of each kind: `NONE`, `ALL` or `SOME`. */
export function ofKinds(condition: CodedCondition, count: number): Uint8Array {
  switch (condition.kind) {
    case "kinds": {
      const said = new Uint8Array(count);
      lookUp(condition.codes, condition.holds, 0, count, said);
      return said;
    }
    case "codes": {
      const { holds } = condition;
      if (!holds.includes(1)) return new Uint8Array(count);
      return new Uint8Array(count).fill(holds.includes(0) ? SOME : ALL);
    }
    case "not":
      return ofKinds(condition.item, count).map((said) => (said === SOME ? SOME : 1 - said));
    case "and":
    case "or": {
      // A part that says this of a kind says it for all parts.
      const settled = condition.kind === "and" ? NONE : ALL;
      const all = new Uint8Array(count).fill(1 - settled);
      for (const item of condition.items) {
        const own = ofKinds(item, count);
        for (let i = 0; i < count; i++) {
          if (all[i] === settled || own[i] === 1 - settled) continue;
          all[i] = own[i]!;
        }
      }
      return all;
    }
    default:
      return condition satisfies never;
  }
}

/** Asks a condition of sessions. Its buffers are used again each time. */
export class BlockTest {
  readonly #condition: CodedCondition;
  /** Where the sessions of each kind begin, and at the end where the last ones end. */
  readonly #starts: Uint32Array;
  /** One for each depth of the condition. */
  readonly #buffers: Uint8Array[] = [];

  constructor(condition: CodedCondition, starts: Uint32Array) {
    this.#condition = condition;
    this.#starts = starts;
  }

  /**
   * @param kind Of the session at `begin`.
   * @returns 1 for each of at most `BLOCK` sessions that fits, else 0; good until the next call.
   */
  fit(begin: number, end: number, kind: number): Uint8Array {
    return this.#write(this.#condition, begin, end, kind, 0);
  }

  #write(condition: CodedCondition, begin: number, end: number, kind: number, depth: number): Uint8Array {
    const into = (this.#buffers[depth] ??= new Uint8Array(BLOCK));
    const length = end - begin;
    switch (condition.kind) {
      case "kinds":
        for (let at = begin, of = kind; at < end; of++) {
          const next = Math.min(end, this.#starts[of + 1]!);
          into.fill(condition.holds[condition.codes[of]!]!, at - begin, next - begin);
          at = next;
        }
        return into;
      case "codes":
        lookUp(condition.codes, condition.holds, begin, length, into);
        return into;
      case "not": {
        const item = this.#write(condition.item, begin, end, kind, depth + 1);
        for (let i = 0; i < length; i++) into[i] = item[i]! ^ 1;
        return into;
      }
      case "and":
      case "or": {
        const isAnd = condition.kind === "and";
        into.fill(isAnd ? 1 : 0, 0, length);
        for (const item of condition.items) {
          const own = this.#write(item, begin, end, kind, depth + 1);
          if (isAnd) for (let i = 0; i < length; i++) into[i]! &= own[i]!;
          else for (let i = 0; i < length; i++) into[i]! |= own[i]!;
        }
        return into;
      }
      default:
        return condition satisfies never;
    }
  }
}

/** A loop for each width: over arrays of several kinds the compiler makes a slower one. */
function lookUp(codes: Codes, holds: Uint8Array, begin: number, length: number, into: Uint8Array): void {
  if (codes instanceof Uint8Array) for (let i = 0; i < length; i++) into[i] = holds[codes[begin + i]!]!;
  else if (codes instanceof Uint16Array) for (let i = 0; i < length; i++) into[i] = holds[codes[begin + i]!]!;
  else for (let i = 0; i < length; i++) into[i] = holds[codes[begin + i]!]!;
}

/** Octets of a code where there are `count` values. */
export function widthFor(count: number): 1 | 2 | 4 {
  return count <= 0x100 ? 1 : count <= 0x10000 ? 2 : 4;
}

export function codesFor(count: number, sessions: number): Codes {
  const width = widthFor(count);
  return width === 1 ? new Uint8Array(sessions) : width === 2 ? new Uint16Array(sessions) : new Uint32Array(sessions);
}
