import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CaseLink } from "../core/contracts/case-link.ts";
import { LINK_SCHEME, parseCaseLink } from "../core/contracts/case-link.ts";

/** What a start, another program or a drop asks to open. */
export interface Opening {
  readonly cases: readonly string[];
  /** Capture files, and folders that are no case. */
  readonly captures: readonly string[];
  readonly links: readonly CaseLink[];
  /** Arguments that name nothing. */
  readonly missing: readonly string[];
}

/** Switches of ours, and those that Chromium or the system put between the paths. */
const SWITCH = /^-/;

/** What the arguments of a process ask for: paths of cases and captures, links. `--case DIR` names DIR, as a bare DIR does. */
export function openingOf(given: readonly string[], directory: string): Opening {
  const paths: string[] = [];
  const links: CaseLink[] = [];
  const missing: string[] = [];
  for (const argument of given) {
    if (argument.toLowerCase().startsWith(`${LINK_SCHEME}:`)) {
      const link = parseCaseLink(argument);
      if (link === null) missing.push(argument);
      else links.push(link);
    } else paths.push(resolve(directory, argument));
  }
  const sorted = sortPaths(paths);
  return { ...sorted, links, missing: [...missing, ...sorted.missing] };
}

/** Tells cases from captures: a case is a folder with a case.json. */
export function sortPaths(paths: readonly string[]): Omit<Opening, "links"> {
  const cases: string[] = [];
  const captures: string[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    if (!existsSync(path)) missing.push(path);
    else if (statSync(path).isDirectory() && existsSync(join(path, "case.json"))) cases.push(path);
    else captures.push(path);
  }
  return { cases, captures, missing };
}

/**
 * A process's own arguments: without the program, and without the script where Electron was given one. Chromium may have put
 * switches of its own before them.
 */
export function ownArguments(argv: readonly string[], isPackaged: boolean): readonly string[] {
  const given = argv.slice(1).filter((argument) => !SWITCH.test(argument));
  return isPackaged ? given : given.slice(1);
}
