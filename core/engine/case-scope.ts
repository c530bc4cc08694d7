import { readFileSync } from "node:fs";
import type { Case } from "../case/case.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { Story } from "../contracts/story.ts";
import { scopeTemplate } from "../estate/scope-template.ts";
import { evaluate, scopeOf } from "./evaluate.ts";
import { refuseImported } from "./imported.ts";
import { storyOf } from "./story-of.ts";

/** The case's scope as YAML: the text that was given, or the inferred estate as a scope file to confirm and change. */
export async function estateAsScope(source: Case): Promise<string> {
  return source.scope() ?? scopeTemplate((await storyOf(source)).estate);
}

/**
 * Takes a scope and works out estate, findings and story anew; nothing is parsed again.
 * @param file Name of the file for messages.
 * @throws ScopeError with every problem and its place; the case is then unchanged.
 */
export async function changeScope(target: Case, text: string, file: string): Promise<Story> {
  scopeOf(text, file);
  refuseImported(target);
  target.setScope(text);
  return evaluate(target);
}

/** @throws BacktrailError `scope-unreadable` */
export function readScopeText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BacktrailError("scope-unreadable", `The scope file ${path} cannot be read (${reason}): check the path.`, {
      cause: error,
    });
  }
}
