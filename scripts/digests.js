// Prints digests of what a capture gives: of all records, of the findings, and of the report of a case. To compare releases of Node, numbers of
// workers and sizes of chunks. Usage: node scripts/digests.js FILE [--workers N] [--chunk OCTETS] [--report CASE]
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { analyzeIntoCase } from "../dist/core/engine/analyze-into-case.js";
import { RECORD_TYPES } from "../dist/core/engine/record-types.js";
import { openWorkspace, withCase } from "../dist/core/engine/workspace.js";
import { writeReport } from "../dist/core/engine/write-report.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: "string" }, chunk: { type: "string" }, report: { type: "string" } },
});
const folder = mkdtempSync(join(tmpdir(), "backtrail-digests-"));
try {
  const said = { node: process.versions.node, ...(await digestsOf(join(folder, "digests.case"))) };
  if (values.report !== undefined) said.report = await reportOf(values.report);
  process.stdout.write(`${JSON.stringify(said)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function digestsOf(target) {
  const { story } = await analyzeIntoCase({
    captures: positionals,
    folder: target,
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

/** Of the report of a case that is there already: its journal decides, too, what it says. */
async function reportOf(path) {
  const copy = join(folder, "report.case");
  cpSync(path, copy, { recursive: true });
  const opened = await openWorkspace(copy);
  try {
    const target = join(folder, "report.html");
    await writeReport(opened, target);
    return sha256(readFileSync(target));
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
