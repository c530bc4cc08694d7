import type { RecordType } from "../../records/record-type.ts";
import { allColumns } from "../../records/record-type.ts";
import { cellAt } from "../../records/read-chunk.ts";
import type { TableChunk } from "../../records/table-chunk.ts";

/** Between whom a record is, and what its hosts do in it, of a closed set: what varies from one to the next of the same kind does not count. */
const HOSTS = ["id.orig_h", "id.resp_h"];
const ACTS = [
  "action",
  "operation",
  "endpoint",
  "opnum",
  "method",
  "request_type",
  "command",
  "qtype_name",
  "id.resp_p",
];
/** What was seen first is new for so many turns: an act takes some records. */
const TURNS_NEW = 5;
/** Acts that are known; beyond these, those are forgotten of which nothing came for longest. */
const MOST_KNOWN = 200_000;
/** Where more rows of a chunk are new than this, they do not stand out. */
const MOST_NEW = 100;

/**
 * Which records are of hosts that have not done such a thing before. On a wire full of traffic as always, rows that a detection picks out come all the
 * time; those of an act that was not there before are the ones that it is worth to ask about at once.
 */
export class FirstSeen {
  readonly #places: ReadonlyMap<string, readonly number[]>;
  readonly #most: number;
  /** The turn in which each was seen first; those that came since the older ones were set apart, and the older ones. */
  #known = new Map<string, number>();
  #older = new Map<string, number>();
  #turn = 0;

  constructor(types: readonly RecordType[], most = MOST_KNOWN) {
    const keys = new Set([...HOSTS, ...ACTS]);
    const placesOf = (type: RecordType) =>
      allColumns(type).flatMap(([name], place) => (keys.has(name) && isKey(type, name) ? [place] : []));
    this.#places = new Map(types.map((type) => [type.name, placesOf(type)]));
    this.#most = most / 2;
  }

  /** Begins another turn. */
  turn(): void {
    this.#turn++;
  }

  /** @returns rows of a chunk that are new; none where so many are that they do not stand out. */
  rows(chunk: TableChunk): readonly number[] {
    const places = this.#places.get(chunk.table) ?? [];
    const rows: number[] = [];
    for (let row = 0; row < chunk.rows; row++) {
      let key = chunk.table;
      for (const place of places) key += `\t${String(cellAt(chunk, place, row))}`;
      if (this.#turn - this.#firstTurn(key) < TURNS_NEW) rows.push(row);
    }
    return rows.length > MOST_NEW ? [] : rows;
  }

  #firstTurn(key: string): number {
    let first = this.#known.get(key);
    if (first !== undefined) return first;
    first = this.#older.get(key) ?? this.#turn;
    if (this.#known.size >= this.#most) {
      this.#older = this.#known;
      this.#known = new Map();
    }
    this.#known.set(key, first);
    return first;
  }
}

/** The port says what a connection is for; of what goes on in one, the protocol tells more. */
function isKey({ name }: RecordType, column: string): boolean {
  return column !== "id.resp_p" || name === "conn";
}
