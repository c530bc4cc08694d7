import type { Case } from "../../case/case.ts";
import type { Matches, Narrowing } from "../../contracts/window.ts";
import type { Story } from "../../contracts/story.ts";
import { quoteIdentifier } from "../../records/duckdb-schema.ts";
import { rowText } from "../../records/row-text.ts";
import { storyOf } from "../story-of.ts";
import { Kept } from "./kept.ts";
import { filterTables, numberedApart } from "./narrowing.ts";

interface Seen {
  readonly tsFirst: string;
  readonly tsLast: string;
  readonly records: readonly string[];
}

/**
 * Finds what a narrowing leaves of a story. The records of the sessions behind findings and acts are few beside all others: they are
 * picked out once, and every filter then looks only there.
 */
export class Matcher {
  readonly #source: Case;
  /** Only the last: picking anew replaces the tables. */
  readonly #picked = new Kept<ReadonlyMap<string, string>>(1);
  /** Of the story that was asked about last, which is told by its parts. */
  #sessions: { readonly of: readonly [Story["coverage"], Story["ledger"]]; readonly uids: string } | null = null;

  constructor(source: Case) {
    this.#source = source;
  }

  /** Findings and acts in the time range with a record whose session has a record that the filter fits. */
  async matches(narrowing: Narrowing): Promise<Matches> {
    const story = await storyOf(this.#source);
    const findings = inTime(story.findings, narrowing);
    const acts = inTime(story.ledger?.acts ?? [], narrowing);
    const isLeft = narrowing.filter.trim() === "" ? () => true : await this.#fitting(story, narrowing.filter);
    return {
      findings: findings.filter(isLeft).map(({ id }) => id),
      acts: acts.filter(isLeft).flatMap(({ records: [first] }) => first ?? []),
    };
  }

  /** Makes ready what the first filter needs. */
  async prepare(): Promise<void> {
    await this.#pick(await storyOf(this.#source));
  }

  /** @throws BacktrailError `filter` */
  async #fitting(story: Story, filter: string): Promise<(seen: Seen) => boolean> {
    const wanted = await filterTables(this.#source, filter);
    const picked = await this.#pick(story);
    const { parts, parameters } = numberedApart(
      wanted.filter(({ table }) => picked.has(table)),
      ({ table, where }) => `SELECT r.uid FROM ${picked.get(table)!} AS r WHERE ${where}`,
    );
    if (parts.length === 0) return () => false;
    const rows = await this.#source.store.rowsApart("findings", parts.join(" UNION "), parameters);
    const left = new Set(rows.map((row) => rowText(row["uid"])));
    return ({ records }) => uidsOf(records).some((uid) => left.has(uid));
  }

  /** Names of the tables that hold the records of the story's sessions, by record table; those without any are left out. */
  async #pick(story: Story): Promise<ReadonlyMap<string, string>> {
    // A recording adds records meanwhile.
    const uids = this.#sessionsOf(story);
    return this.#picked.get(`${this.#source.store.version} ${uids}`, () => this.#pickAll(uids));
  }

  /** Uids of the sessions behind a story, as JSON. */
  #sessionsOf({ coverage, findings, ledger }: Story): string {
    // A verdict makes another list of the same findings.
    if (this.#sessions?.of[0] === coverage && this.#sessions.of[1] === ledger) return this.#sessions.uids;
    const seen: readonly Seen[] = [...findings, ...(ledger?.acts ?? [])];
    const uids = JSON.stringify([...new Set(seen.flatMap(({ records }) => uidsOf(records)))]);
    this.#sessions = { of: [coverage, ledger], uids };
    return uids;
  }

  async #pickAll(uids: string): Promise<ReadonlyMap<string, string>> {
    const { store } = this.#source;
    await store.rowsApart(
      "findings",
      "CREATE OR REPLACE TEMP TABLE picked_sessions AS SELECT unnest(CAST($uids::JSON AS VARCHAR[])) AS uid",
      { uids },
    );
    const filled = await store.filledTables();
    const tables = new Map<string, string>();
    for (const { name } of store.types) {
      if (!filled.has(name)) continue;
      const of = `temp.${quoteIdentifier(`picked_${name}`)}`;
      const [made] = await store.rowsApart(
        "findings",
        // By the numbers of the rows: else every column of every record would be read.
        `CREATE OR REPLACE TEMP TABLE ${quoteIdentifier(`picked_${name}`)} AS SELECT * FROM ${quoteIdentifier(name)}
         WHERE rowid IN (SELECT rowid FROM ${quoteIdentifier(name)} WHERE uid IN (FROM picked_sessions))`,
      );
      if (Number(made?.["Count"] ?? 0) > 0) tables.set(name, of);
    }
    return tables;
  }
}

function inTime<T extends Seen>(seen: readonly T[], { from, to }: Narrowing): readonly T[] {
  if (from === null && to === null) return seen;
  return seen.filter(
    ({ tsFirst, tsLast }) =>
      (from === null || BigInt(tsLast) >= BigInt(from)) && (to === null || BigInt(tsFirst) <= BigInt(to)),
  );
}

/** By the lists of records of a story that was read: thousands of findings name the same ones again with each filter. */
const knownUids = new WeakMap<readonly string[], readonly string[]>();

function uidsOf(records: readonly string[]): readonly string[] {
  const known = knownUids.get(records);
  if (known !== undefined) return known;
  const uids = [...new Set(records.map((rid) => rid.slice(0, rid.lastIndexOf("."))))];
  knownUids.set(records, uids);
  return uids;
}
