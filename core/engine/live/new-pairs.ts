import type { RecordType } from "../../records/record-type.ts";
import { allColumns } from "../../records/record-type.ts";
import type { ColumnValues, TableChunk } from "../../records/table-chunk.ts";

/** Pairs that are known of one table; the oldest are forgotten first. */
const MOST_PAIRS = 10_000;

/** Tells where rows of hosts come that had none there before: what usual traffic brings all the time is seldom the news. */
export class NewPairs {
  readonly #places: ReadonlyMap<string, readonly [orig: number, resp: number]>;
  readonly #known = new Map<string, Set<number>>();

  constructor(types: readonly RecordType[]) {
    const placesOf = (type: RecordType) => {
      const names = allColumns(type).map(([name]) => name);
      return [names.indexOf("id.orig_h"), names.indexOf("id.resp_h")] as const;
    };
    this.#places = new Map(types.map((type) => [type.name, placesOf(type)]));
  }

  /** Takes rows that came. @returns tables that have some of new pairs of hosts. */
  take(chunks: readonly TableChunk[]): ReadonlySet<string> {
    const found = new Set<string>();
    for (const chunk of chunks) if (this.#hasNew(chunk)) found.add(chunk.table);
    return found;
  }

  #hasNew({ table, rows, columns }: TableChunk): boolean {
    const [orig, resp] = (this.#places.get(table) ?? [-1, -1]).map((place) => columns[place]?.values);
    if (orig?.form !== "text" || resp?.form !== "text") return false;
    const known = this.#known.get(table) ?? new Set<number>();
    this.#known.set(table, known);
    const [origins, responders] = [hashesOf(orig), hashesOf(resp)];
    let hasNew = false;
    for (let i = 0; i < rows; i++) {
      const pair = origins[orig.ids[i]!]! * 2 ** 21 + (responders[resp.ids[i]!]! & 0x1fffff);
      if (known.has(pair)) continue;
      known.add(pair);
      hasNew = true;
    }
    for (const pair of known) {
      if (known.size <= MOST_PAIRS) break;
      known.delete(pair);
    }
    return hasNew;
  }
}

/** A number of 32 bits for each text of a column (FNV-1a). */
function hashesOf({ dictionary }: Extract<ColumnValues, { form: "text" }>): readonly number[] {
  return dictionary.map((text) => {
    let hash = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return hash >>> 0;
  });
}
