import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { corpusDir } from "../corpus.ts";
import { zeekBaselines } from "../zeek-baseline.ts";
import type { ZeekBaseline } from "../zeek-baseline.ts";
import type { ComparedLog } from "./compare-run.ts";
import { compareAll, isOfAnotherCapture } from "./compare-run.ts";
import { differencesOf, readLedgers, UNEXPLAINED, writeLedgers } from "./ledger.ts";
import { agreementByLog, pageOf, writePage } from "./page.ts";
import { scopeOf } from "./scope.ts";

/** Least agreement of a log's cells, in percent. */
const GOALS: Readonly<Record<string, number>> = {
  conn: 97,
  dns: 95,
  http: 95,
  ssl: 95,
  dce_rpc: 95,
  // The one large trace is of a session with four channels, where Zeek leaves out what it does not know there.
  smb_files: 92,
  smb_mapping: 95,
};

const corpus = corpusDir();
/** `scripts/conformance.js` sets these: where to put the tables, and whether to renew the ledgers ("ledgers"), or the page too ("all"). */
const tablesFile = process.env["CONFORMANCE_TABLES"];
const renewed = process.env["CONFORMANCE_WRITE"] ?? "";

describe.skipIf(corpus === null)("agrees with the logs that Zeek wrote (skipped without the corpus)", () => {
  let compared: ComparedLog[] = [];

  beforeAll(async () => {
    const left = new Map<string, Map<string, number>>();
    const leave = (why: string, { log }: ZeekBaseline): void => {
      const names = left.get(why) ?? new Map<string, number>();
      left.set(why, names.set(log.name, (names.get(log.name) ?? 0) + 1));
    };
    const inScope = zeekBaselines(corpus!).filter((baseline) => {
      const scope = scopeOf(baseline);
      if (!scope.isCompared) leave(scope.why, baseline);
      return scope.isCompared;
    });
    compared = (await compareAll(corpus!, inScope)).filter((log) => {
      if (isOfAnotherCapture(log))
        leave("the test runs several captures, and this log is of another one", log.baseline);
      return !isOfAnotherCapture(log);
    });
    const tables = pageOf(compared, left);
    if (tablesFile !== undefined) writeFileSync(tablesFile, tables);
    if (renewed !== "") writeLedgers(readLedgers(), compared);
    if (renewed === "all") writePage(tables);
  }, 600_000);

  it("differs where the ledgers say and nowhere else", () => {
    const known = [...readLedgers()].map(([table, { differences }]) => [
      table,
      differences.map(({ trace, log, field, count }) => ({ trace, log, field, count })),
    ]);
    expect(Object.fromEntries(differencesOf(compared))).toEqual(Object.fromEntries(known));
  });

  it("has a reason for every difference", () => {
    for (const [table, { reasons, differences }] of readLedgers()) {
      const without = differences.filter(({ reason }) => reason === UNEXPLAINED || !(reason in reasons));
      expect(without, table).toEqual([]);
      const used = new Set(differences.map(({ reason }) => reason));
      expect(
        Object.keys(reasons).filter((reason) => !used.has(reason)),
        table,
      ).toEqual([]);
    }
  });

  it.each(Object.entries(GOALS))("%s agrees in at least %d percent of the cells", (log, goal) => {
    const { equal, cells } = agreementByLog(compared).get(log)!;
    expect((100 * equal) / cells).toBeGreaterThanOrEqual(goal);
  });
});
