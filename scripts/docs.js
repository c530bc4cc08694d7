// Writes the pages that derive from the code: every record and column, every detection.
// Usage: npm run docs [-- --check]; with --check it only says whether they are up to date.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RUNTIME, fail, setUp } from "./setup.js";

setUp(RUNTIME);
const root = new URL("../", import.meta.url);
const built = (path) => import(new URL(`dist/core/${path}`, root).href);
const [
  { RECORD_TYPES },
  { PROTOCOLS },
  { referencePage },
  { examplesOf },
  { filterFields },
  { DETECTIONS },
  { detectionsReference },
] = await Promise.all([
  built("engine/record-types.js"),
  built("protocols/index.js"),
  built("records/reference.js"),
  built("records/examples.js"),
  built("case/filter/fields.js"),
  built("detections/index.js"),
  built("detections/reference.js"),
]);

const expected = fileURLToPath(new URL("samples/recorded/expected", root));
const logs = readdirSync(expected, { recursive: true })
  .filter((path) => path.endsWith(".log"))
  .sort()
  .map((path) => ({
    table: path
      .split(/[\\/]/)
      .pop()
      .replace(/\.log$/, ""),
    text: readFileSync(join(expected, path), "utf8"),
  }));

const specs = new Map();
for (const protocol of PROTOCOLS) {
  for (const { name } of protocol.records)
    specs.set(name, [...new Set([...(specs.get(name) ?? []), ...protocol.specs])]);
}

const pages = {
  "docs/fields.md": referencePage(RECORD_TYPES, filterFields(RECORD_TYPES), examplesOf(logs), specs),
  "docs/detections.md": detectionsReference(DETECTIONS),
};
for (const [path, text] of Object.entries(pages)) {
  const file = fileURLToPath(new URL(path, root));
  if (process.argv.includes("--check")) {
    let found = "";
    try {
      found = readFileSync(file, "utf8");
    } catch {
      found = ""; // missing counts as out of date
    }
    if (found !== text) fail(`${path} is not what the code says: run npm run docs and commit it.`, 1);
  } else {
    writeFileSync(file, text);
    process.stdout.write(`${path}\n`);
  }
}
