// Opens the window: in Electron where it can run here, in a browser otherwise; says which and why.
//   npm start [-- CASE]     without CASE the window welcomes: the sample incident in one press, cases of before, captures to drop
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, RUNTIME, setUp } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const given = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
const folder = given === undefined ? null : resolve(given);

setUp(RUNTIME);
if (folder !== null && !existsSync(join(folder, "case.json"))) {
  fail(`There is no case in ${folder}: make one with npx backtrail analyze CAPTURE --case ${folder}`, 2);
}
const { program, reason } = electronHere();
const what = folder ?? "the window";
if (program === null) {
  process.stderr.write(`Opening ${what} for a browser, because ${reason}.\n`);
  const args = ["serve", ...(folder === null ? [] : ["--case", folder])];
  end(spawn(process.execPath, [join(root, "bin/backtrail.js"), ...args], { stdio: "inherit" }));
} else {
  process.stderr.write(`Opening ${what} in Electron (${program}).\n`);
  end(
    spawn(program, [join(root, "dist/electron/main.js"), ...(folder === null ? [] : [folder])], { stdio: "inherit" }),
  );
}

/** Electron's program, or why it cannot run here. */
function electronHere() {
  const module = join(root, "node_modules/electron");
  const pathFile = join(module, "path.txt"); // written by Electron's installer beside the binary it fetched
  const program = existsSync(pathFile) ? join(module, "dist", readFileSync(pathFile, "utf8").trim()) : null;
  if (program === null || !existsSync(program)) {
    return {
      program: null,
      reason: "Electron's binary is not installed (node node_modules/electron/install.js fetches it)",
    };
  }
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    return { program: null, reason: "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)" };
  }
  if (process.platform === "linux" && process.getuid() === 0) {
    return { program: null, reason: "this is root, and Electron's sandbox does not run as root" };
  }
  return { program, reason: null };
}

/** Ends with the child, and lets it end first at Ctrl+C. */
function end(child) {
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`The window could not be started: ${error.message}.`));
  child.on("exit", (code) => process.exit(code ?? 0));
}
