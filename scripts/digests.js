// Prints digests of what captures give: of all records, of the findings and the story, and of the report as HTML and PDF. To compare releases of Node,
// numbers of workers and sizes of chunks. Usage: node scripts/digests.js FILE ... [--workers N] [--chunk OCTETS] [--early] [--report]
// A report also says when, by whom and as which case it was made: clock and case number stand still here.
import crypto, { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: "string" },
    chunk: { type: "string" },
    // looks for findings while captures are read, as the terminal and the window do
    early: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
  },
});
holdStill(Date.UTC(2026, 0, 1));
const { analyzeIntoCase } = await import("../dist/core/engine/analyze-into-case.js");
const { RECORD_TYPES } = await import("../dist/core/engine/record-types.js");
const { openWorkspace, withCase } = await import("../dist/core/engine/workspace.js");
const { writeReport } = await import("../dist/core/engine/write-report.js");

const folder = mkdtempSync(join(tmpdir(), "backtrail-digests-"));
try {
  const target = join(folder, "digests.case");
  const said = { node: process.versions.node, ...(await digestsOf(target)) };
  if (values.report) Object.assign(said, await reportsOf(target));
  process.stdout.write(`${JSON.stringify(said)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** From here on it is one moment, and every random number of a case is the same. */
function holdStill(now) {
  globalThis.Date = class extends Date {
    constructor(...of) {
      super(...(of.length === 0 ? [now] : of));
    }
    static now() {
      return now;
    }
  };
  crypto.randomUUID = () => "00000000-0000-4000-8000-000000000000";
  syncBuiltinESMExports();
}

async function digestsOf(target) {
  const { story } = await analyzeIntoCase({
    captures: positionals.map((path) => resolve(path)),
    folder: target,
    ...(values.early ? { early: { leastUnreadOctets: 0 } } : {}),
    ...(values.workers === undefined ? {} : { workers: Number(values.workers) }),
    ...(values.chunk === undefined ? {} : { chunkOctets: Number(values.chunk) }),
  });
  const records = await withCase(target, async ({ store }) => {
    const hash = createHash("sha256");
    for (const { name } of RECORD_TYPES) {
      hash.update(name);
      const rows = await store.rows(`SELECT * EXCLUDE (ingest) FROM "${name}" ORDER BY ts, uid, n`);
      for (const row of rows) hash.update(text(row));
    }
    return hash.digest("hex");
  });
  const { case: _, ...told } = story;
  return { records, findings: sha256(text(story.findings)), story: sha256(text(told)) };
}

async function reportsOf(target) {
  const opened = await openWorkspace(target);
  try {
    const digests = {};
    for (const form of ["html", "pdf"]) {
      const path = join(folder, `report.${form}`);
      await writeReport(opened, path);
      digests[form] = sha256(readFileSync(path));
    }
    return digests;
  } finally {
    opened.close();
  }
}

function text(value) {
  return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? each.toString() : each));
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
