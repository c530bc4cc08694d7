// Sets up the checkout, writes the sample incident, analyses it, prints its story and writes the report.
import { mkdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { RUNTIME, run, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "out", "demo");
const capture = join(out, "incident.pcapng");

setUp(RUNTIME);
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
run(process.execPath, ["dist/samples/make.js", "--out", capture, "--truth", join(out, "incident.truth.json")]);
process.stderr.write(`\nAnalysing ${relative(root, capture)} ...\n\n`);
run(process.execPath, [
  "bin/backtrail.js",
  "analyze",
  relative(root, capture),
  "--case",
  "out/demo/incident.case",
  "--name",
  "Sample incident",
]);
process.stderr.write(
  `\nWhat the intruder really did is in out/demo/incident.truth.json. Go on with:\n` +
    `  npx backtrail findings --case out/demo/incident.case\n` +
    `  npx backtrail verify --case out/demo/incident.case\n`,
);
