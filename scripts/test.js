// Runs every check: types, lint, format, import rules, unused code, tests. `--quick` leaves out the slow ones.
import { spawn } from "node:child_process";
import { fail, run, setUp, setUpChecks } from "./setup.js";

const quick = process.argv.includes("--quick");
const started = Date.now();
const programs = quick ? undefined : setUpChecks();
setUp();

const step = (name, program, args) => {
  process.stderr.write(`\n── ${name}\n`);
  run(program, args);
};
const bin = (name) => `node_modules/.bin/${name}`;

// Reading the types takes one core a minute and a half: the first to begin, and the last thing that is waited for.
process.stderr.write("\n── lint, beside the next steps\n");
const lint = spawn(bin("eslint"), ["--max-warnings", "0", "."], { stdio: "inherit" });
const linted = new Promise((resolve) => lint.on("close", resolve).on("error", () => resolve(1)));
step("format", bin("prettier"), ["--check", "--log-level", "warn", "."]);
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
await programs;
step("tests", bin("vitest"), ["run", ...(quick ? ["--changed"] : [])]);
const code = await linted;
if (code !== 0) fail(`"${bin("eslint")}" ended with ${code}.`, 1);
process.stderr.write(`\nAll checks passed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
