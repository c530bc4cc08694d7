import type { Case } from "../../case/case.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { rowText } from "../../records/row-text.ts";
import { Kept } from "./kept.ts";
import type { Condition } from "./narrowing.ts";

/** What is kept of a session: what most filters ask for. */
const COLUMNS = [
  "ts",
  "id.orig_h",
  "id.orig_p",
  "id.resp_h",
  "id.resp_p",
  "proto",
  "service",
  "duration",
  "orig_bytes",
  "resp_bytes",
  "conn_state",
];
/** Sessions that are kept apart, each with some 120 octets of memory. */
const MOST_APART = 600_000;
/** Machines of an estate up to which their list is compared with, which is quicker than a join. */
const MOST_LISTED = 64;

/** Sessions between the estate and all others as a source of rows under the name `r`, with `to_estate`; and what reads it. */
export interface EstateSource {
  readonly from: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly read: Case["store"]["rows"];
}

/**
 * The sessions between the estate and all others. Where they are few beside the rest they are kept apart, so that the volume that a
 * filter leaves is added up over them only.
 */
export class EstateSessions {
  readonly #source: Case;
  /** The last table that was made, by what it was made of; false where there were too many. */
  readonly #apart = new Kept<boolean>(1);
  /** What the table that is ready was made of. */
  #ready: string | null = null;

  constructor(source: Case) {
    this.#source = source;
  }

  /** @param state Another one when sessions or estate are others. */
  async prepare(state: string): Promise<void> {
    const isApart = await this.#apart.get(state, () => this.#keepApart());
    this.#ready = isApart ? state : null;
  }

  /** Forgets the estate. */
  clear(): void {
    this.#ready = null;
    this.#apart.clear();
  }

  /** Where to read the sessions that a condition leaves. */
  async of(condition: Condition, state: string): Promise<EstateSource> {
    const { store } = this.#source;
    const columns = [...condition.where.matchAll(/\br\.(?:"((?:[^"]|"")*)"|(\w+))/g)].map(
      ([, quoted, plain]) => quoted ?? plain!,
    );
    if (this.#ready === state && columns.every((name) => COLUMNS.includes(name)))
      return {
        from: `(SELECT * FROM temp.estate_sessions AS r WHERE ${condition.where})`,
        parameters: condition.parameters,
        read: (sql, parameters) => store.rowsApart("sessions", sql, parameters),
      };
    const { from, parameters } = await this.#sides("r.ts, r.orig_bytes, r.resp_bytes", condition.where);
    return {
      from,
      parameters: { ...condition.parameters, ...parameters },
      read: (sql, all) => store.rows(sql, all),
    };
  }

  async #keepApart(): Promise<boolean> {
    const { store } = this.#source;
    const { from, parameters } = await this.#sides(
      COLUMNS.map((name) => `r.${quoteIdentifier(name)}`).join(", "),
      "true",
    );
    const [counted] = await store.rows(`SELECT count(*) AS n FROM ${from}`, parameters);
    if (Number(counted?.["n"] ?? 0) > MOST_APART) return false;
    await store.rowsApart("sessions", `CREATE OR REPLACE TEMP TABLE estate_sessions AS FROM ${from}`, parameters);
    return true;
  }

  async #sides(columns: string, where: string): Promise<{ from: string; parameters: Record<string, string> }> {
    const estate = await this.#source.store.rows(
      `SELECT DISTINCT address FROM assets WHERE in_estate LIMIT ${MOST_LISTED + 1}`,
    );
    const isListed = estate.length <= MOST_LISTED;
    const isIn = (cell: string) =>
      isListed
        ? `list_contains(CAST($estate::JSON AS VARCHAR[]), ${cell})`
        : `${cell} IN (SELECT address FROM assets WHERE in_estate)`;
    const from = `(SELECT * EXCLUDE (from_estate) FROM (
        SELECT ${columns}, ${isIn('r."id.resp_h"')} AS to_estate, ${isIn('r."id.orig_h"')} AS from_estate
        FROM conn AS r WHERE ${where} AND (${isIn('r."id.resp_h"')} OR ${isIn('r."id.orig_h"')}))
      WHERE to_estate <> from_estate)`;
    return {
      from,
      parameters: isListed ? { estate: JSON.stringify(estate.map((row) => rowText(row["address"]))) } : {},
    };
  }
}
