// Joins the modules of engine and command line, and the packages that they use, into the few files of dist/program: a process that loads a
// thousand modules spends more than a second on that. What is built by tsc stays beside them (decision 12).
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isCurrent } from "../dist/core/program/program-files.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "dist/program");

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

if (!isCurrent() || !isNewerThan("scripts/build-program.js", "package-lock.json")) await build();

async function build() {
  const { rolldown } = await import("rolldown");
  const joined = await rolldown({
    cwd: root,
    input: Object.fromEntries(ENTRIES.map((entry) => [basename(entry), `${entry}.ts`])),
    platform: "node",
    // Native modules and those that find files beside themselves stay packages.
    external: [/^@duckdb\/node-bindings/, /^@myriaddreamin\//, /^@resvg\//, "pcap"],
  });
  const draft = `${out}.next`;
  rmSync(draft, { recursive: true, force: true });
  await joined.write({
    dir: draft,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  rmSync(out, { recursive: true, force: true });
  renameSync(draft, out);
}

/** Whether what is joined is newer than what it depends on besides the sources. */
function isNewerThan(...files) {
  const main = join(out, "main.js");
  return existsSync(main) && files.every((file) => statSync(join(root, file)).mtimeMs <= statSync(main).mtimeMs);
}
