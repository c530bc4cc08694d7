import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { quoteLiteral } from "../records/duckdb-schema.ts";

/**
 * Where what is looked at begins, and which of its rows are of an act not seen before, by source. They lie in tables, as a statement with a parameter is
 * planned anew each time it runs, which takes several times as long as to run it.
 */
const FROM = "look_from";
const FIRST = "look_first";
/** What a condition is met by: a row, or one of an act not seen before. */
const BY_ANY = 1;
const BY_FIRST = 2;

/** Conditions that rows may meet, by table. */
export type Conditions = ReadonlyMap<string, readonly string[]>;
/** Those of a table's that some row met, and whether one of an act not seen before did. */
export type Met = ReadonlyMap<string, boolean>;
/** The same by table. */
export type MetConditions = ReadonlyMap<string, Met>;

/** Rows that came to a source, a table's name in SQL: from which on, and those of them that are of an act not seen before. */
export interface ArrivedAt {
  readonly source: string;
  readonly from: number;
  readonly first: readonly number[];
}

interface Look {
  readonly text: string;
  readonly statement: DuckDBPreparedStatement;
}

/** Looks through rows that came for conditions that they meet, several tables at a time. */
export class ArrivedLooks {
  /** Each does one look at a time. */
  readonly #connections: readonly DuckDBConnection[];
  readonly #looks = new Map<string, Look>();
  /** Which looks at a source, chosen when that is first looked at: many are in the same turn, before any statement is prepared. */
  readonly #connectionOf = new Map<string, DuckDBConnection>();
  readonly #busy = new Map<DuckDBConnection, Promise<unknown>>();
  /** True if there are rows in the tables. */
  #isTold = false;

  private constructor(connections: readonly DuckDBConnection[]) {
    this.#connections = connections;
  }

  /** @param connections Of one database, that they use; the first alone sees sources that are temporary. */
  static async make(connections: readonly DuckDBConnection[]): Promise<ArrivedLooks> {
    for (const table of [FROM, FIRST])
      await connections[0]!.run(`CREATE TABLE ${table} (source VARCHAR, place BIGINT)`);
    return new ArrivedLooks(connections);
  }

  /** Says what is to be looked at. A source of which nothing is said is looked at from its first row on. */
  async at(arrived: readonly ArrivedAt[]): Promise<void> {
    const [connection] = this.#connections;
    const put = async (table: string, rows: readonly (readonly [source: string, place: number])[]) => {
      if (this.#isTold) await connection!.run(`DELETE FROM ${table}`);
      const values = rows.map(([source, place]) => `(${quoteLiteral(source)}, ${place})`);
      if (values.length > 0) await connection!.run(`INSERT INTO ${table} VALUES ${values.join(", ")}`);
    };
    await put(
      FROM,
      arrived.map(({ source, from }) => [source, from]),
    );
    await put(
      FIRST,
      arrived.flatMap(({ source, first }) => first.map((place) => [source, place] as const)),
    );
    this.#isTold = arrived.length > 0;
  }

  /**
   * Those of some conditions that rows of a source meet; all of them where that cannot be told.
   * @param isTemporary The source is a temporary table.
   */
  async met(conditions: readonly string[], source: string, isTemporary = false): Promise<Met> {
    if (conditions.length === 0) return new Map();
    const connection = this.#connectionOf.get(source) ?? this.#next(isTemporary);
    this.#connectionOf.set(source, connection);
    const before = this.#busy.get(connection);
    const work = (async () => {
      await before;
      return this.#look(connection, conditions, source);
    })();
    this.#busy.set(connection, work);
    return work;
  }

  /** Prepares what stays prepared in another. @param isEnough Asked before each. */
  async prepareLike(other: ArrivedLooks, isEnough: () => boolean): Promise<void> {
    for (const [source, like] of other.#connectionOf)
      this.#connectionOf.set(source, this.#connections[other.#connections.indexOf(like)]!);
    for (const [source, { text }] of [...other.#looks]) {
      if (isEnough()) return;
      this.#looks.set(source, { text, statement: await this.#connectionOf.get(source)!.prepare(text) });
    }
  }

  /** Gives back the memory of statements that stay prepared. */
  release(): void {
    for (const { statement } of this.#looks.values()) statement.destroySync();
    this.#looks.clear();
  }

  /** The connection with the fewest sources. */
  #next(isTemporary: boolean): DuckDBConnection {
    if (isTemporary) return this.#connections[0]!;
    const chosen = [...this.#connectionOf.values()];
    const sourcesOf = (connection: DuckDBConnection) => chosen.filter((one) => one === connection).length;
    return this.#connections.reduce((one, other) => (sourcesOf(other) < sourcesOf(one) ? other : one));
  }

  async #look(connection: DuckDBConnection, conditions: readonly string[], source: string): Promise<Met> {
    // In a CASE the database looks at the later parts of a condition only for rows that meet the earlier ones; a FILTER would take three times as long.
    const answers = conditions.map((condition) => `max(CASE WHEN ${condition} THEN look_as ELSE 0 END)`);
    const of = `WHERE source = ${quoteLiteral(source)}`;
    const as = `CASE WHEN rowid IN (SELECT place FROM ${FIRST} ${of}) THEN ${BY_FIRST} ELSE ${BY_ANY} END AS look_as`;
    const from = `coalesce((SELECT place FROM ${FROM} ${of}), 0)`;
    const text = `SELECT ${answers.join(", ")} FROM (SELECT *, ${as} FROM ${source} WHERE rowid >= ${from})`;
    try {
      let look = this.#looks.get(source);
      if (look?.text !== text) {
        look?.statement.destroySync();
        this.#looks.delete(source);
        look = { text, statement: await connection.prepare(text) };
        this.#looks.set(source, look);
      }
      const [row] = (await look.statement.runAndReadAll()).getRows();
      const met = conditions.map((condition, i) => [condition, Number(row![i])] as const);
      return new Map(met.flatMap(([condition, by]) => (by > 0 ? [[condition, by === BY_FIRST]] : [])));
    } catch {
      // A condition may fail for a row that the query leaves out before, and memory may be short: then more is asked than need be.
      return new Map(conditions.map((condition) => [condition, false]));
    }
  }
}

/** What two sources met. */
export function bothMet(one: Met = new Map(), other: Met = new Map()): Met {
  const both = [...other].map(([condition, isFirst]) => [condition, isFirst || one.get(condition) === true] as const);
  return new Map([...one, ...both]);
}
