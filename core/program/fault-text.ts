import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/** Maps of the joined files that were looked into; null for one that cannot be read. */
const maps = new Map<string, SourceMap | null>();

/** What was thrown, with the places of our sources that it came through, also where the modules are joined. */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error.stack ?? error.message).replace(
    /(file:\/\/[^\s()]+\/)dist\/program\/([\w.-]+\.js):(\d+):(\d+)/g,
    (place, root: string, file: string, line: string, column: string) => {
      const url = `${root}dist/program/${file}`;
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
