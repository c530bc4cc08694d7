import { existsSync, readFileSync } from "node:fs";
import { BacktrailError } from "../contracts/result.ts";
import type { RecordType } from "../records/record-type.ts";
import { replaceFile } from "./durable-file.ts";
import { ioProblem } from "./io-problem.ts";
import type { Json } from "./journal.ts";
import type { StoreOptions } from "./database.ts";

/** Version of the case folder's layout and files. Raised when an older version could not read a case any more. */
export const CASE_FORMAT = 1;

/** Files of a case folder; `docs/case-format.md` describes them. */
export const CASE_FILES = {
  info: "case.json",
  ledger: "evidence/ledger.json",
  records: "records.duckdb",
  journal: "journal.jsonl",
  index: "index",
  scope: "scope.yaml",
  /** A case of its own: the reference capture that says what is normal. */
  baseline: "baseline",
  /** What the masks of redacted reports stand for. */
  redactionKey: "redaction-key.json",
  /** Journals of copies that were merged, each by its last hash. */
  merged: "merged",
  lock: "case.lock",
  tmp: "tmp",
} as const;

/** What opening or making a case needs to know. */
export interface CaseOptions extends StoreOptions {
  /** All record types that may be written. */
  readonly types: readonly RecordType[];
  readonly tool: { readonly name: string; readonly version: string };
  /** Who works on the case, for the journal; the account's name if not given. */
  readonly actor?: string;
}

/** `case.json`: what the case is. */
export interface CaseInfo {
  readonly format: number;
  readonly id: string;
  readonly name: string;
  /** ISO 8601 UTC. */
  readonly created: string;
  /** What made it. */
  readonly tool: { readonly name: string; readonly version: string };
  /** Scope file inside the case ("scope.yaml") with its hash; null if none was given. */
  readonly scope: { readonly file: string; readonly sha256: string } | null;
  /** Choices that change what analysis finds (time-outs, detection parameters), by name. */
  readonly settings: { readonly [key: string]: Json };
}

/** @throws BacktrailError when there is none, it is damaged, or a newer version wrote it. */
export function readCaseFile(path: string): CaseInfo {
  if (!existsSync(path)) {
    throw new BacktrailError(
      "no-case",
      `There is no case here: ${path} does not exist; give the folder that backtrail analyze wrote, or make one with it.`,
    );
  }
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
  let info: Partial<CaseInfo> | null;
  try {
    info = JSON.parse(text) as Partial<CaseInfo> | null;
  } catch (error) {
    throw damaged(path, error);
  }
  if (info === null || typeof info !== "object" || typeof info.format !== "number") throw damaged(path, null);
  if (info.format > CASE_FORMAT) {
    const made = typeof info.tool?.version === "string" ? ` by version ${info.tool.version}` : "";
    throw new BacktrailError(
      "newer-format",
      `This case was written${made} in case format ${info.format}, and this version reads up to format ${CASE_FORMAT}: update backtrail to open it.`,
    );
  }
  if (typeof info.id !== "string" || typeof info.name !== "string" || typeof info.created !== "string")
    throw damaged(path, null);
  return {
    format: info.format,
    id: info.id,
    name: info.name,
    created: info.created,
    tool: info.tool ?? { name: "backtrail", version: "unknown" },
    scope: info.scope ?? null,
    settings: info.settings ?? {},
  };
}

/** Replaces `case.json`. */
export function writeCaseFile(path: string, info: CaseInfo): void {
  replaceFile(path, `${JSON.stringify(info, null, 2)}\n`);
}

function damaged(path: string, cause: unknown): BacktrailError {
  return new BacktrailError(
    "case-damaged",
    `${path} is not a readable case file: restore it from a copy of the case.`,
    { cause },
  );
}
