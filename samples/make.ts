import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { record } from "./scenario/record.ts";
import { scaleOf } from "./scenario/scale.ts";
import { SCENARIOS } from "./scenario/variants/index.ts";
import { TECHNIQUES } from "./techniques/index.ts";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    truth: { type: "string" },
    size: { type: "string", default: "3MB" },
    scenario: { type: "string", default: "incident" },
    techniques: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
if (values.out !== undefined) {
  const scenario = SCENARIOS.find((each) => each.name === values.scenario);
  if (scenario === undefined) throw new Error("no such scenario");
  const sizeOctets = Number(values.size.replace(/MB$/, "")) * 1e6;
  const recipe = { scenario: scenario.name, about: scenario.about, seed: values.seed, sizeOctets };
  const facts = await record({
    path: values.out,
    truthPath: values.truth ?? null,
    recipe,
    play: (stage) => scenario.play(stage, scaleOf(sizeOctets)),
  });
  process.stdout.write(`${facts.file}\t${facts.frames} frames\t${facts.octets} octets\n`);
}
if (values.techniques !== undefined) {
  await mkdir(values.techniques, { recursive: true });
  for (const technique of TECHNIQUES) {
    const path = join(values.techniques, technique.name);
    const recipe = { scenario: technique.name, about: technique.shows, seed: values.seed, sizeOctets: 0 };
    const facts = await record({
      path: `${path}.pcapng`,
      truthPath: `${path}.truth.json`,
      recipe,
      play: (stage) => technique.play(stage),
    });
    process.stdout.write(`${facts.file}\t${facts.frames} frames\t${facts.octets} octets\n`);
  }
}
