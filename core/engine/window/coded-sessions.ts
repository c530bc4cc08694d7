import { setImmediate as othersTurn } from "node:timers/promises";
import { uncancelled } from "../../case/cancellation.ts";
import type { Case } from "../../case/case.ts";
import type { ConditionTree } from "../../case/filter/condition-tree.ts";
import { isProblem } from "../../contracts/result.ts";
import type { CodedCondition } from "./coded-scan.ts";
import { BLOCK, BlockTest, NONE, ofKinds, SOME } from "./coded-scan.ts";
import type { CodedColumn, CodedTable, Spans } from "./coded-table.ts";
import { codeSessions, dropCodes } from "./coded-table.ts";

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
interface Sums {
  readonly sessions: Uint32Array;
  readonly into: Float64Array;
  readonly out: Float64Array;
}

/**
 * Sessions in memory, kind by kind. What a filter asks of a kind of sessions or of a value, the database answers once; for the sessions
 * it is only looked up.
 */
export class CodedSessions {
  readonly #source: Case;
  readonly #table: CodedTable;
  /** Of each kind. */
  #ways: Uint8Array;
  /** Kinds that have a way, and at the end what is no kind. */
  #crossing = Uint32Array.of(0);

  private constructor(source: Case, table: CodedTable) {
    this.#source = source;
    this.#table = table;
    this.#ways = new Uint8Array(table.kinds);
    this.#crossing[0] = table.kinds;
  }

  /** @returns null where they would take too much memory. */
  static async make(source: Case, spans: Spans): Promise<CodedSessions | null> {
    try {
      return new CodedSessions(source, await codeSessions(source, spans));
    } catch (error) {
      const dropped = uncancelled(() => dropCodes(source));
      if (isProblem(error, "out-of-memory")) {
        await dropped;
        return null;
      }
      await dropped.catch(() => undefined); // what came first tells more
      throw error;
    }
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
    this.#crossing = Uint32Array.from([...crossingOf(ways), kinds]);
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
    await this.#source.store.numbers(sql, parameters, ([codes]) => {
      for (let i = 0; i < codes!.length; i++) holds[codes![i]!] = 1;
    });
    return holds;
  }

  async counts(condition: CodedCondition): Promise<CodedCounts> {
    const { kinds, starts, spans } = this.#table;
    const sums = {
      sessions: new Uint32Array(spans.count),
      into: new Float64Array(spans.count),
      out: new Float64Array(spans.count),
    };
    const said = ofKinds(condition, kinds);
    const test = new BlockTest(condition, starts);
    for (let kind = 0; kind < kinds;) {
      kind = this.#addKinds(kind, said, test, sums);
      await othersTurn();
    }
    return { sessions: [...sums.sessions], into: [...sums.into], out: [...sums.out] };
  }

  /** Adds the kinds from one on until it is others' turn; gives the one after them. */
  #addKinds(from: number, said: Uint8Array, test: BlockTest, sums: Sums): number {
    const { kinds, starts, span } = this.#table;
    const crossing = this.#crossing;
    let [kind, crosses, added] = [from, 0, 0];
    while (crossing[crosses]! < from) crosses++;
    for (; kind < kinds && added < AT_ONCE; kind++) {
      if (said[kind] === NONE) continue;
      const begin = starts[kind]!;
      while (crossing[crosses]! < kind) crosses++;
      if (said[kind] === SOME) {
        const last = lastTogether(kind, said, starts);
        this.#addSome(kind, last, crosses, test, sums);
        kind = last;
      } else {
        addAll(span, begin, starts[kind + 1]!, sums.sessions);
        if (crossing[crosses] === kind) this.#addVolume(kind, begin, starts[kind + 1]!, null, begin, sums);
      }
      added += starts[kind + 1]! - begin;
    }
    return kind;
  }

  /** Adds sessions of the kinds `kind` to `last`, for which each has to be asked; `crossing` is the first of those with a way. */
  #addSome(kind: number, last: number, crossing: number, test: BlockTest, sums: Sums): void {
    const { starts, span } = this.#table;
    for (let begin = starts[kind]!; begin < starts[last + 1]!; begin += BLOCK) {
      const end = Math.min(begin + BLOCK, starts[last + 1]!);
      const fits = test.fit(begin, end, kind);
      addFitting(span, fits, begin, end, sums.sessions);
      for (let i = crossing; this.#crossing[i]! <= last; i++) {
        const of = this.#crossing[i]!;
        this.#addVolume(of, Math.max(begin, starts[of]!), Math.min(end, starts[of + 1]!), fits, begin, sums);
      }
    }
  }

  /**
   * Adds the octets of sessions of one kind that has a way.
   * @param fits 1 for those that count, from the session `first` on; null for all of them.
   */
  #addVolume(kind: number, begin: number, end: number, fits: Uint8Array | null, first: number, sums: Sums): void {
    const { span, own, sent, received } = this.#table;
    const [orig, resp] = [own.get("orig_bytes")!.codes, own.get("resp_bytes")!.codes];
    const [there, back] = this.#ways[kind] === INTO ? [sums.into, sums.out] : [sums.out, sums.into];
    for (let i = begin; i < end; i++) {
      if (fits !== null && fits[i - first] === 0) continue;
      there[span[i]!]! += sent[orig[i]!]!;
      back[span[i]!]! += received[resp[i]!]!;
    }
  }
}

function* crossingOf(ways: Uint8Array): Generator<number> {
  for (let kind = 0; kind < ways.length; kind++) if (ways[kind] !== 0) yield kind;
}

/** The last of the kinds from one on whose sessions are asked as one block. */
function lastTogether(kind: number, said: Uint8Array, starts: Uint32Array): number {
  let last = kind;
  while (said[last + 1] === SOME && starts[last + 2]! - starts[kind]! <= BLOCK) last++;
  return last;
}

function addAll(span: Uint16Array, begin: number, end: number, sessions: Uint32Array): void {
  for (let i = begin; i < end; i++) sessions[span[i]!]!++;
}

/** Added and not asked: which sessions fit is no pattern that a processor could foresee. */
function addFitting(span: Uint16Array, fits: Uint8Array, begin: number, end: number, sessions: Uint32Array): void {
  for (let i = begin; i < end; i++) sessions[span[i]!]! += fits[i - begin]!;
}
