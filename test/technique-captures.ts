import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { record } from "../samples/scenario/record.ts";
import { TECHNIQUES } from "../samples/techniques/index.ts";
import { techniqueRecording } from "../samples/techniques/recording.ts";

/** Records some techniques into a folder, each as `<name>.pcapng`: the same octets as `make.js --techniques` writes for all of them. */
export async function recordTechniques(folder: string, names: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const technique = TECHNIQUES.find((each) => each.name === name);
    if (technique === undefined) throw new Error(`no technique ${name}`);
    await record(techniqueRecording(technique, join(folder, name), "1"));
  }
}
