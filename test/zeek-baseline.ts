import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { appendedRunsOf, logsOfRuns } from "./conformance/several-runs.ts";
import { parseZeekJson, parseZeekText, parseZeekValues, type ZeekLog } from "./zeek-log.ts";

/** A log of the corpus that Zeek wrote of one trace. */
export interface ZeekBaseline {
  /** Path of the log file in the corpus. */
  readonly file: string;
  /** Full path of the capture. */
  readonly trace: string;
  readonly log: ZeekLog;
  readonly format: string;
  /** What Zeek ran: stock, load, observe, redef, code; multi: several runs in one file, and which ones is not known. */
  readonly mode: string;
  /** `-C`: packets with wrong checksums were not dropped. */
  readonly ignoresChecksums: boolean;
  /** `-b`: only what the test loads ran, so fewer services are named and fewer logs written. */
  readonly isBare: boolean;
  /** `-f`: a packet filter was set. */
  readonly isFiltered: boolean;
  /** How often the test ran Zeek: with several runs, the log may be of another capture than the manifest says. */
  readonly runs: number;
  /** The test's script or name in Zeek's suite; empty where it is none. */
  readonly test: string;
}

/**
 * Reads all logs of the corpus that can be compared row by row. Types that a cut log lacks are taken from whole logs of
 * the same name.
 */
export function zeekBaselines(corpus: string | null): ZeekBaseline[] {
  const baselines: ZeekBaseline[] = [];
  if (corpus === null) return baselines;
  for (const line of readFileSync(join(corpus, "manifest.tsv"), "utf8").split("\n")) {
    const cells = line.split("\t");
    const label = cells[8];
    if (cells[0] === undefined || label?.startsWith("baseline | ") !== true) continue;
    const baseline = baselineOf(corpus, cells[0], label);
    if (baseline !== null) baselines.push(...baseline);
  }
  return withTypes(baselines);
}

function baselineOf(corpus: string, file: string, label: string): ZeekBaseline[] | null {
  const word = (key: string): string => new RegExp(`(?:^| )${key}=(\\S+)`).exec(label)?.[1] ?? "";
  const name = word("log");
  const format = word("fmt");
  const trace = traceOf(corpus, file, label);
  if (trace === null) return null;
  const text = readFileSync(join(corpus, file), "utf8");
  const appended = appendedRunsOf(file);
  let logs: ZeekLog[];
  switch (format) {
    case "tsv":
    case "tsv+filtered":
    case "minimal":
      logs = parseZeekText(text, name);
      break;
    case "headerless":
      logs = [parseZeekValues(text, name, columnsOf(label))];
      break;
    case "json":
      logs = [parseZeekJson(text, name)];
      break;
    default:
      if (appended === undefined) return null;
      logs = parseZeekText(text, name);
  }
  const flags = (/ flags=(.*?) (?=records=)/.exec(label)?.[1] ?? "").split(" ");
  const common = {
    file,
    trace,
    format,
    mode: word("mode"),
    // The logs that are not of Zeek's suite were made with the tool's usual options for captures of a live host.
    ignoresChecksums: flags.includes("-C") || word("test") === "",
    isBare: flags.includes("-b"),
    isFiltered: flags.includes("-f"),
    runs: Number(word("runs") || "1"),
    test: word("test"),
  };
  if (appended === undefined) return logs.filter((log) => log.name === name).map((log) => ({ ...common, log }));
  const ignoresChecksums = appended.ignoresChecksums ?? common.ignoresChecksums;
  return logsOfRuns(logs, appended.traces.length).flatMap((log, i) => {
    const run = appended.traces[i];
    if (run === null || run === undefined) return [];
    const one = { file: `${file}#${i + 1}`, trace: join(corpus, "zeek/Traces", run), mode: "load", runs: 1 };
    return [{ ...common, ...one, ignoresChecksums, log }];
  });
}

/** `trace=` from the corpus' folder, or "... of NAME" beside the log's folder; null if it is not there. */
function traceOf(corpus: string, file: string, label: string): string | null {
  const named = / trace=(\S+)/.exec(label)?.[1];
  const beside = / of (\S+)$/.exec(label)?.[1];
  const path =
    named !== undefined
      ? join(corpus, named)
      : beside !== undefined
        ? join(corpus, dirname(dirname(file)), beside)
        : null;
  if (path === null || existsSync(path)) return path;
  // Zeek's suite has some packed; the corpus has them unpacked.
  const unpacked = path.replace(/\.gz$/, "");
  return existsSync(unpacked) ? unpacked : null;
}

function columnsOf(label: string): string[] {
  const inside = / columns=\[([^\]]*)\]/.exec(label)?.[1] ?? "";
  return inside.split(/[ ,]+/).filter((column) => column !== "" && column !== "cut" && !column.startsWith("-"));
}

function withTypes(baselines: readonly ZeekBaseline[]): ZeekBaseline[] {
  const known = new Map<string, string>();
  for (const { log } of baselines) {
    log.fields.forEach((field, i) => {
      const type = log.types[i];
      if (type !== null && type !== undefined) known.set(`${log.name} ${field}`, type);
    });
  }
  return baselines.map((baseline) => {
    const { log } = baseline;
    const types = log.fields.map((field, i) => log.types[i] ?? known.get(`${log.name} ${field}`) ?? null);
    return { ...baseline, log: { ...log, types } };
  });
}
