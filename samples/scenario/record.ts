import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { PcapngFile } from "../wire/pcapng-file.ts";
import { Timeline } from "../wire/timeline.ts";
import { Stage } from "./stage.ts";
import { truthText, type CaptureFacts, type Recipe } from "./truth.ts";

/** Monday, 2 March 2026, 00:00 UTC: scenario time 0. */
export const START_NS = BigInt(Date.UTC(2026, 2, 2)) * 1_000_000n;

export interface Recording {
  readonly path: string;
  readonly truthPath: string | null;
  readonly recipe: Recipe;
  /** Puts everything on the stage. */
  readonly play: (stage: Stage) => void;
}

/** Plays a scenario into a capture file and writes what is true of it. Rejects with the system's error if a file cannot be written. */
export async function record(recording: Recording): Promise<CaptureFacts> {
  const { path, truthPath, recipe } = recording;
  const timeline = new Timeline();
  const stage = new Stage(timeline, recipe.seed, START_NS);
  const file = await PcapngFile.create(path, {
    comment: `Fictional traffic of a company that does not exist. ${recipe.about} Scenario ${recipe.scenario}, seed ${recipe.seed}.`,
    interfaceName: "mirror0",
    interfaceDescription: "Mirror port of the core switch",
    startNs: START_NS,
  });
  stage.written = () => file.octets;
  recording.play(stage);
  await timeline.writeTo(file);
  const sha256 = await file.close();
  const { octets, frames, firstNs, lastNs } = file;
  const facts = { file: basename(path), octets, frames, sha256, firstNs, lastNs };
  if (truthPath !== null) await writeFile(truthPath, truthText(stage, recipe, facts));
  return facts;
}
