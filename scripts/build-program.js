// Joins the modules of engine and command line, and the packages that they use, into the few files of a folder in dist/program: a process that loads a
// thousand modules spends more than a second on that. What is built by tsc stays beside them (decision 12).
// Usage: node scripts/build-program.js [--alone]   (--alone: removes the folders of builds before, as a package wants it)
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildStamp } from "../dist/core/program/program-files.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "dist/program");
const current = join(out, "current");

/** Modules that a process or a thread starts with. */
const ENTRIES = [
  "core/cli/main",
  "core/engine/worker",
  "core/engine/live/analysis-process",
  "core/record/recorder-process",
  "core/record/verify-process",
  "core/report/pdf/pdf-worker",
  "electron/engine-process",
];
/** Builds before that stay: what runs still loads parts of its own. */
const MOST_BEFORE = 2;

const name = `${buildStamp()}-${toolsStamp()}`;
if (!existsSync(join(out, name, "main.js"))) await build();
if (!existsSync(current) || readFileSync(current, "utf8") !== name) writeFileSync(current, name);
removeBefore(process.argv.includes("--alone") ? 0 : MOST_BEFORE);

async function build() {
  const { rolldown } = await import("rolldown");
  const joined = await rolldown({
    cwd: root,
    input: Object.fromEntries(ENTRIES.map((entry) => [basename(entry), `${entry}.ts`])),
    platform: "node",
    // Native modules and those that find files beside themselves stay packages.
    external: [/^@duckdb\/node-bindings/, /^@myriaddreamin\//, /^@resvg\//, "pcap"],
  });
  const draft = join(out, `${name}.next`);
  rmSync(draft, { recursive: true, force: true });
  await joined.write({
    dir: draft,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  rmSync(join(out, name), { recursive: true, force: true });
  renameSync(draft, join(out, name));
}

/** Names what is joined with: this script and the packages. */
function toolsStamp() {
  const hash = createHash("sha256");
  for (const file of ["scripts/build-program.js", "package-lock.json"]) hash.update(readFileSync(join(root, file)));
  return hash.digest("hex").slice(0, 8);
}

/** Removes what is neither this build nor one of the latest before. */
function removeBefore(most) {
  const others = readdirSync(out, { withFileTypes: true })
    .filter((each) => each.name !== name && each.name !== "current")
    .map((each) => ({ path: join(out, each.name), isBuild: each.isDirectory() }))
    .map((each) => ({ ...each, time: statSync(each.path).mtimeMs }))
    .sort((a, b) => Number(b.isBuild) - Number(a.isBuild) || b.time - a.time);
  const kept = others.slice(0, most).filter(({ isBuild }) => isBuild);
  for (const each of others) if (!kept.includes(each)) rmSync(each.path, { recursive: true, force: true });
}
