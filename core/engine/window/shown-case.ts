import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import type { Case } from "../../case/case.ts";
import { CASE_FILES, readCaseFile } from "../../case/case-file.ts";
import type { ApiMethod, CaseHandlers, Handlers } from "../../contracts/api.ts";
import { ARGS } from "../../contracts/api.ts";
import { BacktrailError, isProblem } from "../../contracts/result.ts";
import { CallClient } from "../live/call-client.ts";
import { openWorkspace } from "../workspace.ts";
import { apiHandlers } from "./api-handlers.ts";
import { isRecorded } from "./live-view.ts";

/** A case as a window has it, open here or, while it is recorded, in the process that analyses the recording. */
export interface ShownCase {
  readonly folder: string;
  readonly name: string;
  /** Null where another process has it open. */
  readonly source: Case | null;
  /** What opening found out of order, each a sentence. */
  readonly notes: readonly string[];
  readonly handlers: CaseHandlers;
  close(): void;
}

/** A person waits for the answers and nothing is read meanwhile: the database may take more than beside an analysis. */
const SHOWN = { threads: Math.min(4, availableParallelism()), memoryLimit: 384 * 1024 * 1024 } as const;

/** A case that is open here. */
export function shownCase(source: Case): ShownCase {
  const { folder, notes } = source;
  return { folder, name: source.info.name, source, notes, handlers: apiHandlers(source), close: () => source.close() };
}

/**
 * Opens a case for a window. One that is being recorded is shown through its analysis.
 * @throws BacktrailError as opening a case does.
 */
export async function openShown(folder: string): Promise<ShownCase> {
  const path = resolve(folder);
  try {
    return shownCase(await openWorkspace(path, SHOWN));
  } catch (error) {
    if (!isProblem(error, "case-locked")) throw error;
    const client = await CallClient.connect(path);
    if (client === null) throw error;
    return new RecordedCase(path, client);
  }
}

/** A case that is being recorded. When its recording has ended it is opened here, so that the window stays. */
class RecordedCase implements ShownCase {
  readonly folder: string;
  readonly name: string;
  readonly source = null;
  readonly notes = [];
  readonly handlers: CaseHandlers;
  #client: CallClient | null;
  #own: Promise<ShownCase> | null = null;
  #isClosed = false;

  constructor(folder: string, client: CallClient) {
    this.folder = folder;
    this.name = readCaseFile(join(folder, CASE_FILES.info)).name;
    this.#client = client;
    const methods = Object.keys(ARGS) as ApiMethod[];
    this.handlers = Object.fromEntries(
      methods.map((method) => [method, (arg: never) => this.#call(method, arg)]),
    ) as unknown as CaseHandlers;
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.close();
    void this.#own?.then((own) => own.close());
  }

  async #call(method: ApiMethod, arg: never): Promise<unknown> {
    if (this.#own !== null) return ((await this.#own).handlers as Handlers)[method](arg);
    if (this.#client?.isOpen !== true) this.#client = await CallClient.connect(this.folder);
    if (this.#client !== null) {
      const result = await this.#client.call(method, arg);
      // It may have been done: what writes into the journal must not be done twice.
      if (result === null) throw away();
      if (result.ok) return result.value;
      throw new BacktrailError(result.error.code, result.error.message);
    }
    // While it is recorded the analysis has the right to the case, also when it is just being started again.
    if (isRecorded(this.folder) || this.#isClosed) throw away();
    await this.#open();
    return this.#call(method, arg);
  }

  async #open(): Promise<void> {
    this.#own ??= openWorkspace(this.folder, SHOWN).then(shownCase);
    try {
      await this.#own;
    } catch (error) {
      this.#own = null;
      if (isProblem(error, "case-locked")) throw away();
      throw error;
    }
  }
}

function away(): BacktrailError {
  return new BacktrailError(
    "analysis-away",
    "The analysis of this recording does not answer now: try again in a moment.",
  );
}
