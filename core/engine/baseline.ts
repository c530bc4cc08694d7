import { join, resolve } from "node:path";
import { CASE_FILES } from "../case/case.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { ReadOptions, ReadResult } from "./analyze.ts";
import { openFor, readCaptures } from "./analyze.ts";
import { openBare } from "./workspace.ts";

/**
 * Reads reference captures, which show the site as it is when all is well, into a case of their own inside the case's folder. Open the case
 * (again) afterwards: its database reads them beside its own records from then on.
 */
export async function readBaseline(
  folder: string,
  inputs: readonly string[],
  evidence: readonly string[],
  options: ReadOptions,
): Promise<ReadResult> {
  const given = new Set(evidence.map((path) => resolve(path)));
  for (const path of inputs)
    if (given.has(resolve(path)))
      throw new BacktrailError(
        "usage",
        `${path} is given as evidence and as baseline: what is judged cannot say what is normal.`,
      );
  const baseline = await openBare(join(folder, CASE_FILES.baseline), "baseline");
  try {
    const captures = await openFor(baseline, inputs, options);
    try {
      return await readCaptures(baseline, captures, options);
    } finally {
      await captures.close();
    }
  } finally {
    baseline.close();
  }
}
