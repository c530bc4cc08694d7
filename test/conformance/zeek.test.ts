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
const GOAL = 98;
/** Logs below it, and the least they agree in; the ledgers say why. */
const LOWER_GOALS: Readonly<Record<string, number>> = {
  // Few rows, one of which quotes a place in Zeek's source.
  analyzer: 97,
  // The one large log is Zeek 3's, which left the fields of AP requests unset.
  kerberos: 87,
};
/** The same without the logs of Zeek 3. */
const LOWER_CURRENT_GOALS: Readonly<Record<string, number>> = { analyzer: 97 };

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
    const inScope = zeekBaselines(corpus).filter((baseline) => {
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

  it("every log agrees in as many percent of its cells as it is to", () => {
    for (const [log, { equal, cells, currentEqual, currentCells }] of agreementByLog(compared)) {
      expect((100 * equal) / cells, log).toBeGreaterThanOrEqual(LOWER_GOALS[log] ?? GOAL);
      if (currentCells === 0) continue;
      expect((100 * currentEqual) / currentCells, log).toBeGreaterThanOrEqual(LOWER_CURRENT_GOALS[log] ?? GOAL);
    }
  });
});
