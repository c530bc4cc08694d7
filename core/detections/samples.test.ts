import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { record } from "../../samples/scenario/record.ts";
import { scaleOf } from "../../samples/scenario/scale.ts";
import { SCENARIOS } from "../../samples/scenario/variants/index.ts";
import { TECHNIQUES } from "../../samples/techniques/index.ts";
import { techniqueRecording } from "../../samples/techniques/recording.ts";
import { RecordTables } from "../../test/record-tables.ts";
import type { Finding } from "../contracts/finding.ts";
import { analyzeInline } from "../engine/run-inline.ts";
import { inferEstate } from "../estate/infer.ts";
import { EMPTY_SCOPE, parseScope } from "../estate/scope.ts";
import { SHOWN_BY_HAND } from "../../test/detection-rows.ts";
import { ROW_STORIES } from "../../test/row-stories/index.ts";
import { SCOPE } from "../../test/row-stories/row-story.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

const RECORDED = fileURLToPath(new URL("../../samples/recorded", import.meta.url));
/** Samples in which nobody attacks anything. */
const HARMLESS = [
  "quiet",
  ...TECHNIQUES.filter(({ isAttack }) => !isAttack).map(({ name }) => name),
  ...ROW_STORIES.filter(({ isAttack }) => !isAttack).map(({ name }) => `${name}.rows`),
];

/** Captures go by their name, stories told in records keep their ".rows". */
const baseName = (capture: string): string => capture.replace(/\.pcapng$/, "");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backtrail-samples-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const known = new Map<string, Promise<readonly Finding[]>>();

/** What is found in a sample, which is made, read and analysed once. */
function findingsIn(capture: string): Promise<readonly Finding[]> {
  let run = known.get(capture);
  if (run === undefined) known.set(capture, (run = analyse(baseName(capture))));
  return run;
}

async function analyse(name: string): Promise<readonly Finding[]> {
  const tables = await RecordTables.create();
  const story = ROW_STORIES.find((each) => `${each.name}.rows` === name);
  if (story === undefined) await tables.load((await analyzeInline([await captureOf(name)])).chunks);
  else await story.write(tables);
  await tables.finish();
  await inferEstate(tables, story === undefined ? EMPTY_SCOPE : parseScope(story.scope ?? SCOPE));
  // An attack is judged by the detections that name it, a harmless sample by all.
  const judges = HARMLESS.includes(name)
    ? DETECTIONS
    : DETECTIONS.filter(({ samples }) => samples.some(({ capture }) => baseName(capture) === name));
  return (await runDetections(tables, judges)).findings;
}

/** Where a sample's capture lies; generated ones are made there first. */
async function captureOf(name: string): Promise<string> {
  const path = join(folder, name);
  const technique = TECHNIQUES.find((each) => each.name === name);
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (technique !== undefined) await record(techniqueRecording(technique, path, "1"));
  else if (scenario !== undefined) {
    const recipe = { scenario: name, about: scenario.about, seed: "1", sizeOctets: 3_000_000 };
    await record({
      path: `${path}.pcapng`,
      truthPath: null,
      recipe,
      play: (stage) => scenario.play(stage, scaleOf(3_000_000)),
    });
  } else {
    const recorded = join(RECORDED, `${name}.pcapng`);
    if (!existsSync(recorded)) throw new Error(`no sample ${name}`);
    return recorded;
  }
  return `${path}.pcapng`;
}

describe("detections on samples", () => {
  it.each(DETECTIONS.map((detection) => [detection.id, detection] as const))(
    "%s finds what it says",
    async (id, { samples, severity }) => {
      for (const { capture, findings } of samples) {
        const found = (await findingsIn(capture)).filter(
          // Where a detection reports nothing remarkable by design (a restore drill), that is what its samples count.
          (finding) => finding.detection === id && (finding.severity !== "info" || severity === "info"),
        );
        expect(
          found.map(({ explanation }) => explanation),
          capture,
        ).toHaveLength(findings);
      }
      expect(samples.some(({ findings }) => findings > 0) || SHOWN_BY_HAND.has(id)).toBe(true);
    },
  );

  it.each(HARMLESS)("stays silent on %s", async (name) => {
    const severe = (await findingsIn(name)).filter(({ severity }) => severity === "high" || severity === "critical");
    expect(
      severe.map(({ explanation }) => explanation),
      name,
    ).toEqual([]);
  });
});
