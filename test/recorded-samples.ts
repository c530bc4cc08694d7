import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder of the captures that were recorded from real servers. */
export const RECORDED = fileURLToPath(new URL("../samples/recorded/", import.meta.url));

/** Names of the recorded captures, without the ending. */
export function recordedNames(): string[] {
  return readdirSync(RECORDED)
    .filter((file) => file.endsWith(".pcapng"))
    .map((file) => file.replace(/\.pcapng$/, ""))
    .sort();
}
