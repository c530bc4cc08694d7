import { readFileSync, writeFileSync } from "node:fs";
import type { Agreement } from "./compare.ts";
import { AGREED_FIELDS } from "./index.ts";
import { readLedger } from "./ledger.ts";

const FILE = new URL("../../docs/agreement.md", import.meta.url);
const BEGIN = "<!-- generated: begin -->";
const END = "<!-- generated: end -->";

/** Puts the table of fields and the reasons of the differences into the page. */
export function writePage(found: ReadonlyMap<string, readonly Agreement[]>): void {
  const lines = [
    `\`npm run agreement -- --write\`, ${new Date().toISOString().slice(0, 10)}; ${found.size} captures.`,
    "",
    "| what | tshark's field | our table | captures | equal | only tshark | only here | % |",
    "|---|---|---|---|---|---|---|---|",
  ];
  for (const { name, tshark, table } of AGREED_FIELDS) {
    const all = [...found.values()].flat().filter(({ field }) => field === name);
    const equal = all.reduce((sum, each) => sum + each.equal, 0);
    const missing = all.reduce((sum, each) => sum + each.missing.length, 0);
    const extra = all.reduce((sum, each) => sum + each.extra.length, 0);
    const total = equal + missing + extra;
    const percent = total === 0 ? "" : ((100 * equal) / total).toFixed(2);
    const fields = tshark.map((field) => `\`${field}\``).join(", ");
    lines.push(`| ${name} | ${fields} | ${table} | ${all.length} | ${equal} | ${missing} | ${extra} | ${percent} |`);
  }
  const { reasons, differences } = readLedger();
  lines.push("", "### Why they differ", "", "| why | values | captures |", "|---|---|---|");
  for (const [key, text] of Object.entries(reasons)) {
    const of = differences.filter(({ reason }) => reason === key);
    const values = of.reduce((sum, { missing, extra }) => sum + missing + extra, 0);
    lines.push(`| ${text} | ${values} | ${new Set(of.map(({ capture }) => capture)).size} |`);
  }
  const page = readFileSync(FILE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/agreement.md lacks the markers ${BEGIN} and ${END}`);
  writeFileSync(FILE, `${page.slice(0, begin + BEGIN.length)}\n\n${lines.join("\n")}\n\n${page.slice(end)}`);
}
