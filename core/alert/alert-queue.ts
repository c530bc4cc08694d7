import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync } from "node:fs";
import { readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { Alert } from "./alert.ts";
import { replaceFile, writeAll } from "../case/durable-file.ts";

/** A queue that was emptied is begun anew beyond this size. */
const REWRITE_OCTETS = 4 * 1024 * 1024;
/** Alerts that wait for a receiver at most; what comes then is refused, with an alarm. */
const MOST_WAITING = 100_000;

/** Alerts that wait for one destination, on the disk until it has taken them: neither a restart nor its absence loses any. */
export class AlertQueue {
  readonly #path: string;
  readonly #cursorPath: string;
  #waiting: { readonly alert: Alert; readonly isSaved: boolean }[];
  /** Lines of the file that were delivered. */
  #delivered: number;

  /** @param folder Exists. Files are named for the destination. */
  constructor(folder: string, name: string) {
    this.#path = join(folder, `${name}.queue`);
    this.#cursorPath = join(folder, `${name}.delivered`);
    const lines = linesOf(this.#path);
    const delivered = existsSync(this.#cursorPath) ? Number(readFileSync(this.#cursorPath, "utf8")) : 0;
    this.#waiting = lines.slice(delivered).flatMap((line) => parsed(line).map((alert) => ({ alert, isSaved: true })));
    this.#delivered = lines.length - this.#waiting.length;
    // Begun anew with what waits: lines that were delivered, or that a crash damaged, are left behind.
    if (this.#delivered > 0) this.#rewrite();
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Adds an alert, durably where the disk allows: that it is full is an alert too. False if too many wait. */
  add(alert: Alert): boolean {
    if (this.#waiting.length >= MOST_WAITING) return false;
    this.#append(alert);
    return true;
  }

  /** The next alerts, oldest first. */
  next(most: number): readonly Alert[] {
    return this.#waiting.slice(0, most).map(({ alert }) => alert);
  }

  /** Says that the first `count` were delivered, or will never be. */
  done(count: number): void {
    const gone = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#delivered += gone.filter(({ isSaved }) => isSaved).length;
    try {
      if (this.#waiting.length === 0 && existsSync(this.#path) && statSync(this.#path).size > REWRITE_OCTETS)
        this.#rewrite();
      else replaceFile(this.#cursorPath, String(this.#delivered));
    } catch {
      // A full disk: after a restart they are sent once more.
    }
  }

  /** Says that of the first `count` these are still to be delivered: they go behind the others, before the rest counts as done. */
  putBack(count: number, alerts: readonly Alert[]): void {
    for (const alert of alerts) this.#append(alert);
    this.done(count);
  }

  #append(alert: Alert): void {
    let isSaved = true;
    try {
      appendDurably(this.#path, `${JSON.stringify(alert)}\n`);
    } catch {
      isSaved = false; // it is sent from memory
    }
    this.#waiting.push({ alert, isSaved });
  }

  /** The cursor first: repeating what was delivered is harmless, leaving out what was not is not. */
  #rewrite(): void {
    replaceFile(this.#cursorPath, "0");
    replaceFile(this.#path, this.#waiting.map(({ alert }) => `${JSON.stringify(alert)}\n`).join(""));
    this.#delivered = 0;
  }
}

/** Ids of alerts that were told, so that each is told once. Bounded: the oldest are forgotten. */
export class ToldAlerts {
  readonly #path: string;
  readonly #ids: Set<string>;
  /** When findings were last told as withdrawn, by their ids. */
  readonly #withdrawn = new Map<string, string>();

  constructor(folder: string) {
    this.#path = join(folder, "told");
    const ids = linesOf(this.#path);
    this.#ids = new Set(ids.slice(-MOST_TOLD / 2));
    for (const id of this.#ids) this.#noteWithdrawal(id);
    if (ids.length > MOST_TOLD) replaceFile(this.#path, [...this.#ids].map((id) => `${id}\n`).join(""));
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** When a finding was last told as withdrawn, ISO 8601 UTC; undefined if it was not. */
  withdrawnAt(finding: string): string | undefined {
    return this.#withdrawn.get(finding);
  }

  add(id: string): void {
    this.#ids.add(id);
    this.#noteWithdrawal(id);
    try {
      appendDurably(this.#path, `${id}\n`);
    } catch {
      // A full disk: after a restart it may be told once more.
    }
  }

  #noteWithdrawal(id: string): void {
    const [, finding, at] = WITHDRAWAL.exec(id) ?? [];
    if (finding !== undefined && at !== undefined) this.#withdrawn.set(finding, at);
  }
}

const MOST_TOLD = 200_000;
/** Id of an alert that a finding was withdrawn. */
const WITHDRAWAL = /^withdrawn-(.+)-(\d{4}-\d\d-\d\dT.+)$/;

/** Lines of a file that are whole. A last one that a crash cut is taken off, or what is appended would be lost with it. */
function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  const octets = readFileSync(path);
  const whole = octets.lastIndexOf(0x0a) + 1;
  if (whole < octets.length) truncateSync(path, whole);
  return octets.toString("utf8", 0, whole).split("\n").slice(0, -1);
}

/** Nothing for a line that a crash damaged. */
function parsed(line: string): Alert[] {
  try {
    return [JSON.parse(line) as Alert];
  } catch {
    return [];
  }
}

function appendDurably(path: string, text: string): void {
  const file = openSync(path, "a", 0o600);
  const { size } = fstatSync(file);
  try {
    writeAll(file, Buffer.from(text));
    fsyncSync(file);
  } catch (error) {
    // A full disk may have taken a part of the line.
    ftruncateSync(file, size);
    throw error;
  } finally {
    closeSync(file);
  }
}
