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

/** Type bits of a Unix mode, and those of a plain file; archives of other systems have 0. */
const TYPE_BITS = 0o170000;
const PLAIN_FILE = 0o100000;

/**
 * Unpacks a ZIP archive into a folder. No entry is written before the names of all have been read and lie inside the folder.
 * @returns the files' names inside the folder.
 * @throws BacktrailError `zip-unsafe` naming the entry that would lead out of the folder or is no plain file, `zip-damaged`.
 */
export async function unzip(path: string, folder: string): Promise<string[]> {
  const zip = await opened(path);
  try {
    const entries = (await entriesOf(zip, path)).filter(({ fileName }) => !fileName.endsWith("/"));
    const names = entries.map((entry) => safeName(entry, path));
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw unsafe(path, twice, "stands in it twice");
    const octets = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    if (octets > MOST_OCTETS) throw unsafe(path, `${octets} octets`, "are more than is unpacked");
    for (const [i, entry] of entries.entries()) {
      const place = join(folder, names[i]!);
      makeFolder(dirname(place));
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(place, { flags: "wx" }));
    }
    return names;
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
  return fileName;
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
