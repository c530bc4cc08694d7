import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync } from "node:fs";
import { readFileSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { Alert } from "./alert.ts";
import { RECORDS_SENT } from "./alert-forms.ts";
import { replaceFile, replaceFileBy, writeAll } from "../case/durable-file.ts";

/** A file of which most was delivered is begun anew beyond this size. */
const REWRITE_OCTETS = 4 * 1024 * 1024;
/** Alerts that wait for a receiver at most; what comes then is refused, with an alarm. */
const MOST_WAITING = 100_000;

/** Alerts that wait for one destination, on the disk until it has taken them: neither a restart nor its absence loses any. */
export class AlertQueue {
  readonly #path: string;
  readonly #cursorPath: string;
  #waiting: { readonly alert: Alert; readonly isSaved: boolean }[];
  /** Lines of the file that were delivered. */
  #delivered = 0;
  readonly #rewriteOctets: number;
  /** Where the file is that could not be read; null if it could. */
  readonly unread: string | null = null;

  /**
   * Recording begins whatever becomes of the queue: a file that cannot be read gets the time and `.unread` behind its name.
   * @param folder Exists. Files are named for the destination.
   */
  constructor(folder: string, name: string, rewriteOctets = REWRITE_OCTETS) {
    this.#path = join(folder, `${name}.queue`);
    this.#cursorPath = join(folder, `${name}.delivered`);
    this.#rewriteOctets = rewriteOctets;
    this.#waiting = [];
    try {
      this.#read();
    } catch {
      this.#waiting = [];
      // What is delivered of the file that was is not delivered of the next.
      removeIfPossible(this.#cursorPath);
      this.unread = setAside(this.#path);
    }
  }

  #read(): void {
    const delivered = countIn(this.#cursorPath);
    let lines = 0;
    for (const line of linesOf(this.#path))
      if (++lines > delivered) this.#waiting.push(...parsed(line).map((alert) => ({ alert, isSaved: true })));
    this.#delivered = Math.min(delivered, lines);
    // Begun anew with what waits: lines that were delivered, or that a crash damaged, are left behind.
    if (lines > this.#waiting.length) this.#rewriteIfPossible();
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Adds an alert, durably where the disk allows: that it is full is an alert too. False if too many wait. */
  add(alert: Alert): boolean {
    if (this.#waiting.length >= MOST_WAITING) return false;
    this.#append(slim(alert));
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
    if (this.#isMostlyDelivered()) return this.#rewriteIfPossible();
    try {
      replaceFile(this.#cursorPath, String(this.#delivered));
    } catch {
      // A full disk: after a restart they are sent once more.
    }
  }

  /** Where a receiver refuses some for days, these are put back again and again, and the queue is never empty. */
  #isMostlyDelivered(): boolean {
    if (this.#delivered < this.#waiting.length || !existsSync(this.#path)) return false;
    return statSync(this.#path).size > this.#rewriteOctets;
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
  #rewriteIfPossible(): void {
    try {
      replaceFile(this.#cursorPath, "0");
      replaceFileBy(this.#path, linesFor(this.#waiting));
    } catch {
      return; // A full disk: the file stays as it is, and after a restart what was delivered may be sent once more.
    }
    this.#waiting = this.#waiting.map(({ alert }) => ({ alert, isSaved: true }));
    this.#delivered = 0;
  }
}

function* linesFor(waiting: readonly { readonly alert: Alert }[]): Generator<string> {
  for (const { alert } of waiting) yield `${JSON.stringify(alert)}\n`;
}

/** Without the record ids that are not sent: a finding can have thousands, and 100,000 alerts can wait. */
function slim(alert: Alert): Alert {
  const { finding } = alert;
  if (finding === null || finding.records.length <= RECORDS_SENT) return alert;
  return { ...alert, finding: { ...finding, records: finding.records.slice(0, RECORDS_SENT) } };
}

/** 0 where it cannot be read: to send again is harmless. */
function countIn(path: string): number {
  try {
    return Number(readFileSync(path, "utf8")) || 0;
  } catch {
    return 0;
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // No permission: what lies beside it stays as well, and is sent from memory.
  }
}

/** Keeps a file that cannot be read from being taken for an empty one; the path it has then. */
function setAside(path: string): string {
  const kept = `${path}.${new Date().toISOString().replaceAll(":", "-")}.unread`;
  try {
    renameSync(path, kept);
    return kept;
  } catch {
    return path; // Neither can it be appended to: alerts are sent from memory.
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
    let ids: readonly string[] = [];
    try {
      ids = [...linesOf(this.#path)];
    } catch {
      setAside(this.#path); // what was told may be told once more
    }
    this.#ids = new Set(ids.slice(-MOST_TOLD / 2));
    for (const id of this.#ids) this.#noteWithdrawal(id);
    if (ids.length > MOST_TOLD) this.#shorten();
  }

  #shorten(): void {
    try {
      replaceFile(this.#path, [...this.#ids].map((id) => `${id}\n`).join(""));
    } catch {
      // A full disk: the next start does it.
    }
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

/** Lines of a file that are whole, one by one. A last one that a crash cut is taken off, or what is appended would be lost with it. */
function* linesOf(path: string): Generator<string> {
  if (!existsSync(path)) return;
  const octets = readFileSync(path);
  const whole = octets.lastIndexOf(0x0a) + 1;
  if (whole < octets.length) truncateSync(path, whole);
  for (let at = 0; at < whole;) {
    const end = octets.indexOf(0x0a, at);
    yield octets.toString("utf8", at, end);
    at = end + 1;
  }
}

/** Nothing for a line that a crash damaged. */
function parsed(line: string): Alert[] {
  try {
    return [slim(JSON.parse(line) as Alert)];
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
