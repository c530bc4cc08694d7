import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { recordType } from "../records/record-type.ts";
import { openCase } from "./case.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const conn = recordType({
  name: "conn",
  text: "A connection",
  version: 1,
  layout: "connection",
  columns: { note: { kind: "string", text: "a" } },
});
const OPTIONS = { types: [conn], tool: { name: "backtrail", version: "1" }, actor: "test" } as const;

/** Rows of one run; more than one row group, so that DuckDB writes before the end. */
const ROWS = 130_000;

/** Analyses run after run into a case, making it first if need be, and says each step. */
const CHILD = `
import { createCase, openCase } from "../core/case/case.js";
import { TableBuilder } from "../core/records/table-chunk.js";
import { existsSync } from "node:fs";
const [folder] = process.argv.slice(2);
const conn = ${JSON.stringify(conn)};
const options = { types: [conn], tool: { name: "backtrail", version: "1" }, actor: "test" };
const say = (step) => process.stdout.write(step + "\\n");
const opened = existsSync(folder + "/case.json") ? await openCase(folder, options) : await createCase(folder, options);
say("open");
for (;;) {
  const number = opened.ledger.nextNumber();
  await opened.beginAnalysis([{ number, path: "/evidence/" + number }]);
  say("begun");
  const builder = new TableBuilder(conn);
  for (let i = 0; i < ${ROWS}; i++) {
    const ref = { ts: BigInt(i), capture: number, frame: i + 1 };
    builder.append({ uid: "C" + number, origH: "10.0.0.1", origP: 1, respH: "10.0.0.2", respP: 2 }, i, { note: "note " + i }, ref, ref);
    if (builder.rows === 16384) { opened.store.append(builder.take()); say("rows"); }
    if (i === 100_000 && number % 2 === 0) { await opened.store.commit(); say("committed"); }
  }
  opened.store.append(builder.take());
  opened.indexWriter.append({
    firstOrdinal: 0, count: 1, capture: Uint16Array.of(number), frame: Uint32Array.of(1), ts: BigInt64Array.of(0n), capLen: Uint32Array.of(60),
    wireLen: Uint32Array.of(60), linkType: Uint16Array.of(1), iface: Uint16Array.of(0), fileOffset: Float64Array.of(40),
  }, Float64Array.of(0));
  say("finishing");
  await opened.finishAnalysis([{ number, path: "/evidence/" + number, relativePath: "", octets: 1, modified: "1", sha256: "00", format: "pcap", packets: 1,
    tsFirst: null, tsLast: null, damage: [], interfaces: [], comments: [], added: "2026-01-01T00:00:00.000Z" }]);
  say("finished");
}
`;

let folder: string;
let build: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-kill-"));
  // Beside what is built, which it starts from.
  build = join(ROOT, "dist", `.kill-test-${process.pid}`);
  mkdirSync(build);
  writeFileSync(join(build, "child.mjs"), CHILD);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(build, { recursive: true, force: true });
});

/** Runs the child until it has said \`step\` the n-th time, waits a moment, kills it; resolves when it is gone. */
function runAndKill(path: string, step: string, count: number, afterMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(build, "child.mjs"), path], { stdio: ["ignore", "pipe", "inherit"] });
    let said = 0;
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      said += text.split("\n").filter((line) => line === step).length;
      if (said >= count) setTimeout(() => child.kill("SIGKILL"), afterMs);
    });
    child.on("error", reject);
    child.on("exit", (code, signal) =>
      signal === "SIGKILL" ? resolve() : reject(new Error(`the child ended by itself (${String(code)})`)),
    );
  });
}

it("a case opens after kill -9 at any moment, with whole runs only and an unbroken journal", async () => {
  const path = join(folder, "c");
  const moments: [step: string, count: number, afterMs: number][] = [
    ["open", 1, 0],
    ["begun", 1, 0],
    ["rows", 3, 5],
    ["committed", 1, 30],
    ["finishing", 1, 0],
    ["finishing", 1, 15],
    ["finishing", 2, 40],
    ["finished", 1, 0],
    ["finished", 1, 3],
  ];
  let runs = 0;
  for (const moment of moments) {
    await runAndKill(path, ...moment);
    if (!existsSync(join(path, "case.json"))) continue;
    const opened = await openCase(path, OPTIONS);
    expect(opened.journal.verify()).toMatchObject({ ok: true });
    const ingests = await opened.store.ingests();
    expect(ingests.every(({ state }) => state === "complete")).toBe(true);
    expect(ingests.length).toBeGreaterThanOrEqual(runs);
    runs = ingests.length;
    const rows = await opened.store.rows(
      "SELECT capture, count(*) AS rows, count(DISTINCT n) AS numbers FROM conn GROUP BY capture ORDER BY capture",
    );
    expect(rows).toEqual(ingests.map(({ captures }) => ({ capture: captures[0], rows: ROWS, numbers: ROWS })));
    for (const { captures } of ingests) expect(opened.ledger.get(captures[0]!)).toBeDefined();
    expect(opened.ledger.entries).toHaveLength(ingests.length);
    const index = await opened.packetIndex();
    for (const { captures } of ingests) expect(index.frameCount(captures[0]!)).toBe(1);
    expect(readdirSync(join(path, "index"))).toHaveLength(ingests.length);
    const ends = opened.journal.entries
      .filter(({ action }) => action === "analysis-finished")
      .map(({ detail }) => detail["run"]);
    expect(ends).toEqual(ingests.map(({ id }) => id));
    opened.close();
  }
  expect(runs).toBeGreaterThan(1);
});
