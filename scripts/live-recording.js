// A recording under way for the pictures of the Live view: traffic and a few attacks are played over a cable between two network namespaces.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Cable } from "./recording-cable.js";

const BACKTRAIL = fileURLToPath(new URL("../bin/backtrail.js", import.meta.url));
const SAMPLES = fileURLToPath(new URL("../dist/samples/make.js", import.meta.url));
const PROGRAMS = ["ip", "tcpreplay", "dumpcap"];
/** Techniques that are played once, among traffic that is played again and again. */
const ATTACKS = ["psexec", "dcsync", "archive-read", "archive-delete", "ransom-note"];
const OPTIONS = ["--keep", "100M", "--rotate", "16M", "--json"];

/** Why nothing can be recorded here; null if it can. */
export function whyNoRecording() {
  if (process.getuid?.() !== 0) return "it needs root, to make network namespaces";
  const missing = PROGRAMS.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
  return missing.length === 0 ? null : `${missing.join(", ")} not installed`;
}

/**
 * Records into a new case.
 * @param folder For the captures that are played.
 * @returns once findings were told; `stop` ends it.
 */
export async function recordInto(place, folder) {
  const make = (...parameters) => spawnSync(process.execPath, [SAMPLES, ...parameters]);
  const traffic = join(folder, "bulk.pcapng");
  make("--profile", "bulk", "--size", "20MB", "--out", traffic);
  make("--techniques", folder);
  const cable = new Cable("screen");
  cable.make();
  let isOver = false;
  const command = [process.execPath, BACKTRAIL, "record", "-i", "mirror", "--case", place, ...OPTIONS];
  const recording = cable.start(command, '"analysis":{');
  await recording.ready();
  const playing = (async () => {
    while (!isOver) await cable.play("-p", "400", "-L", "4000", traffic);
  })();
  await sleep(TRAFFIC_FIRST_MS);
  await cable.play("-p", "200", ...ATTACKS.map((name) => join(folder, `${name}.pcapng`)));
  const ended = Date.now();
  while (!isJudged(place, ended)) await sleep(500);
  return {
    async stop() {
      isOver = true;
      await playing;
      await recording.stop();
      cable.remove();
    },
  };
}

/** There is something to be seen before the attacks. */
const TRAFFIC_FIRST_MS = 20_000;

/** True once all records up to a time (ms) were judged. */
function isJudged(place, until) {
  const path = join(place, "evidence/live/status.json");
  if (!existsSync(path)) return false;
  const { analysis } = JSON.parse(readFileSync(path, "utf8"));
  if (analysis === null || analysis.evaluatedAt === null || analysis.findings === 0) return false;
  return Date.parse(analysis.evaluatedAt) - analysis.evaluationSeconds * 1000 > until;
}
