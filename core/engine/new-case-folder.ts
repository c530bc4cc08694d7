import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { CASE_FILES } from "../case/case.ts";

const COMPRESSION = /\.(gz|zst|lz4)$/i;
const CAPTURE = /\.(pcapng|pcap|cap|ntar)$/i;

/** A capture's name without the endings that say what is in it. */
export function captureStem(path: string): string {
  return basename(path).replace(COMPRESSION, "").replace(CAPTURE, "");
}

/** A folder for a new case within `parent`: `stem.case`, with a number where there is one already. */
export function newCaseFolder(parent: string, stem: string): string {
  let folder = join(parent, `${stem}.case`);
  for (let i = 2; existsSync(join(folder, CASE_FILES.info)); i++) folder = join(parent, `${stem}-${i}.case`);
  return folder;
}
