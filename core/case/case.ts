import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { basename, join, resolve } from "node:path";
import { greatest } from "../contracts/greatest.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { CaseInfo, CaseOptions } from "./case-file.ts";
import { CASE_FILES, CASE_FORMAT, readCaseFile, writeCaseFile } from "./case-file.ts";
import { replaceFile } from "./durable-file.ts";
import { ioProblem } from "./io-problem.ts";
import type { Json, JournalCheck } from "./journal.ts";
import { Journal } from "./journal.ts";
import type { EvidenceEntry } from "./ledger.ts";
import { Ledger } from "./ledger.ts";
import { evidenceNotes, journalOf } from "./opening-checks.ts";
import { CaseLock } from "./lock.ts";
import { makeFolder } from "./make-folder.ts";
import { dropUnread, openRecords, reconcile, runOf } from "./recovery.ts";
import { PacketIndex, removeOtherRuns } from "./packet-index.ts";
import { PacketIndexWriter } from "./packet-index-writer.ts";
import type { Ingest } from "./store.ts";
import { RecordStore } from "./store.ts";

export { CASE_FILES };

/** An open case: a folder that is the document of one investigation. */
export class Case {
  readonly folder: string;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly store: RecordStore;
  /** What opening found out of order, each a sentence; empty if nothing. */
  readonly notes: readonly string[];
  #info: CaseInfo;
  #indexWriter: PacketIndexWriter | null = null;
  readonly #tool: CaseOptions["tool"];
  readonly #lock: CaseLock | null;

  constructor(parts: {
    folder: string;
    info: CaseInfo;
    tool: CaseOptions["tool"];
    journal: Journal;
    ledger: Ledger;
    store: RecordStore;
    lock: CaseLock | null;
    notes: readonly string[];
  }) {
    this.folder = parts.folder;
    this.#info = parts.info;
    this.#tool = parts.tool;
    this.journal = parts.journal;
    this.ledger = parts.ledger;
    this.store = parts.store;
    this.#lock = parts.lock;
    this.notes = parts.notes;
  }

  /** True if it was opened for reading only: nothing can be written to it, the journal included. */
  get isReadOnly(): boolean {
    return this.#lock === null;
  }

  get info(): CaseInfo {
    return this.#info;
  }

  /** Takes the frames and their sessions of the open run. */
  get indexWriter(): PacketIndexWriter {
    if (this.#indexWriter === null) throw new Error("no analysis is open");
    return this.#indexWriter;
  }

  /**
   * Checks the journal's chain, and that it begins with the making of this case: an empty journal, or one of another case, is a
   * whole chain too.
   */
  checkJournal(): JournalCheck {
    return journalOf(this.#info, this.journal);
  }

  /** Packet index of the finished runs. */
  async packetIndex(): Promise<PacketIndex> {
    const runs = (await this.store.ingests()).filter(({ state }) => state !== "running");
    return PacketIndex.open(join(this.folder, CASE_FILES.index), runs);
  }

  /** Takes over settings and journals what changed. */
  changeSettings(settings: CaseInfo["settings"]): void {
    this.#info = { ...this.#info, settings };
    writeCaseFile(join(this.folder, CASE_FILES.info), this.#info);
    this.journal.append("settings-changed", { detail: { settings } });
  }

  /** Keeps a scope (YAML text) with the case and journals it; null takes it away. */
  setScope(yaml: string | null): void {
    const path = join(this.folder, CASE_FILES.scope);
    if (yaml === null) {
      this.#info = { ...this.#info, scope: null };
      writeCaseFile(join(this.folder, CASE_FILES.info), this.#info);
      rmSync(path, { force: true });
      this.journal.append("scope-removed", { object: CASE_FILES.scope });
      return;
    }
    const sha256 = createHash("sha256").update(yaml).digest("hex");
    if (this.#info.scope?.sha256 === sha256 && existsSync(path)) return;
    replaceFile(path, yaml);
    this.#info = { ...this.#info, scope: { file: CASE_FILES.scope, sha256 } };
    writeCaseFile(join(this.folder, CASE_FILES.info), this.#info);
    this.journal.append("scope-set", { object: CASE_FILES.scope, sha256 });
  }

  /** The scope's text, null if the case has none. */
  scope(): string | null {
    if (this.#info.scope === null) return null;
    const path = join(this.folder, this.#info.scope.file);
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      throw ioProblem(error, `reading ${path}`);
    }
  }

  /**
   * Begins a run of analysis over captures of these numbers and paths; records are added with `store.append`.
   * @returns the run's number.
   */
  async beginAnalysis(
    captures: readonly { readonly number: number; readonly path: string }[],
    detail: { readonly [key: string]: Json } = {},
  ): Promise<number> {
    const stored = (await this.store.ingests()).map((ingest) => ingest.id);
    const id = 1 + greatest(stored, greatest(this.journal.entries.map(runOf), 0));
    this.journal.append("analysis-started", {
      detail: { run: id, captures: captures.map(({ number, path }) => ({ number, path })), ...detail },
    });
    await this.store.beginIngest(
      id,
      captures.map(({ number }) => number),
      this.#tool.version,
    );
    this.#indexWriter = new PacketIndexWriter(join(this.folder, CASE_FILES.index), id);
    return id;
  }

  /**
   * Ends the run: what was read goes into the ledger, then its records become part of the case, then the journal says so.
   * @param read The captures as they were read; with "partial", those that were read at least in part.
   */
  async finishAnalysis(
    read: readonly EvidenceEntry[],
    state: "complete" | "partial" = "complete",
    detail: { readonly [key: string]: Json } = {},
  ): Promise<Ingest> {
    this.indexWriter.finish();
    this.#indexWriter = null;
    this.ledger.put(read);
    const ingest = await this.store.finishIngest(
      state,
      read.map(({ number }) => number),
    );
    for (const entry of read) {
      this.journal.append("evidence-read", {
        object: entry.path,
        sha256: entry.sha256,
        detail: { number: entry.number, octets: entry.octets, packets: entry.packets, run: ingest.id },
      });
    }
    this.journal.append("analysis-finished", { detail: { run: ingest.id, state, records: ingest.rows, ...detail } });
    return ingest;
  }

  /** Takes the open run back: the case is as it was before it. @param code Of the problem that was the reason, where it has one. */
  async discardAnalysis(reason: string, code: string | null = null): Promise<void> {
    if (!this.store.isIngesting) return;
    const run = await this.store.discardIngest();
    this.#indexWriter = null;
    removeOtherRuns(join(this.folder, CASE_FILES.index), new Set((await this.store.ingests()).map(({ id }) => id)));
    this.journal.append("analysis-discarded", { detail: { run, reason, code } });
    await dropUnread(this.journal, this.ledger, this.store);
  }

  /** Numbers of the captures whose records are in the case, complete. */
  async analysedCaptures(): Promise<number[]> {
    const ingests = await this.store.ingests();
    return ingests.filter(({ state }) => state === "complete").flatMap(({ captures }) => captures);
  }

  /** Closes the case and lets others open it. */
  close(): void {
    this.store.close();
    if (this.#lock === null) return;
    rmSync(join(this.folder, CASE_FILES.tmp), { recursive: true, force: true });
    this.#lock.release();
  }
}

/**
 * Makes a case in a new or empty folder.
 * @throws BacktrailError `case-exists` when there is one already, `folder-not-empty` when it holds something else.
 */
export async function createCase(folder: string, options: CaseOptions & { readonly name?: string }): Promise<Case> {
  const path = resolve(folder);
  try {
    if (existsSync(join(path, CASE_FILES.info))) {
      throw new BacktrailError("case-exists", `There is a case in ${path} already: open it, or give another folder.`);
    }
    // What a creation leaves that was killed before case.json, its last step, was written.
    const leftovers: readonly string[] = [
      ...Object.values(CASE_FILES),
      "evidence",
      "records.duckdb.new",
      "records.duckdb.new.wal",
      "case.json.next",
    ];
    if (
      existsSync(path) &&
      readdirSync(path).some((name) => !leftovers.includes(name) && !name.startsWith(`${CASE_FILES.lock}.`))
    ) {
      throw new BacktrailError(
        "folder-not-empty",
        `${path} holds other files and is no case: give a new or an empty folder.`,
      );
    }
    makeFolder(join(path, "evidence"));
    makeFolder(join(path, CASE_FILES.index));
  } catch (error) {
    throw ioProblem(error, `making the case folder ${path}`);
  }
  const lock = CaseLock.take(join(path, CASE_FILES.lock));
  let store: RecordStore | null = null;
  try {
    for (const leftover of [CASE_FILES.journal, CASE_FILES.records, CASE_FILES.ledger, `${CASE_FILES.records}.wal`]) {
      rmSync(join(path, leftover), { force: true });
    }
    store = await RecordStore.open(join(path, CASE_FILES.records), join(path, CASE_FILES.tmp), options.types, options);
    const info: CaseInfo = {
      format: CASE_FORMAT,
      id: randomUUID(),
      name: options.name ?? basename(path),
      created: new Date().toISOString(),
      tool: options.tool,
      scope: null,
      settings: {},
    };
    const journal = Journal.open(join(path, CASE_FILES.journal), writerOf(options));
    journal.append("case-created", { detail: { case: info.id, name: info.name, format: CASE_FORMAT } });
    const ledger = Ledger.open(join(path, CASE_FILES.ledger), path);
    // Last, so that a folder with case.json is a whole case.
    writeCaseFile(join(path, CASE_FILES.info), info);
    return new Case({ folder: path, info, tool: options.tool, journal, ledger, store, lock, notes: [] });
  } catch (error) {
    store?.close();
    lock.release();
    throw ioProblem(error, `making the case in ${path}`);
  }
}

/**
 * Opens a case: takes back what a crash left unfinished, sets a torn journal line aside, and says so in `notes`.
 * With `readOnly` nothing is written; unfinished work is then an error.
 * @throws BacktrailError `no-case`, `newer-format`, `case-locked`, ...
 */
export async function openCase(folder: string, options: CaseOptions): Promise<Case> {
  const path = resolve(folder);
  const readOnly = options.readOnly ?? false;
  readCaseFile(join(path, CASE_FILES.info)); // what is no case gets no lock
  const lock = readOnly ? null : await CaseLock.takeSoon(join(path, CASE_FILES.lock));
  let store: RecordStore | null = null;
  try {
    const info = readCaseFile(join(path, CASE_FILES.info));
    const notes: string[] = [];
    const ledger = Ledger.open(join(path, CASE_FILES.ledger), path);
    const journal = Journal.open(join(path, CASE_FILES.journal), writerOf(options), { repair: !readOnly });
    const chain = journalOf(info, journal);
    if (!chain.ok)
      notes.push(
        `The journal does not hold from line ${chain.firstBad?.line ?? 1} on: ${chain.firstBad?.reason ?? ""}`,
      );
    store = await openRecords(path, options, journal, notes);
    if (!readOnly) {
      makeFolder(join(path, CASE_FILES.index));
      await reconcile(journal, store, notes);
      await dropUnread(journal, ledger, store);
      removeOtherRuns(join(path, CASE_FILES.index), new Set((await store.ingests()).map(({ id }) => id)));
    }
    notes.push(...evidenceNotes(ledger));
    if (readOnly) notes.push("The case cannot be written here: it is open for reading only, and nothing is journaled");
    return new Case({ folder: path, info, tool: options.tool, journal, ledger, store, lock, notes });
  } catch (error) {
    store?.close();
    lock?.release();
    throw ioProblem(error, `opening the case in ${path}`);
  }
}

function writerOf(options: CaseOptions): { actor: string; host: string; tool: string; version: string } {
  return {
    actor: options.actor ?? accountName(),
    host: hostname(),
    tool: options.tool.name,
    version: options.tool.version,
  };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // an account number without a name, as in containers
  }
}
