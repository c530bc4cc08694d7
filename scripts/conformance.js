// Compares our records with the logs that Zeek wrote of the same captures, log by log and field by field, and prints the
// tables. Fails if a difference is not in test/ledgers/zeek/, or one in there is gone.
// Usage: npm run conformance [-- --ledgers | --write]; `--ledgers` renews the ledgers, `--write` the tables of docs/conformance.md too.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { fail, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: { write: { type: "boolean", default: false }, ledgers: { type: "boolean", default: false } },
});
const tables = join(root, ".cache", "conformance.md");

setUp();
mkdirSync(join(root, ".cache"), { recursive: true });
rmSync(tables, { force: true });
const { status } = spawnSync("node_modules/.bin/vitest", ["run", "test/conformance"], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
  env: {
    ...process.env,
    CONFORMANCE_TABLES: tables,
    CONFORMANCE_WRITE: values.write ? "all" : values.ledgers ? "ledgers" : "",
  },
});
if (existsSync(tables)) process.stdout.write(`\n${readFileSync(tables, "utf8")}`);
else fail("Nothing was compared: the corpus is not there. Set BACKTRAIL_CORPUS to its folder.", status === 0 ? 0 : 1);
process.exitCode = status ?? 1;
