// Joins the modules of engine and command line, and the packages that they use, into the few files of a folder in dist/program: a process that loads a
// thousand modules spends more than a second on that. What is built by tsc stays beside them (decision 12).
// Usage: node scripts/build-program.js [--alone]   (--alone: removes the folders of all builds before, as a package wants it)
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildsInUse, buildStamp } from "../dist/core/program/program-files.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "dist/program");
const current = join(out, "current");

/** Modules that a process or a thread starts with. */
const ENTRIES = [
  "core/cli/main",
  "core/engine/worker",
  "core/engine/hash-worker",
  "core/engine/live/analysis-process",
  "core/record/recorder-process",
  "core/record/verify-process",
  "core/report/pdf/pdf-worker",
  "electron/engine-process",
];
/** Builds before that stay, beside those that something runs from: it loads parts of its own and starts others from it. */
const MOST_BEFORE = 2;
/** A draft that is older was broken off. */
const LONGEST_DRAFT_MS = 3_600_000;

const name = `${buildStamp()}-${toolsStamp()}`;
if (!existsSync(join(out, name, "main.js"))) await build();
if (!existsSync(current) || readFileSync(current, "utf8") !== name) writeFileSync(current, name);
const isAlone = process.argv.includes("--alone");
const needed = removeBefore(isAlone ? 0 : MOST_BEFORE);
if (isAlone && needed.length > 0) {
  process.stderr.write(
    `A package wants this build alone, and others are needed: ${needed.join(", ")}. Wait for them or end them, then try again.\n`,
  );
  process.exitCode = 1;
}

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

/**
 * Removes what is neither this build nor one of the latest before, but for what is needed now.
 * @returns what of the others is needed, and by whom.
 */
function removeBefore(most) {
  const used = buildsInUse();
  const others = readdirSync(out, { withFileTypes: true })
    .filter((each) => each.name !== name && each.name !== "current")
    .map((each) => ({ name: each.name, isBuild: each.isDirectory(), time: statSync(join(out, each.name)).mtimeMs }))
    .sort((a, b) => Number(b.isBuild) - Number(a.isBuild) || b.time - a.time);
  const isDraft = (each) => each.name.endsWith(".next") && each.time > Date.now() - LONGEST_DRAFT_MS;
  const isNeeded = (each) => used.has(each.name) || isDraft(each);
  const spare = others.filter((each) => !isNeeded(each));
  const kept = spare.slice(0, most).filter(({ isBuild }) => isBuild);
  for (const each of spare) if (!kept.includes(each)) rmSync(join(out, each.name), { recursive: true, force: true });
  return others
    .filter(isNeeded)
    .map(
      (each) =>
        `dist/program/${each.name} (${used.has(each.name) ? `process ${used.get(each.name)}` : "is being built"})`,
    );
}
