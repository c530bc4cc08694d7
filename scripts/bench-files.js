// What the measuring scripts share: the captures they make once, and the parts of the docs that they write.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./setup.js";

const root = fileURLToPath(new URL("..", import.meta.url));
export const benchFolder = join(root, ".cache", "bench");

/** A generated capture, made if it is not there yet. @param size As `samples/make.js` takes it: 100MB, 1GB. */
export function benchCapture(profile, size) {
  mkdirSync(benchFolder, { recursive: true });
  const capture = join(benchFolder, `${profile}-${size}.pcapng`);
  if (!existsSync(capture))
    run(process.execPath, ["dist/samples/make.js", "--profile", profile, "--size", size, "--out", capture]);
  return capture;
}

/** Puts `text` between the markers of that name of a page in docs/. */
export function writePart(page, name, text) {
  const file = join(root, "docs", page);
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const before = readFileSync(file, "utf8");
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/${page} lacks the markers ${begin} and ${end}`);
  writeFileSync(file, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`);
}

/** CPU time of all children that ended, from /proc/self/stat fields 16 and 17 (proc(5)), in seconds. */
export function childrenCpuSeconds() {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
