import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Where `scripts/build-program.js` joins the modules into a few files: a folder for each build, so that what runs keeps its own files, and `current`,
 * a file with the name of the last.
 */
const JOINED = "dist/program";
/** What `tsc -b` keeps of all that is joined: digests of the sources. */
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
 * Path of the module that a thread or a process starts with: of the joined program, or as it was built where that is missing or of other sources.
 * @param name Its path below `dist`, without ending.
 */
export function programEntry(name: string): string {
  const folder = startedFolder();
  return folder === null ? projectFile(`dist/${name}.js`) : join(folder, `${basename(name)}.js`);
}

/** Folder of the joined files, where they are what runs; null where the modules run as they are. */
export function joinedFolder(): string | null {
  return import.meta.url.endsWith(".ts") ? null : startedFolder();
}

let known: string | null | undefined;

/** Folder that threads and processes are started from: the one that runs, even if there is a newer one meanwhile; null where nothing is joined. */
function startedFolder(): string | null {
  if (known === undefined) {
    const own = dirname(fileURLToPath(import.meta.url));
    known = dirname(own) === projectFile(JOINED) ? own : currentFolder();
  }
  return known;
}

/** Folder of the joined program that was made of what is built; null if there is none. */
function currentFolder(): string | null {
  const name = textOf(`${JOINED}/current`)?.toString().trim();
  const stamp = buildStamp();
  if (name === undefined || (stamp !== null && name.split("-")[0] !== stamp)) return null;
  const folder = projectFile(`${JOINED}/${name}`);
  return existsSync(join(folder, "main.js")) ? folder : null;
}

/** Names what `tsc -b` built by its content; null in a package, which has only what was built for it. */
export function buildStamp(): string | null {
  const built = BUILT.map(textOf).filter((octets) => octets !== null);
  if (built.length === 0) return null;
  const hash = createHash("sha256");
  for (const octets of built) hash.update(octets);
  return hash.digest("hex").slice(0, STAMP_DIGITS);
}

const STAMP_DIGITS = 16;

/** A file of the installation; null if it is missing. */
function textOf(name: string): Buffer | null {
  const path = projectFile(name);
  return existsSync(path) ? readFileSync(path) : null;
}
