import { createHash } from "node:crypto";
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { terminalSafeJson } from "../records/log-values.ts";
import { syncFolder, writeAll } from "./durable-file.ts";
import { ioProblem } from "./io-problem.ts";

/** `prev` of the first entry. */
export const JOURNAL_START = "0".repeat(64);

/** JSON value of an entry's detail. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One thing that was done to the case. */
export interface JournalEntry {
  /** 1 for the first. */
  readonly seq: number;
  /** When, ISO 8601 UTC with milliseconds, by this machine's clock. */
  readonly at: string;
  /** User name of the person or account that did it. */
  readonly actor: string;
  readonly host: string;
  readonly tool: string;
  readonly version: string;
  /** What was done, in kebab-case ("case-created", "analysis-finished", "exported"). */
  readonly action: string;
  /** What it was done to (a path, a finding's id); null if the whole case. */
  readonly object: string | null;
  /** SHA-256 of the object where it is a file, else null. */
  readonly sha256: string | null;
  readonly detail: { readonly [key: string]: Json };
  /** Hash of the entry before, `JOURNAL_START` for the first. */
  readonly prev: string;
  /** SHA-256 of this entry's line without its `,"hash":"..."`; see `hashOfLine`. */
  readonly hash: string;
}

/** Who writes entries. */
export interface JournalWriter {
  readonly actor: string;
  readonly host: string;
  readonly tool: string;
  readonly version: string;
}

export interface JournalCheck {
  readonly entries: number;
  readonly ok: boolean;
  /** First line (1-based) that breaks the chain, and why; null if none. */
  readonly firstBad: { readonly line: number; readonly reason: string } | null;
  /** Hash of the last entry: note it elsewhere to prove later that nothing was cut off the end. */
  readonly head: string;
}

/**
 * The case's journal: one JSON object a line, only ever appended to, each entry holding the hash of the one before.
 *
 * An entry is on the disk when `append` returns. A last line that a crash cut short is moved to `journal.torn` when the
 * journal is opened, and the move is itself an entry.
 */
export class Journal {
  readonly path: string;
  readonly #writer: JournalWriter;
  #entries: JournalEntry[];
  #head: string;
  #count: number;

  private constructor(path: string, writer: JournalWriter, lines: readonly string[]) {
    this.path = path;
    this.#writer = writer;
    this.#entries = lines.map(parseEntry).filter((entry) => entry !== null);
    this.#count = lines.length;
    const last = lines.at(-1);
    this.#head = last === undefined ? JOURNAL_START : (parseEntry(last)?.hash ?? sha256(last));
  }

  /**
   * Opens the journal, or begins one. With `repair` false nothing is written, and a torn last line is only left out.
   * @throws BacktrailError when the file cannot be read or written.
   */
  static open(path: string, writer: JournalWriter, options: { repair: boolean } = { repair: true }): Journal {
    let octets: Buffer;
    try {
      octets = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    } catch (error) {
      throw ioProblem(error, `reading ${path}`);
    }
    const whole = octets.lastIndexOf(0x0a) + 1;
    const lines = linesOf(octets.subarray(0, whole));
    const tail = octets.subarray(whole);
    if (tail.length === 0) return new Journal(path, writer, lines);
    // Only the line end is missing: the entry itself is whole.
    const text = tail.toString("utf8");
    const last = parseEntry(text);
    const wholeEntry = last !== null && last.hash === hashOfLine(text);
    if (wholeEntry) lines.push(text);
    if (!options.repair) return new Journal(path, writer, lines);
    try {
      if (wholeEntry) appendOctets(path, Buffer.from("\n"));
      else setAside(path, whole, tail);
    } catch (error) {
      throw ioProblem(error, `repairing ${path}`);
    }
    const journal = new Journal(path, writer, lines);
    if (!wholeEntry) {
      journal.append("journal-repaired", {
        object: "journal.torn",
        sha256: sha256(tail),
        detail: { octets: tail.length, reason: "the last line was cut short by a crash and set aside" },
      });
    }
    return journal;
  }

  /** Entries that can be read, oldest first. */
  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** Hash of the last entry. */
  get head(): string {
    return this.#head;
  }

  /**
   * Writes one entry and returns it once it is on the disk.
   * @param about What it is about; `at`, when it was done where that is not now.
   * @throws BacktrailError when it cannot be written; the journal is then as it was.
   */
  append(
    action: string,
    about: {
      object?: string | null;
      sha256?: string | null;
      detail?: { readonly [key: string]: Json };
      at?: string;
    } = {},
  ): JournalEntry {
    const body = {
      seq: this.#count + 1,
      at: about.at ?? new Date().toISOString(),
      actor: this.#writer.actor,
      host: this.#writer.host,
      tool: this.#writer.tool,
      version: this.#writer.version,
      action,
      object: about.object ?? null,
      sha256: about.sha256 ?? null,
      detail: about.detail ?? {},
      prev: this.#head,
    };
    const text = terminalSafeJson(body);
    const hash = sha256(text);
    try {
      appendOctets(this.path, Buffer.from(`${text.slice(0, -1)},"hash":"${hash}"}\n`, "utf8"));
    } catch (error) {
      throw ioProblem(error, `writing ${this.path}`);
    }
    const entry: JournalEntry = { ...body, hash };
    this.#entries.push(entry);
    this.#head = hash;
    this.#count++;
    return entry;
  }

  /** Checks the whole chain as it is on the disk now. */
  verify(): JournalCheck {
    let octets: Buffer;
    try {
      octets = existsSync(this.path) ? readFileSync(this.path) : Buffer.alloc(0);
    } catch (error) {
      throw ioProblem(error, `reading ${this.path}`);
    }
    return verifyJournal(octets);
  }
}

/** Checks a journal's chain: each line is JSON, numbered, carries the hash of the line before and its own. */
export function verifyJournal(octets: Buffer): JournalCheck {
  const whole = octets.lastIndexOf(0x0a) + 1;
  const lines = linesOf(octets.subarray(0, whole));
  let prev = JOURNAL_START;
  let firstBad: JournalCheck["firstBad"] = null;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const entry = parseEntry(line);
    let reason: string | null = null;
    if (entry === null) reason = "it is no journal entry";
    else if (entry.seq !== i + 1) reason = `it has number ${entry.seq} where ${i + 1} is due`;
    else if (entry.prev !== prev)
      reason = "it does not carry the hash of the entry before: an entry was changed, removed or inserted";
    else if (entry.hash !== hashOfLine(line)) reason = "its text does not have the hash it carries: it was changed";
    if (reason !== null) firstBad ??= { line: i + 1, reason };
    prev = entry === null ? sha256(line) : entry.hash;
  }
  if (whole < octets.length) firstBad ??= { line: lines.length + 1, reason: "it is cut short" };
  return { entries: lines.length, ok: firstBad === null, firstBad, head: prev };
}

/** SHA-256, in hex, of an entry's line without `,"hash":"..."` at its end; "" if the line does not end so. */
export function hashOfLine(line: string): string {
  const match = /,"hash":"[0-9a-f]{64}"\}$/.exec(line);
  return match === null ? "" : sha256(`${line.slice(0, match.index)}}`);
}

function parseEntry(line: string): JournalEntry | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return null;
    const entry = value as Partial<Record<keyof JournalEntry, unknown>>;
    const texts = [entry.at, entry.actor, entry.host, entry.tool, entry.version, entry.action, entry.prev, entry.hash];
    if (typeof entry.seq !== "number" || texts.some((text) => typeof text !== "string")) return null;
    return typeof entry.detail === "object" && entry.detail !== null ? (value as JournalEntry) : null;
  } catch {
    return null; // not JSON: the caller says so with the line's number
  }
}

/** The entries of a journal's octets; lines that are none are left out. */
export function parseJournal(octets: Buffer): JournalEntry[] {
  return linesOf(octets.subarray(0, octets.lastIndexOf(0x0a) + 1))
    .map(parseEntry)
    .filter((entry) => entry !== null);
}

function linesOf(octets: Buffer): string[] {
  if (octets.length === 0) return [];
  return octets.toString("utf8", 0, octets.length - 1).split("\n");
}

/** Adds octets at the end; where that fails halfway (a full disk), the file is as it was. */
function appendOctets(path: string, octets: Uint8Array): void {
  const isNew = !existsSync(path);
  const file = openSync(path, "a", 0o644);
  try {
    const { size } = fstatSync(file);
    try {
      writeAll(file, octets);
      fsyncSync(file);
    } catch (error) {
      ftruncateSync(file, size);
      throw error;
    }
  } finally {
    closeSync(file);
  }
  if (isNew) syncFolder(dirname(path));
}

/** Moves what follows `whole` octets to `journal.torn`: first written there, then cut off here. */
function setAside(path: string, whole: number, tail: Uint8Array): void {
  appendOctets(path.replace(/\.jsonl$/, "") + ".torn", Buffer.concat([tail, Buffer.from("\n")]));
  const file = openSync(path, "r+");
  try {
    ftruncateSync(file, whole);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
