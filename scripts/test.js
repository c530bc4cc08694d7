// Runs every check: types, lint, format, import rules, unused code, tests. `--quick` leaves out the slow ones.
import { setUp, setUpChecks, run } from "./setup.js";

const quick = process.argv.includes("--quick");
setUp();
if (!quick) setUpChecks();

const started = Date.now();
const step = (name, program, args) => {
  process.stderr.write(`\n── ${name}\n`);
  run(program, args);
};
const bin = (name) => `node_modules/.bin/${name}`;

step("format", bin("prettier"), ["--check", "--log-level", "warn", "."]);
step("lint", bin("eslint"), ["--max-warnings", "0", "."]);
step("import rules", bin("depcruise"), [
  "--config",
  ".dependency-cruiser.cjs",
  "core",
  "electron",
  "renderer",
  "samples",
  "test",
]);
step("unused code", bin("knip"), []);
step("derived pages", process.execPath, ["scripts/docs.js", "--check"]);
step("tests", bin("vitest"), ["run", ...(quick ? ["--changed"] : [])]);
process.stderr.write(`\nAll checks passed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
