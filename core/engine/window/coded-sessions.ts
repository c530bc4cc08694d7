import { setImmediate as othersTurn } from "node:timers/promises";
import type { Case } from "../../case/case.ts";
import type { ConditionTree } from "../../case/filter/condition-tree.ts";
import type { CodedCondition } from "./coded-scan.ts";
import { BLOCK, BlockTest, NONE, ofKinds, SOME } from "./coded-scan.ts";
import type { CodedColumn, CodedTable, Spans } from "./coded-table.ts";
import { codeSessions } from "./coded-table.ts";

/** Sessions after which other work has its turn: some milliseconds each time. */
const AT_ONCE = 1_000_000;

/** Ways of a kind of sessions between the estate and all others; 0 is any other kind. */
const INTO = 1;
const OUT = 2;

/** Sessions in spans of time, and their octets into and out of the estate. */
export interface CodedCounts {
  readonly sessions: readonly number[];
  readonly into: readonly number[];
  readonly out: readonly number[];
}

type FilterValues = Readonly<Record<string, string>>;
type Sums = Float64Array;
type AllSums = Readonly<Record<keyof CodedCounts, Sums>>;

/**
 * Sessions in memory, kind by kind. What a filter asks of a kind of sessions or of a value, the database answers once; for the sessions
 * it is only looked up.
 */
export class CodedSessions {
  readonly #source: Case;
  readonly #table: CodedTable;
  /** Of each kind. */
  #ways: Uint8Array;

  private constructor(source: Case, table: CodedTable) {
    this.#source = source;
    this.#table = table;
    this.#ways = new Uint8Array(table.kinds);
  }

  /** @returns null where they would take too much memory. */
  static async make(source: Case, spans: Spans): Promise<CodedSessions | null> {
    const table = await codeSessions(source, spans);
    return table === null ? null : new CodedSessions(source, table);
  }

  /** Takes the estate as it is now. */
  async readEstate(): Promise<void> {
    const { ofKind, kinds } = this.#table;
    const inEstate = (name: string) =>
      this.#valuesOf(ofKind.get(name)!, `r."${name}" IN (SELECT address FROM assets WHERE in_estate)`, {});
    const [from, to] = [ofKind.get("id.orig_h")!.codes, ofKind.get("id.resp_h")!.codes];
    const [isFrom, isTo] = [await inEstate("id.orig_h"), await inEstate("id.resp_h")];
    const ways = new Uint8Array(kinds);
    for (let kind = 0; kind < kinds; kind++) {
      const [sends, receives] = [isFrom[from[kind]!]!, isTo[to[kind]!]!];
      if (sends !== receives) ways[kind] = receives === 1 ? INTO : OUT;
    }
    this.#ways = ways;
  }

  /** What a filter asks of `conn AS r`; null where it asks for something that is not kept here. */
  async condition(tree: ConditionTree, parameters: FilterValues): Promise<CodedCondition | null> {
    if (tree.kind === "leaf") {
      const { ofKind, own } = this.#table;
      const column = ofKind.get(tree.column) ?? own.get(tree.column);
      if (column === undefined) return null;
      const holds = await this.#valuesOf(column, tree.where, parameters);
      return { kind: ofKind.has(tree.column) ? "kinds" : "codes", codes: column.codes, holds };
    }
    const parts = tree.kind === "not" ? [tree.item] : tree.items;
    const items = (await Promise.all(parts.map((part) => this.condition(part, parameters)))).filter(
      (item) => item !== null,
    );
    if (items.length < parts.length) return null;
    return tree.kind === "not" ? { kind: "not", item: items[0]! } : { kind: tree.kind, items };
  }

  /** 1 for each value that a condition holds for, by its code. */
  async #valuesOf({ values, count }: CodedColumn, where: string, parameters: FilterValues): Promise<Uint8Array> {
    const holds = new Uint8Array(count);
    const sql = `SELECT r.code FROM ${values} AS r WHERE ${where}`;
    await this.#source.store.numbers("sessions", sql, parameters, ([codes]) => {
      for (let i = 0; i < codes!.length; i++) holds[codes![i]!] = 1;
    });
    return holds;
  }

  async counts(condition: CodedCondition): Promise<CodedCounts> {
    const { kinds, starts, spans } = this.#table;
    const sums = () => new Float64Array(spans.count);
    const counts = { sessions: sums(), into: sums(), out: sums() };
    const said = ofKinds(condition, kinds);
    const test = new BlockTest(condition, starts);
    let rested = 0;
    for (let kind = 0; kind < kinds; kind++) {
      if (said[kind] === NONE) continue;
      const begin = starts[kind]!;
      if (begin - rested > AT_ONCE) {
        await othersTurn();
        rested = begin;
      }
      if (said[kind] === SOME) kind = this.#addSome(kind, said, test, counts);
      else {
        this.#addSessions(begin, starts[kind + 1]!, counts.sessions);
        this.#addVolume(kind, begin, starts[kind + 1]!, null, begin, counts);
      }
    }
    return { sessions: [...counts.sessions], into: [...counts.into], out: [...counts.out] };
  }

  /** Adds sessions from a kind on, for which each has to be asked; gives the last kind that was added. */
  #addSome(kind: number, said: Uint8Array, test: BlockTest, counts: AllSums): number {
    const { starts, span } = this.#table;
    let last = kind;
    while (said[last + 1] === SOME && starts[last + 2]! - starts[kind]! <= BLOCK) last++;
    for (let begin = starts[kind]!; begin < starts[last + 1]!; begin += BLOCK) {
      const end = Math.min(begin + BLOCK, starts[last + 1]!);
      const fits = test.fit(begin, end, kind);
      // Added and not asked: which sessions fit is no pattern that a processor could foresee.
      for (let i = begin; i < end; i++) counts.sessions[span[i]!]! += fits[i - begin]!;
      for (let of = kind; of <= last; of++)
        this.#addVolume(of, Math.max(begin, starts[of]!), Math.min(end, starts[of + 1]!), fits, begin, counts);
    }
    return last;
  }

  #addSessions(begin: number, end: number, sessions: Sums): void {
    const { span } = this.#table;
    for (let i = begin; i < end; i++) sessions[span[i]!]!++;
  }

  /**
   * Adds the octets of sessions of one kind.
   * @param fits 1 for those that count, from the session `first` on; null for all of them.
   */
  #addVolume(
    kind: number,
    begin: number,
    end: number,
    fits: Uint8Array | null,
    first: number,
    { into, out }: AllSums,
  ): void {
    const way = this.#ways[kind]!;
    if (way === 0) return;
    const { span, own, sent, received } = this.#table;
    const [orig, resp] = [own.get("orig_bytes")!.codes, own.get("resp_bytes")!.codes];
    const [there, back] = way === INTO ? [into, out] : [out, into];
    for (let i = begin; i < end; i++) {
      if (fits !== null && fits[i - first] === 0) continue;
      there[span[i]!]! += sent[orig[i]!]!;
      back[span[i]!]! += received[resp[i]!]!;
    }
  }
}
