import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "../core/cli/run.ts";
import { exportModel } from "../core/engine/export-model.ts";
import { reportModel } from "../core/engine/report-model.ts";
import { writeReport } from "../core/engine/write-report.ts";
import { RECORD_TYPES } from "../core/engine/record-types.ts";
import { withCase } from "../core/engine/workspace.ts";
import { REPORT_FORMS } from "../core/report/forms.ts";
import type { ReportModel } from "../core/report/model.ts";
import { reportHtml } from "../core/report/report-html.ts";
import { FULL_TEMPLATE } from "../core/report/templates.ts";
import { checkExport } from "./export-rules.ts";
import { ATTACKS, writeHostileCapture } from "./hostile-capture.ts";
import { writeHostileRows } from "./hostile-rows.ts";
import { HAS_WINDOW, visitEveryView } from "./hostile-window.ts";
import { BACKTRAIL, scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
const folder = join(scratch.path, "hostile.case");
/** The report in every form, made from one model. */
const texts = new Map<string, string>();
let report: ReportModel;
let browser: Browser | null = null;
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** What may not reach a terminal: controls other than line feed, direction changes, what cannot be seen. */
const UNSAFE =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

/** A command run here: one start of the built program, in `beforeAll`, is enough. */
async function backtrail(...args: string[]): Promise<string> {
  let [stdout, stderr] = ["", ""];
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => ((stdout += String(text)), true)),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => ((stderr += String(text)), true)),
  ];
  try {
    expect(await run(args), args.join(" ")).toBeUndefined();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  expectSafe(stderr, args);
  return stdout;
}

function expectSafe(text: string, args: readonly string[]): void {
  const at = text.search(UNSAFE);
  const context = JSON.stringify(text.slice(Math.max(0, at - 60), at + 20));
  expect(at, `${args.join(" ")}: U+${text.charCodeAt(at).toString(16)} in ${context}`).toBe(-1);
}

async function safely(...args: string[]): Promise<string> {
  const text = await backtrail(...args);
  expectSafe(text, args);
  return text;
}

beforeAll(async () => {
  const capture = join(scratch.path, "hostile.pcapng");
  await writeHostileCapture(capture);
  const { stdout: story, stderr } = await promisify(execFile)(
    process.execPath,
    [BACKTRAIL, "analyze", capture, "--case", folder, "--no-report"],
    { maxBuffer: 1 << 28 },
  );
  for (const text of [story, stderr]) expectSafe(text, ["analyze"]);
  expect(story).toContain("VERDICT");
  await withCase(folder, async (source) => {
    report = await reportModel(source);
    for (const form of REPORT_FORMS) {
      const model = await exportModel(source, report, form.holds === "sessions" ? { sessions: true } : {});
      const pieces: Buffer[] = [];
      for await (const piece of form.write(model, { template: FULL_TEMPLATE, paper: "a4" }))
        pieces.push(Buffer.from(piece));
      texts.set(form.format, Buffer.concat(pieces).toString(form.format.endsWith("-png") ? "latin1" : "utf8"));
    }
  });
});
afterAll(async () => {
  await browser?.close();
  scratch.remove();
});

describe("a capture whose every text is an attack", () => {
  it("brings its texts into the records and into findings", async () => {
    await withCase(folder, async ({ store }) => {
      const like = (table: string, column: string, text: string) =>
        store.rows(`SELECT 1 FROM "${table}" WHERE contains("${column}", $text) LIMIT 1`, { text });
      const { script, terminal, database } = ATTACKS as Record<string, string>;
      expect(await like("smb_files", "name", script!)).toHaveLength(1);
      expect(await like("smb_files", "name", terminal!)).toHaveLength(1);
      expect(await like("ntlm", "username", database!)).toHaveLength(1);
      expect(await like("http", "user_agent", script!)).toHaveLength(1);
      expect(await like("ssl", "server_name", "<script>")).toHaveLength(1);
      expect(await like("dns", "query", "<script>")).toHaveLength(1);
      expect(await like("ssh", "client", "<script>")).toHaveLength(1);
      expect(await like("dce_rpc", "command", script!)).toHaveLength(1);
      expect(await like("findings", "explanation", "<script>")).toHaveLength(1);
    });
  });

  it("steers no terminal", async () => {
    await safely("story", "--case", folder);
    await safely("findings", "--case", folder);
    await safely("scope", "--case", folder);
    for (const command of ["story", "findings"]) JSON.parse(await safely(command, "--case", folder, "--json"));
    await safely("query", "--case", folder, "SELECT * FROM smb_files");
    for (const line of (await safely("query", "--case", folder, "id.resp_p > 0", "--json")).trim().split("\n"))
      JSON.parse(line);
    await safely("query", "--case", folder, "id.resp_p > 0", "--limit", "40");
    const uids = await backtrail("query", "--case", folder, "SELECT DISTINCT uid FROM http LIMIT 2", "--json");
    const { uid } = JSON.parse(uids.split("\n")[0]!) as { uid: string };
    await safely("stream", "--case", folder, uid);
    await safely("verify", "--case", folder);
  });

  it("breaks no log, of no record type", async () => {
    const rows = join(scratch.path, "rows.case");
    await writeHostileRows(rows);
    for (const line of (await safely("query", "--case", rows, "id.resp_p > 0", "--json")).trim().split("\n"))
      JSON.parse(line);
    await safely("query", "--case", rows, "id.resp_p > 0", "--limit", "4000");
    const all = ["zeek-tsv", "zeek-json", "ndjson", "csv"].map((format) => [format, folder] as const);
    for (const [format, source] of [...all, ["zeek-tsv", rows] as const, ["csv", rows] as const]) {
      const out = join(scratch.path, `${format}-${source === rows ? "rows" : "capture"}`);
      await safely("logs", "--case", source, "--out", out, "--format", format);
      if (source === rows) expect(readdirSync(out)).toHaveLength(RECORD_TYPES.length);
      for (const name of readdirSync(out)) {
        const text = readFileSync(join(out, name), "utf8");
        if (format === "csv") for (const cells of csvRecords(text)) cells.forEach(expectHarmlessCell);
        else {
          expectSafe(format === "zeek-tsv" ? text.replaceAll("\t", "") : text, [format, name]);
          const lines = text.split("\n");
          if (format === "zeek-tsv") expectColumns(lines);
          else for (const line of lines.slice(0, -1)) JSON.parse(line);
        }
      }
    }
  });

  it("leaves database and journal whole", async () => {
    await withCase(folder, async ({ store }) => {
      for (const { name } of RECORD_TYPES) await store.rows(`SELECT count(*) FROM "${name}"`);
      const [row] = await store.rows("SELECT count(*) AS n FROM conn");
      expect(Number(row!["n"])).toBeGreaterThan(100);
    });
    const lines = readFileSync(join(folder, "journal.jsonl"), "utf8").trim().split("\n");
    for (const line of lines) JSON.parse(line);
  });

  it("gets no foot into any export", async () => {
    for (const { format } of REPORT_FORMS) checkExport(format, texts.get(format)!);
    const out = join(scratch.path, "report.csv");
    expect(await safely("report", "--case", folder, "--out", out)).toContain("SHA-256");
    expect(readFileSync(out, "utf8")).toBe(texts.get("csv"));
    await withCase(folder, async (opened) => {
      for (const taken of [join(scratch.path, "hostile.pcapng"), join(folder, "journal.jsonl")])
        await expect(writeReport(opened, taken, { format: "csv" })).rejects.toThrow(/give another name/);
    });
    const lines = readFileSync(join(folder, "journal.jsonl"), "utf8").trim().split("\n");
    const written = lines.map((line) => JSON.parse(line) as { action: string; sha256: string; object: string });
    const reports = written.filter(({ action }) => action === "report-written");
    expect(reports.map(({ object }) => object)).toEqual([out]);
    expect(createHash("sha256").update(readFileSync(out)).digest("hex")).toBe(reports[0]!.sha256);
  });

  it("gets no foot into the report", async (context) => {
    const page = join(scratch.path, "report.html");
    const [html, json, csv] = ["html", "json", "csv"].map((format) => texts.get(format)!) as [string, string, string];
    JSON.parse(json);
    for (const cells of csvRecords(csv)) cells.forEach(expectHarmlessCell);
    expect(html).toContain("&lt;script&gt;");
    expect(html).not.toContain("<script>document");
    expectSafe(html.replaceAll("\t", ""), [page]);
    expectSafe(json, ["report.json"]);
    if (CHROMIUM === undefined) {
      context.skip("Chromium is not installed");
      return;
    }
    const plain = join(scratch.path, "plain.html");
    writeFileSync(
      plain,
      reportHtml(withoutMarkup(await withCase(folder, (source) => reportModel(source))), FULL_TEMPLATE),
    );
    writeFileSync(page, html);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    const [harmless, hostile] = await Promise.all([opened(browser, plain), opened(browser, page)]);
    expect(hostile.requests).toEqual([pathToFileURL(page).href]);
    expect(hostile.messages).toEqual([]);
    expect(hostile.title).not.toBe("owned");
    // The page is made of what it is made of when no text has a character of markup.
    expect(hostile.kinds).toEqual(harmless.kinds);
    expect(hostile.links.filter((link) => !/^(#|https:\/\/attack\.mitre\.org\/)/.test(link))).toEqual([]);
  });

  it("gets no foot into any view of the window, and is marked there", async (context) => {
    if (browser === null || !HAS_WINDOW) {
      context.skip("Chromium is not installed, or the window is not built");
      return;
    }
    const { visits, complaints, escapes } = await visitEveryView(browser, folder);
    expect(complaints).toEqual([]);
    expect(escapes).toBeGreaterThan(0);
    for (const { where, shown, foreign } of visits) {
      expect(foreign, where).toEqual([]);
      expectSafe(shown.replaceAll(/[\t\r]/g, ""), [where]);
      expect(shown.length, where).toBeLessThan(2_000_000);
    }
  });
});

/** The same with a letter in place of each character that means something to a page, in all it says. */
function withoutMarkup<T>(value: T): T {
  const plain = (_: string, item: unknown) => (typeof item === "string" ? item.replaceAll(/[<>"'&`=]/g, "x") : item);
  return JSON.parse(JSON.stringify(value, plain)) as T;
}

/** What a browser makes of a page. */
async function opened(browser: Browser, path: string) {
  const tab = await browser.newPage();
  const requests: string[] = [];
  const messages: string[] = [];
  tab.on("request", (request) => requests.push(request.url()));
  tab.on("console", (message) => messages.push(message.text()));
  tab.on("pageerror", (error) => messages.push(error.message));
  tab.on("dialog", (dialog) => {
    messages.push(dialog.message());
    void dialog.dismiss();
  });
  await tab.goto(pathToFileURL(path).href);
  const read = (expression: string) => tab.evaluate<string[]>(expression);
  const kinds = await read(
    `[...new Set([...document.querySelectorAll("*")].flatMap((e) => [e.localName, ...[...e.attributes].map((a) => e.localName + "@" + a.name)]))].sort()`,
  );
  const links = await read(
    `[...document.querySelectorAll("[href], [src]")].map((e) => e.getAttribute("href") ?? e.getAttribute("src"))`,
  );
  return { requests, messages, title: await tab.title(), kinds, links };
}

/** Records of a CSV file (RFC 4180). */
function csvRecords(text: string): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|$)/y;
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (found === null) throw new Error("no CSV");
    const [, value, end] = found;
    cells.push(value!.startsWith('"') ? value!.slice(1, -1).replaceAll('""', '"') : value!);
    if (end === ",") continue;
    records.push(cells);
    cells = [];
  }
  expect(new Set(records.map(({ length }) => length)).size).toBeLessThanOrEqual(1);
  return records;
}

function expectHarmlessCell(cell: string): void {
  if (/^-?\d+(\.\d+)?$/.test(cell)) return;
  // there are tens of thousands
  if (/^[=+\-@\t\r]/.test(cell) || UNSAFE.test(cell.replaceAll(/[\t\r\n]/g, "")))
    expect.fail(`a cell is ${JSON.stringify(cell)}`);
}

/** Every line has a cell for each field. */
function expectColumns(lines: readonly string[]): void {
  const columns = lines.find((line) => line.startsWith("#fields"))!.split("\t").length - 1;
  for (const line of lines.slice(0, -1))
    if (!line.startsWith("#") && line.split("\t").length !== columns) expect.fail(line.slice(0, 200));
}
