import type { Case } from "../case/case.ts";
import type { Json } from "../case/journal.ts";
import { runOf } from "../case/recovery.ts";
import type { ReadOptions } from "./analyze.ts";

/** What was chosen for a run that changes its records, besides secrets. */
type ReadingChoices = Pick<ReadOptions, "verifyChecksums" | "keepDuplicates" | "files">;

/** How the journal's entry of a run's start says it, in the command's words; nothing where all is as usual. */
export function choicesDetail({ verifyChecksums, keepDuplicates, files }: ReadingChoices): { readonly options?: Json } {
  const chosen = {
    ...(verifyChecksums === true ? { checksums: true } : {}),
    ...(keepDuplicates === true ? { "keep-duplicates": true } : {}),
    // All files: JSON has no number for it.
    ...(files?.hashLimit === undefined
      ? {}
      : { "hash-files": Number.isFinite(files.hashLimit) ? files.hashLimit : "all" }),
  };
  return Object.keys(chosen).length === 0 ? {} : { options: chosen };
}

/** What was chosen for a run of a case, as its journal says. */
export function choicesOf({ journal }: Case, run: number): ReadingChoices {
  const start = journal.entries.find((entry) => entry.action === "analysis-started" && runOf(entry) === run);
  const chosen = start?.detail["options"];
  if (typeof chosen !== "object" || chosen === null || Array.isArray(chosen)) return {};
  const said = chosen as { readonly [key: string]: Json };
  const hashLimit = said["hash-files"] === "all" ? Infinity : said["hash-files"];
  return {
    verifyChecksums: said["checksums"] === true,
    keepDuplicates: said["keep-duplicates"] === true,
    ...(typeof hashLimit === "number" ? { files: { hashLimit } } : {}),
  };
}
