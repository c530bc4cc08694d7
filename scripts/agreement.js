// Compares what tshark says of the same captures with our records, value by value, and prints what differs. Fails if a difference
// is not in test/ledgers/tshark.json, or one in there is gone.
// Usage: npm run agreement [-- --only PART | --scan | --write]; `--only` takes captures with PART in their name and shows each
// value that differs, `--scan` looks at every capture of the corpus, `--write` renews the ledger and docs/agreement.md.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { fail, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    scan: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const detail = join(root, ".cache", "agreement.json");

setUp();
mkdirSync(join(root, ".cache"), { recursive: true });
rmSync(detail, { force: true });
const { status } = spawnSync("node_modules/.bin/vitest", ["run", "test/agreement"], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
  env: {
    ...process.env,
    AGREEMENT_DETAIL: detail,
    AGREEMENT_ONLY: values.only,
    AGREEMENT_SCAN: values.scan ? "1" : "0",
    AGREEMENT_WRITE: values.write || values.scan ? "1" : "0",
  },
});
if (!existsSync(detail)) fail("Nothing was compared: tshark or the corpus is not there.", status === 0 ? 0 : 1);
for (const [capture, agreements] of JSON.parse(readFileSync(detail, "utf8"))) {
  for (const { field, equal, missing, extra } of agreements) {
    if (missing.length + extra.length === 0 && values.only === "") continue;
    const list = (name, all) => (all.length === 0 ? "" : `; only ${name}: ${JSON.stringify(all.slice(0, 12))}`);
    process.stdout.write(`${capture}: ${field}: ${equal} equal${list("tshark", missing)}${list("here", extra)}\n`);
  }
}
process.exitCode = status ?? 1;
