import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { joinedFolder } from "./program-files.ts";

/** Maps of the joined files that were looked into; null for one that cannot be read. */
const maps = new Map<string, SourceMap | null>();

/**
 * What was thrown, with the places of our sources that it came through, also where the modules are joined.
 * @param program Folder of the joined modules; null where none run.
 */
export function faultText(error: unknown, program = joinedFolder()): string {
  if (!(error instanceof Error)) return String(error);
  const told = error.stack ?? error.message;
  if (program === null) return told;
  const joined = `${pathToFileURL(program).href}/`;
  return told.replace(
    /(file:\/\/[^\s()]+\/)([\w.-]+\.js):(\d+):(\d+)/g,
    (place, folder: string, file: string, line: string, column: string) => {
      // A message may quote what came over the wire: nothing elsewhere is opened.
      if (folder !== joined) return place;
      const url = folder + file;
      if (!maps.has(url)) maps.set(url, mapOf(url));
      return sourceOf(maps.get(url)!, Number(line), Number(column)) ?? place;
    },
  );
}

/** @param line As a stack counts it, from 1. */
function sourceOf(map: SourceMap | null, line: number, column: number): string | null {
  const found = map?.findEntry(line - 1, column - 1);
  if (found === undefined || !("originalSource" in found)) return null;
  return `${found.originalSource.replace(/^(\.\.\/)+/, "")}:${found.originalLine + 1}:${found.originalColumn + 1}`;
}

function mapOf(url: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(fileURLToPath(`${url}.map`), "utf8")) as SourceMap["payload"]);
  } catch {
    return null; // the joined file's own place is told
  }
}
