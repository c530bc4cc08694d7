import { readFileSync, writeFileSync } from "node:fs";
import { agreement } from "../zeek-compare.ts";
import type { ComparedLog } from "./compare-run.ts";
import { isOfOlderZeek } from "./scope.ts";

const FILE = new URL("../../docs/conformance.md", import.meta.url);
const BEGIN = "<!-- generated: begin -->";
const END = "<!-- generated: end -->";
/** Fields shown of one log. */
const MOST_FIELDS = 6;

/** Sums over all baselines of one log. */
interface LogSums {
  logs: number;
  cells: number;
  equal: number;
  /** The same without the logs of an older Zeek. */
  currentCells: number;
  currentEqual: number;
  matched: number;
  missing: number;
  extra: number;
  readonly fields: Map<string, FieldSums>;
}

interface FieldSums {
  compared: number;
  equal: number;
  readonly examples: string[];
}

/** The tables as Markdown: each log, its worst fields with an example, and what was left out and why. */
export function pageOf(
  compared: readonly ComparedLog[],
  left: ReadonlyMap<string, ReadonlyMap<string, number>>,
): string {
  const sums = sumsOf(compared);
  const lines = [
    `\`npm run conformance -- --write\`, ${new Date().toISOString().slice(0, 10)}; ${compared.length} logs.`,
    "",
    "| log | logs | cells compared | equal | % | % without Zeek 3 | rows matched | only Zeek | only here |",
    "|---|---|---|---|---|---|---|---|---|",
  ];
  for (const [log, sum] of sums) {
    const { logs, cells, equal, matched, missing, extra } = sum;
    const both = `${percent(equal, cells)} | ${percent(sum.currentEqual, sum.currentCells)}`;
    lines.push(`| ${log} | ${logs} | ${cells} | ${equal} | ${both} | ${matched} | ${missing} | ${extra} |`);
  }
  lines.push(
    "",
    "### Fields that differ most",
    "",
    "| log | field | compared | differ | % equal | for example |",
    "|---|---|---|---|---|---|",
  );
  for (const [log, { fields }] of sums) {
    const worst = [...fields]
      .map(([field, sum]) => ({ field, ...sum, differ: sum.compared - sum.equal }))
      .filter(({ differ }) => differ > 0)
      .sort((a, b) => b.differ - a.differ)
      .slice(0, MOST_FIELDS);
    for (const { field, compared: all, equal, differ, examples } of worst)
      lines.push(`| ${log} | ${field} | ${all} | ${differ} | ${percent(equal, all)} | ${examples[0] ?? ""} |`);
  }
  lines.push("", "### Oddities that only Zeek tells", "", ...onlyZeeksOddities(compared));
  lines.push("", "### Left out", "", "| why | logs |", "|---|---|");
  for (const [why, names] of left) {
    const list = [...names].sort().map(([name, count]) => (count === 1 ? name : `${name} (${count})`));
    lines.push(`| ${why} | ${list.join(", ")} |`);
  }
  return `${lines.join("\n")}\n`;
}

/** Rows of Zeek's `weird` that have no fellow here, by name: they count as differing, whether the name is known here or not. */
function onlyZeeksOddities(compared: readonly ComparedLog[]): string[] {
  const rows = new Map<string, string[]>();
  for (const { baseline, trace, comparison } of compared) {
    if (baseline.log.name !== "weird") continue;
    for (const { name = "-" } of comparison.missing) {
      const captures = rows.get(name) ?? [];
      captures.push(trace.split("/").pop()!);
      rows.set(name, captures);
    }
  }
  if (rows.size === 0) return ["None in the logs that are compared."];
  const lines = [...rows].sort().map(([name, captures]) => `| ${name} | ${captures.length} | ${captures[0]!} |`);
  return ["| name | rows | for example in |", "|---|---|---|", ...lines];
}

/** Puts the tables between the page's markers. */
export function writePage(tables: string): void {
  const page = readFileSync(FILE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/conformance.md lacks the markers ${BEGIN} and ${END}`);
  writeFileSync(FILE, `${page.slice(0, begin + BEGIN.length)}\n\n${tables}\n${page.slice(end)}`);
}

/** Equal cells and cells there are, by log, of all logs and of those of the Zeek of today; rows of one side count with all their cells. */
export function agreementByLog(
  compared: readonly ComparedLog[],
): Map<string, Pick<LogSums, "equal" | "cells" | "currentEqual" | "currentCells">> {
  return sumsOf(compared);
}

function sumsOf(compared: readonly ComparedLog[]): Map<string, LogSums> {
  const sums = new Map<string, LogSums>();
  for (const { baseline, trace, comparison } of compared) {
    const { name } = baseline.log;
    let sum = sums.get(name);
    if (sum === undefined) {
      const none = { logs: 0, cells: 0, equal: 0, currentCells: 0, currentEqual: 0, matched: 0, missing: 0, extra: 0 };
      sum = { ...none, fields: new Map() };
      sums.set(name, sum);
    }
    const { equal, cells } = agreement(comparison);
    sum.logs++;
    sum.equal += equal;
    sum.cells += cells;
    if (!isOfOlderZeek(baseline)) {
      sum.currentEqual += equal;
      sum.currentCells += cells;
    }
    sum.matched += comparison.matched;
    sum.missing += comparison.missing.length;
    sum.extra += comparison.extra.length;
    for (const [field, { compared: all, equal: same, examples }] of comparison.fields) {
      let fieldSum = sum.fields.get(field);
      if (fieldSum === undefined) sum.fields.set(field, (fieldSum = { compared: 0, equal: 0, examples: [] }));
      fieldSum.compared += all;
      fieldSum.equal += same;
      const example = examples[0];
      if (example !== undefined)
        fieldSum.examples.push(`${trace.split("/").pop()}: ${shown(example.ours)}, Zeek ${shown(example.theirs)}`);
    }
  }
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function percent(equal: number, all: number): string {
  return all === 0 ? "" : ((100 * equal) / all).toFixed(2);
}

function shown(cell: string): string {
  const short = cell.length > 40 ? `${cell.slice(0, 40)}…` : cell;
  return `\`${short.replaceAll("|", "\\|").replaceAll("`", "'")}\``;
}
