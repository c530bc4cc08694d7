import { fstatSync } from "node:fs";
import type { EarlyFindings, Progress } from "../contracts/progress.ts";
import type { OnProgress } from "../engine/progress.ts";
import { countOf, countText, dateTime, octetsText, terminalSafe, visible } from "../contracts/text-forms.ts";

/** Writes to standard output. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** One JSON document, bigint as decimal text. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item), 2);
  print(`${terminalSafe(json)}\n`);
}

/** One JSON object on a line of its own. */
export function printLine(value: unknown): void {
  print(`${terminalSafe(JSON.stringify(value))}\n`);
}

/** A line for people beside the result: standard error, so that pipes stay clean. */
export function note(text: string): void {
  noteAs("info", text);
}

/** The same, as grave as that in the journal of systemd. */
export function noteAs(level: Level, text: string): void {
  clearProgress();
  process.stderr.write(`${journalMark(LEVELS[level], 2)}${visible(text)}\n`);
}

/** How grave a line is, as syslog numbers it. RFC 5424, 6.2.1 */
export const LEVELS = { error: 3, warning: 4, info: 6 };
type Level = keyof typeof LEVELS;

/**
 * What a line begins with for the journal of systemd, which keeps it as its level: sd-daemon(3). "" where that stream does not lead there.
 * @param level As syslog numbers it.
 */
export function journalMark(level: number, stream: 1 | 2): string {
  const { JOURNAL_STREAM: journal } = process.env;
  if (journal === undefined) return "";
  try {
    const { dev, ino } = fstatSync(stream);
    return journal === `${dev}:${ino}` ? `<${level}>` : "";
  } catch {
    return ""; // it was closed
  }
}

/** Columns of the terminal for running text, 100 where there is none. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? (process.stdout.columns ?? 100) : 100;
}

/** True if bold and the like may be used. */
export function isStyled(): boolean {
  return process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb";
}

/** What goes on for days does not end because nobody reads any more what it prints: a broken pipe, or a terminal that is gone. */
export function outliveReaders(): void {
  let isTold = false;
  process.stdout.removeAllListeners("error").on("error", () => {
    if (!isTold) note("Nobody reads the standard output any more: recording goes on without it.");
    isTold = true;
  });
  process.stderr.on("error", () => undefined);
}

/** Lines that the progress or status at the end of the screen has now. */
let linesShown = 0;

/** True if progress is shown: standard error is a terminal. */
export function isProgressShown(): boolean {
  return process.stderr.isTTY === true;
}

/** A progress line on standard error, with what was found so far, only where that is a terminal. */
export function progressLine(): OnProgress {
  return (progress) => statusLines([progressText(progress), ...earlyLines(progress.early)]);
}

/** Early findings that have a line of their own. */
const EARLY_SHOWN = 5;

function earlyLines(early: EarlyFindings | null): string[] {
  if (early === null || early.count === 0) return [];
  const shown = early.first.slice(0, EARLY_SHOWN);
  const more = early.count - shown.length;
  return [
    `So far, preliminary: ${countOf(early.count, "finding")}; the story at the end takes their place`,
    ...shown.map(({ severity, tsFirst, explanation }) => `${severity.padEnd(8)}  ${dateTime(tsFirst)}  ${explanation}`),
    ...(more > 0 ? [`and ${countText(more)} more`] : []),
  ];
}

/** Columns that such a line has. */
export function statusWidth(): number {
  return (process.stderr.columns ?? 100) - 1;
}

/** Keeps lines at the end of the screen, in place of those before, only where standard error is a terminal. */
export function statusLines(lines: readonly string[]): void {
  if (!isProgressShown()) return;
  const width = statusWidth();
  const height = Math.max(1, (process.stderr.rows ?? 24) - 2);
  showLines(lines.slice(0, height).map((line) => visible(line).slice(0, width)));
}

/** Takes the progress or status away. */
export function clearProgress(): void {
  if (linesShown === 0) return;
  process.stderr.write(erased());
  linesShown = 0;
}

/** In one write, so that nothing flickers. */
function showLines(lines: readonly string[]): void {
  process.stderr.write(erased() + lines.join("\n"));
  linesShown = lines.length;
}

/** What takes the lines away that are shown: the cursor stands in the last of them. */
function erased(): string {
  if (linesShown === 0) return "";
  return `\r${linesShown > 1 ? `\u001b[${linesShown - 1}A` : ""}\u001b[J`;
}

const STAGES: Readonly<Record<Progress["stage"], string>> = {
  reading: "reading",
  estate: "finding the backup estate",
  detections: "running detections",
  story: "joining the story",
};

function progressText(progress: Progress): string {
  if (progress.stage !== "reading") return `${STAGES[progress.stage]} ...`;
  const total = progress.octetsTotal === null ? "" : ` of ${octetsText(progress.octetsTotal)}`;
  const left = progress.secondsLeft === null ? "" : `, ${Math.ceil(progress.secondsLeft)} s left`;
  return `read ${octetsText(progress.octetsRead)}${total}, ${countText(progress.packets)} packets, ${octetsText(progress.octetsPerSecond)}/s${left}`;
}

/** Rows as an aligned table; wide cells are cut to fit the terminal, and nothing is cut where there is none. */
export function tableText(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width = process.stdout.isTTY ? terminalWidth() : Infinity,
): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => visible(cell)));
  const widths = header.map((_, column) => cells.reduce((widest, row) => Math.max(widest, row[column]!.length), 0));
  let excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= 12) break;
    const cut = Math.min(excess, Math.max(1, widths[widest]! - 12), Math.ceil(widths[widest]! / 4));
    widths[widest]! -= cut;
    excess -= cut;
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const room = widths[column]!;
        return (cell.length > room ? `${cell.slice(0, room - 1)}\u2026` : cell).padEnd(room);
      })
      .join("  ")
      .trimEnd();
  return `${cells.map(line).join("\n")}\n`;
}
