import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { EMPTY_SCOPE } from "../estate/scope.ts";
import { SHOWN_BY_HAND } from "../../test/detection-rows.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

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
  if (run === undefined) known.set(capture, (run = analyse(capture.replace(/\.pcapng$/, ""))));
  return run;
}

async function analyse(name: string): Promise<readonly Finding[]> {
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
  } else throw new Error(`no sample ${name}`);
  const result = await analyzeInline([`${path}.pcapng`]);
  const tables = await RecordTables.create();
  await tables.load(result.chunks);
  await tables.finish();
  await inferEstate(tables, EMPTY_SCOPE);
  // An attack is judged by the detections that name it, a harmless sample by all.
  const isHarmless = technique?.isAttack === false || name === "quiet";
  const judges = DETECTIONS.filter(
    ({ samples }) => isHarmless || samples.some(({ capture }) => capture === `${name}.pcapng`),
  );
  return (await runDetections(tables, judges)).findings;
}

describe("detections on samples", () => {
  it.each(DETECTIONS.map((detection) => [detection.id, detection] as const))(
    "%s finds what it says",
    async (id, { samples }) => {
      for (const { capture, findings } of samples) {
        const found = (await findingsIn(capture)).filter(
          ({ detection, severity }) => detection === id && severity !== "info",
        );
        expect(
          found.map(({ explanation }) => explanation),
          capture,
        ).toHaveLength(findings);
      }
      expect(samples.some(({ findings }) => findings > 0) || SHOWN_BY_HAND.has(id)).toBe(true);
    },
  );

  it("stays silent on harmless twins", async () => {
    for (const name of ["quiet", ...TECHNIQUES.filter(({ isAttack }) => !isAttack).map((each) => each.name)]) {
      const severe = (await findingsIn(name)).filter(({ severity }) => severity === "high" || severity === "critical");
      expect(
        severe.map(({ explanation }) => explanation),
        name,
      ).toEqual([]);
    }
  });
});
