import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { BacktrailError } from "../contracts/result.ts";

/** A file that an input names, or that lies in a folder that one names. */
export interface InputFile {
  readonly path: string;
  /** True for what was found in a folder: files there that are no captures are passed over. */
  readonly found: boolean;
  /** The folder it was found in, as given. */
  readonly folder: string | null;
}

/** Standard input, as an input. */
export const STDIN = "-";

/**
 * Lists the files that inputs name: files, folders with all below them, `-`. Those of one folder are sorted by path.
 * @throws BacktrailError where an input cannot be read or is given twice.
 */
export async function inputFiles(inputs: readonly string[]): Promise<InputFile[]> {
  if (inputs.length === 0) {
    throw new BacktrailError(
      "capture.none",
      "No capture was given: name a capture file, a folder of captures, or - for standard input.",
    );
  }
  const files: InputFile[] = [];
  const seen = new Set<string>();
  for (const input of inputs) {
    for (const file of await filesOf(input)) {
      if (seen.has(file.path)) continue;
      seen.add(file.path);
      files.push(file);
    }
  }
  return files;
}

async function filesOf(input: string): Promise<InputFile[]> {
  if (input === STDIN) return [{ path: input, found: false, folder: null }];
  let isFolder: boolean;
  try {
    isFolder = (await stat(input)).isDirectory();
  } catch (cause) {
    throw unreadable(input, cause);
  }
  if (!isFolder) return [{ path: input, found: false, folder: null }];
  const paths: string[] = [];
  await walk(input, paths, 0);
  return paths.map((path) => ({ path, found: true, folder: input }));
}

async function walk(folder: string, paths: string[], depth: number): Promise<void> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw unreadable(folder, cause);
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    // Links are followed to files only, so that a link to a folder above cannot make a circle.
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => null) : entry;
    if (kind?.isFile() === true) paths.push(path);
    else if (entry.isDirectory() && depth < MOST_DEPTH) await walk(path, paths, depth + 1);
  }
}

const MOST_DEPTH = 32;

/** The error for a path that the system does not let us read. */
export function unreadable(path: string, cause: unknown): BacktrailError {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  if (code === "ENOENT") {
    return new BacktrailError("capture.missing", `${path} does not exist: check the path.`, { cause });
  }
  if (code === "EACCES" || code === "EPERM") {
    const text = `${path} may not be read by this user: change its permissions or run as a user who may.`;
    return new BacktrailError("capture.forbidden", text, { cause });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new BacktrailError("capture.unreadable", `${path} cannot be read (${why}): check the disk or copy the file.`, {
    cause,
  });
}
