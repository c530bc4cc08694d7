import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `scripts/build-program.js` joins the modules into a few files. */
const JOINED = "dist/program";
/** What `tsc -b` writes last, of all that is joined. */
const BUILT = ["core", "core-contracts", "core-figures", "electron"].map((part) => `dist/.tsbuild/${part}.json`);

/**
 * Path of a file of the installation, by its path in the project.
 * @throws Error if this is no installation.
 */
export function projectFile(name: string): string {
  // Built, this module lies one folder further down than as a source, or joined.
  for (const above of ["../../", "../../../"]) {
    if (!existsSync(new URL(`${above}package.json`, import.meta.url))) continue;
    return fileURLToPath(new URL(above + name, import.meta.url));
  }
  throw new Error(`${name} is missing from the installation`);
}

/** Folder with the modules of `core` that run here: as sources, or as built. */
export function coreFolder(): string {
  return projectFile(import.meta.url.endsWith(".ts") ? "core" : "dist/core");
}

/**
 * Path of the module that a thread or a process starts with: of the joined program, or as it was built where that is missing or older.
 * @param name Its path below `dist`, without ending.
 */
export function programEntry(name: string): string {
  return projectFile(isJoined() ? `${JOINED}/${basename(name)}.js` : `dist/${name}.js`);
}

/** Folder of the joined files, where they are what runs; null where the modules run as they are. */
export function joinedFolder(): string | null {
  return import.meta.url.endsWith(".ts") || !isJoined() ? null : projectFile(JOINED);
}

let known: boolean | null = null;

/** Whether the program runs joined: threads and processes must then be of the same kind, even if it is built anew meanwhile. */
function isJoined(): boolean {
  known ??= dirname(fileURLToPath(import.meta.url)) === projectFile(JOINED) || isCurrent();
  return known;
}

/** Whether there is a joined program that is no older than what is built. */
export function isCurrent(): boolean {
  const joined = timeOf(`${JOINED}/main.js`);
  return joined !== 0 && BUILT.every((file) => timeOf(file) <= joined);
}

/** When a file was changed, ms since 1970; 0 if it is missing. */
function timeOf(name: string): number {
  return statSync(projectFile(name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
