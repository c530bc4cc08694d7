import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { record } from "../../dist/samples/scenario/record.js";
import { scaleOf } from "../../dist/samples/scenario/scale.js";
import { SCENARIOS } from "../../dist/samples/scenario/variants/index.js";
import { sameTechnique } from "./labels.js";
import { isSevere, measure } from "./measure.js";

const OCTETS = 3_000_000;
/** The sample incident is told with other seeds too: other names, times and sizes. */
const SEEDS = { incident: ["1", "2", "3"] };
/** A finding belongs to a step if it overlaps it within this time. */
const NEAR_NS = 1_800_000_000_000n;

/** Each scenario's steps with whether they were found, and what was said of high severity outside of them. */
export async function scenarioResults(folder, options) {
  mkdirSync(folder, { recursive: true });
  const results = [];
  for (const scenario of SCENARIOS) {
    for (const seed of SEEDS[scenario.name] ?? ["1"]) {
      const path = join(folder, `${scenario.name}-${seed}.pcapng`);
      const truthPath = join(folder, `${scenario.name}-${seed}.truth.json`);
      const recipe = { scenario: scenario.name, about: scenario.about, seed, sizeOctets: OCTETS };
      const play = (stage) => scenario.play(stage, scaleOf(OCTETS));
      const { sha256 } = await record({ path, truthPath, recipe, play });
      const { findings } = await measure(path, sha256, { ...options, only: null });
      const truth = JSON.parse(readFileSync(truthPath, "utf8"));
      results.push({ name: scenario.name, seed, about: scenario.about, ...compare(truth.steps, findings) });
    }
  }
  return results;
}

/** Steps of the truth against findings. */
export function compare(truth, findings) {
  const attack = truth.filter((step) => step.attack.length > 0 && step.mustNotBe.length === 0);
  const steps = attack.map((step) => {
    const seen = findings.filter((finding) => shows(finding, step));
    const exact = seen.filter(({ source, target }) => source === step.source && target === step.target);
    const [first = null] = (exact.length > 0 ? exact : seen).map(({ tsFirst }) => BigInt(tsFirst)).sort(byTime);
    const { id, what } = step;
    return { id, what, attack: step.attack, begins: nanoseconds(step.first), first, found: first !== null };
  });
  const outside = findings.filter((finding) => isSevere(finding) && !attack.some((step) => touches(finding, step)));
  return { steps, outside, isInOrder: isInOrder(steps.filter(({ found }) => found)) };
}

/** Whatever began half an hour before another was also found before it. */
function isInOrder(steps) {
  return steps.every((a) => steps.every((b) => a.begins + NEAR_NS > b.begins || a.first <= b.first));
}

const byTime = (a, b) => (a < b ? -1 : 1);

/** The finding names a technique of the step, between its hosts, at its time. */
function shows(finding, step) {
  const named = finding.attack.some((id) => step.attack.some((wanted) => sameTechnique(id, wanted)));
  const expected = [finding, ...finding.also].some(({ detection }) => step.detections.includes(detection));
  return (named || expected) && touches(finding, step);
}

function touches({ source, target, tsFirst, tsLast }, step) {
  const sameHosts = [source, target].some((host) => host !== null && (host === step.source || host === step.target));
  const [from, to] = [nanoseconds(step.first) - NEAR_NS, nanoseconds(step.last) + NEAR_NS];
  return sameHosts && BigInt(tsFirst) <= to && BigInt(tsLast) >= from;
}

/** "2024-03-01T02:00:00.123456789Z" as ns since 1970. */
function nanoseconds(text) {
  const [whole, fraction = ""] = text.replace("Z", "").split(".");
  return BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
