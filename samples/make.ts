import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { helpText, wishOf, type Wish } from "./arguments.ts";
import { PROFILES } from "./profiles/index.ts";
import { record, type Recording } from "./scenario/record.ts";
import { scaleOf } from "./scenario/scale.ts";
import type { CaptureFacts } from "./scenario/truth.ts";
import { SCENARIOS } from "./scenario/variants/index.ts";
import { techniqueRecording } from "./techniques/recording.ts";
import { TECHNIQUES } from "./techniques/index.ts";

/** How one scenario or profile is recorded; throws on an unknown name. */
function recordingOf(wish: Extract<Wish, { kind: "capture" }>): Recording {
  const { out: path, truth: truthPath, seed, sizeOctets } = wish;
  const profile = PROFILES.find((each) => each.name === wish.profile);
  if (profile !== undefined) {
    const recipe = { scenario: profile.name, about: profile.about, seed, sizeOctets };
    return { path, truthPath, recipe, play: (stage) => profile.play(stage, sizeOctets) };
  }
  const scenario = SCENARIOS.find((each) => each.name === wish.scenario);
  if (scenario === undefined) throw new Error(`no scenario ${String(wish.scenario)}`);
  const recipe = { scenario: scenario.name, about: scenario.about, seed, sizeOctets };
  return { path, truthPath, recipe, play: (stage) => scenario.play(stage, scaleOf(sizeOctets)) };
}

async function make(recording: Recording): Promise<void> {
  const facts: CaptureFacts = await record(recording);
  process.stdout.write(`${facts.file}: ${facts.frames} frames, ${facts.octets} octets, SHA-256 ${facts.sha256}\n`);
}

const wish = wishOf(process.argv.slice(2));
if (typeof wish === "string") {
  process.stderr.write(`${wish}\nTry --help.\n`);
  process.exitCode = 2;
} else if (wish.kind === "help") {
  process.stdout.write(helpText());
} else {
  try {
    if (wish.kind === "capture") await make(recordingOf(wish));
    else {
      await mkdir(wish.folder, { recursive: true });
      for (const technique of TECHNIQUES)
        await make(techniqueRecording(technique, join(wish.folder, technique.name), wish.seed));
    }
  } catch (error) {
    process.stderr.write(
      `The capture could not be written: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 3;
  }
}
