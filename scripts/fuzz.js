// Damages captures and analyses them until the time is over; prints the seeds of what fails.
// Usage: npm run fuzz -- [--minutes 15] [--seed N]   (a seed without minutes: that one case only)
import { parseArgs } from "node:util";
import { run, setUp } from "./setup.js";

const { values } = parseArgs({ options: { minutes: { type: "string" }, seed: { type: "string" } } });
const one = values.minutes === undefined && values.seed !== undefined;
setUp();
process.env["BACKTRAIL_FUZZ_SECONDS"] = String(one ? 0 : Number(values.minutes ?? 15) * 60);
if (values.seed !== undefined) process.env["BACKTRAIL_FUZZ_SEED"] = values.seed;
run("node_modules/.bin/vitest", ["run", "test/fuzz"]);
