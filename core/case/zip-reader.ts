import { createWriteStream } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Entry, ZipFile } from "yauzl";
import { openPromise } from "yauzl";
import { BacktrailError } from "../contracts/result.ts";
import { ioProblem } from "./io-problem.ts";
import { makeFolder } from "./make-folder.ts";

/** Most files and octets that are unpacked: a small archive may claim any size. */
const MOST_FILES = 100_000;
const MOST_OCTETS = 64 * 1024 ** 3;
/** Octets that any archive may unpack to, and how often its own length beyond that: a court pack packs to a tenth. */
const FREE_OCTETS = 64 * 1024 ** 2;
const MOST_GAIN = 100;
/** Folders that a file may lie in. */
const MOST_DEPTH = 32;

/** Type bits of a Unix mode, and those of a plain file; archives of other systems have 0. */
const TYPE_BITS = 0o170000;
const PLAIN_FILE = 0o100000;

/**
 * Unpacks files of a ZIP archive into a folder. None is written before the names of all have been read, lie inside the folder and can
 * stand beside each other.
 * @param isWanted Tells of a name whether its file is unpacked.
 * @returns the names of the files that were unpacked, inside the folder.
 * @throws BacktrailError `zip-unsafe` naming the entry that would lead out of the folder or is no plain file, `zip-damaged`.
 */
export async function unzip(
  path: string,
  folder: string,
  isWanted: (name: string) => boolean = () => true,
): Promise<string[]> {
  const zip = await opened(path);
  try {
    const all = (await entriesOf(zip, path)).filter(({ fileName }) => !fileName.endsWith("/"));
    requireApart(
      all.map((entry) => safeName(entry, path)),
      path,
    );
    const entries = all.filter(({ fileName }) => isWanted(fileName));
    const octets = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    if (octets > Math.min(MOST_OCTETS, FREE_OCTETS + MOST_GAIN * zip.fileSize))
      throw unsafe(path, `${octets} octets`, "are more than is unpacked of an archive of its length");
    for (const entry of entries) {
      const place = join(folder, entry.fileName);
      makeFolder(dirname(place));
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(place, { flags: "wx" }));
    }
    return entries.map(({ fileName }) => fileName);
  } catch (error) {
    throw zipProblem(error, path);
  } finally {
    zip.close();
  }
}

async function opened(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: true });
  } catch (error) {
    throw zipProblem(error, path);
  }
}

function entriesOf(zip: ZipFile, path: string): Promise<Entry[]> {
  return new Promise((done, fail) => {
    const entries: Entry[] = [];
    zip.on("entry", (entry: Entry) => {
      entries.push(entry);
      if (entries.length > MOST_FILES) fail(unsafe(path, `${zip.entryCount} entries`, "are more than is unpacked"));
      else zip.readEntry();
    });
    zip.once("end", () => done(entries));
    zip.once("error", fail);
    zip.readEntry();
  });
}

/** yauzl refuses absolute names, backslashes and `..`; the rest is refused here. */
function safeName({ fileName, externalFileAttributes }: Entry, path: string): string {
  const type = (externalFileAttributes >>> 16) & TYPE_BITS;
  if (type !== 0 && type !== PLAIN_FILE) throw unsafe(path, fileName, "is a link or a device, no plain file");
  if (/[\0:]/.test(fileName) || fileName.split("/").some((part) => part === "" || part === "." || part === ".."))
    throw unsafe(path, fileName, "would lead out of the folder");
  if (fileName.split("/").length > MOST_DEPTH + 1)
    throw unsafe(path, fileName.slice(0, 100), `lies more than ${MOST_DEPTH} folders deep`);
  return fileName;
}

/** Each name once, and none that is a folder of another. */
function requireApart(names: readonly string[], path: string): void {
  const known = new Set<string>();
  for (const name of names) {
    if (known.has(name)) throw unsafe(path, name, "stands in it twice");
    known.add(name);
  }
  for (const name of names)
    for (let end = name.indexOf("/"); end >= 0; end = name.indexOf("/", end + 1))
      if (known.has(name.slice(0, end))) throw unsafe(path, name.slice(0, end), "is a file and a folder in it");
}

function unsafe(path: string, name: string, why: string): BacktrailError {
  return new BacktrailError(
    "zip-unsafe",
    `${path} is not unpacked: ${name} ${why}. Nothing of it was written; it was not made by Backtrail.`,
  );
}

function zipProblem(error: unknown, path: string): BacktrailError {
  if (error instanceof BacktrailError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined) return ioProblem(error, `unpacking ${path}`);
  if (/relative path|absolute path|invalid characters/.test(message)) {
    const name = message.slice(message.indexOf(":") + 1).trim();
    return unsafe(path, name, "would lead out of the folder");
  }
  return new BacktrailError("zip-damaged", `${path} is no whole ZIP archive (${message}): get it again.`, {
    cause: error,
  });
}
