import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

/**
 * Where `scripts/build-program.js` joins the modules into a few files: a folder for each build, so that what runs keeps its own files, and `current`,
 * a file with the name of the last.
 */
const JOINED = "dist/program";
/** Files `BUILD.PID`, one of each process that runs from a joined build: to its end it loads parts of it and starts others from it. */
const IN_USE = "dist/.in-use";
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
    if (known !== null) markInUse(basename(known));
  }
  return known;
}

function markInUse(build: string): void {
  if (!isMainThread) return; // what a thread uses its process does
  const mark = join(projectFile(IN_USE), `${build}.${process.pid}`);
  try {
    writeFileSync(mark, "");
  } catch {
    return; // a package, which has one build for ever, or a checkout of somebody else
  }
  process.once("exit", () => unmark(mark));
}

function unmark(mark: string): void {
  try {
    rmSync(mark, { force: true });
  } catch {
    // It gave up the right to since: whoever builds next removes it.
  }
}

/** Joined builds that processes run from, each with one of these. Forgets those that are gone. */
export function buildsInUse(): ReadonlyMap<string, number> {
  const marks = projectFile(IN_USE);
  mkdirSync(marks, { recursive: true }); // whoever builds owns it
  const used = new Map<string, number>();
  for (const name of readdirSync(marks)) {
    const [build = "", pid = ""] = name.split(".");
    if (isRunning(Number(pid))) used.set(build, Number(pid));
    else unmark(join(marks, name));
  }
  return used;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
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
