import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { coreFolder, joinedFolder, projectFile } from "../program/program-files.ts";

let known: string | null = null;

/**
 * SHA-256, in hex, over the program's own files, joined ones that run in their place, and the list of its packages: which build this is. The version stays the same from one
 * commit to the next, and a report depends on more than that. Worked out once, when it is first asked for.
 */
export function buildIdentity(): string {
  known ??= identityOf([coreFolder(), joinedFolder()].filter((folder) => folder !== null));
  return known;
}

/** @param folders With the modules of `core`, as sources or built, and with the joined program. */
function identityOf(folders: readonly string[]): string {
  const hash = createHash("sha256").update(readFileSync(projectFile("package.json")));
  for (const folder of folders) {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /(?<!\.test)(?<!\.d)\.[jt]s$/.test(name))
      .map((name) => name.replaceAll("\\", "/"))
      .sort();
    for (const name of names) hash.update(`${name}\0`).update(readFileSync(`${folder}/${name}`));
  }
  return hash.digest("hex");
}
