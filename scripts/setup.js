// Sets up a checkout: npm packages, the build and, for the checks, the Debian packages they compare with.
// Runs on a machine with Node and npm only, so it imports nothing that npm would have to install first.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Programs that the checks compare with, and the Debian package of each. */
const CHECK_PROGRAMS = {
  tshark: "tshark",
  capinfos: "wireshark-common",
  chromium: "chromium",
  ip: "iproute2",
  tcpdump: "tcpdump",
  tcpreplay: "tcpreplay",
  zstd: "zstd",
  lz4: "lz4",
};

/** Runs a program in the project folder; ends this process with a sentence if it fails. */
export function run(program, args, options = {}) {
  const shown = [program, ...args].join(" ");
  const result = spawnSync(program, args, { cwd: root, stdio: "inherit", ...options });
  if (result.error) fail(`Could not start "${shown}": ${result.error.message}.`);
  if (result.status !== 0) {
    process.exitCode = result.status ?? 1;
    fail(`"${shown}" ended with ${result.status ?? result.signal}.`, result.status ?? 1);
  }
}

export function fail(sentence, code = 3) {
  process.stderr.write(`${sentence}\n`);
  process.exit(code);
}

/**
 * npm packages as the lock file names them, and the build.
 * @param parts Projects to build; all of them, tests included, if none is named.
 */
export function setUp(parts = []) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Backtrail needs Node 20.19 or newer and this is ${process.versions.node}; install a newer Node and run again.`,
      2,
    );
  }
  // By content: a checkout that was pulled has a newer lock file, often with the same packages.
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const marker = join(root, "node_modules", ".backtrail-lock-sha256");
  const isCurrent = existsSync(marker) && readFileSync(marker, "utf8") === wanted;
  // npm would empty the folder of another checkout that the link leads to.
  if (!isCurrent && isLink(join(root, "node_modules"))) {
    process.stderr.write(
      "node_modules is a link to packages of another checkout, whose package-lock.json differs from this one; they are used as they are.\n",
    );
  } else if (!isCurrent) {
    process.stderr.write("Installing npm packages (once) ...\n");
    run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    writeFileSync(marker, wanted);
  }
  run(process.execPath, [join(root, "node_modules/typescript7/bin/tsc"), "-b", ...parts]);
  run(process.execPath, [join(root, "scripts/build-program.js")]);
  buildWindow();
}

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Builds the window if any of its sources is newer than what is built. */
function buildWindow() {
  const built = join(root, "dist/renderer/index.html");
  const sources = ["renderer", "core/contracts", "core/figures", "scripts/build-window.js", "package-lock.json"];
  if (existsSync(built) && statSync(built).mtimeMs >= Math.max(...sources.map(newest))) return;
  run(process.execPath, [join(root, "scripts/build-window.js")]);
}

/** When a file, or anything in a folder, was changed last; ms since 1970. */
function newest(path) {
  const full = join(root, path);
  const changed = statSync(full).mtimeMs;
  if (!statSync(full).isDirectory()) return changed;
  return Math.max(changed, ...readdirSync(full).map((name) => newest(join(path, name))));
}

/**
 * Programs that the checks compare with; installs them where that is allowed, says what to do where it is not. The promise is
 * fulfilled when they are there or it was said why not: other work can go on until then.
 */
export async function setUpChecks() {
  const missing = Object.entries(CHECK_PROGRAMS).filter(([program]) => !isOnPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !isOnPath("apt-get")) {
    process.stderr.write(
      `Not installed here: ${missing.map(([program]) => program).join(", ")}. The checks that compare with them are skipped and say so. ` +
        `To run them all: sudo ${command} (or the same programs from your system's packages).\n`,
    );
    return;
  }
  process.stderr.write(`Installing ${packages.join(", ")} for the checks (once) ...\n`);
  const options = {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  // One process, so that it goes on while this one waits for npm.
  const script = `apt-get -qq update; exec apt-get -qq install -y --no-install-recommends ${packages.join(" ")}`;
  const code = await new Promise((resolve) => {
    spawn("sh", ["-c", script], options)
      .on("close", resolve)
      .on("error", () => resolve(1));
  });
  if (code !== 0) process.stderr.write(`Could not install them; run "${command}" by hand to have every check.\n`);
}

function isOnPath(program) {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What it takes to run Backtrail and write samples. */
export const RUNTIME = ["core", "samples", "electron"];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setUp(process.argv.includes("--checks") ? [] : RUNTIME);
  if (process.argv.includes("--checks")) await setUpChecks();
}
