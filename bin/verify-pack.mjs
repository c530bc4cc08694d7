#!/usr/bin/env node
// Checks a court pack of Backtrail with nothing but Node (tried with 20): every file against SHA256SUMS, and the journal's chain of hashes.
//
//   node verify-pack.mjs [PACK] [CAPTURE...]
//
// PACK is the unpacked folder (this script's own if left out). Captures given after it are hashed and compared with the list that the
// pack was made from. Ends with 0 if all is as it was, with 1 if not. METHOD.md says how to do the same by hand.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const [pack = dirname(fileURLToPath(import.meta.url)), ...captures] = process.argv.slice(2);
let problems = 0;

const print = (line) => process.stdout.write(`${line}\n`);

/** Names come from the pack, so what could steer a terminal is shown as an escape. */
const shown = (text) =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
const say = (state, name, text = "") =>
  print(`${state.padEnd(9)}${shown(name)}${text === "" ? "" : `: ${shown(text)}`}`);
const bad = (state, name, text) => (problems++, say(state, name, text));
const sha256 = (octets) => createHash("sha256").update(octets).digest("hex");

async function hashOf(path) {
  const hash = createHash("sha256");
  for await (const block of createReadStream(path)) hash.update(block);
  return hash.digest("hex");
}

/** Lines of sha256sum: a hash, two characters, a path inside the pack. */
function sumsOf(text, from) {
  const sums = new Map();
  for (const line of text.split("\n").slice(0, -1)) {
    const [, hash, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (path === undefined || path.startsWith("/") || path.split(/[\\/]/).includes(".."))
      bad("CHANGED", from, `this line is no line of it: ${line}`);
    else sums.set(path, hash);
  }
  return sums;
}

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [relative(pack, path).split(sep).join("/")];
  });
}

async function checkFiles() {
  const text = readFileSync(join(pack, "SHA256SUMS"), "utf8");
  const own = existsSync(join(pack, "SHA256SUMS.sha256")) ? readFileSync(join(pack, "SHA256SUMS.sha256"), "utf8") : "";
  const head = sha256(readFileSync(join(pack, "SHA256SUMS")));
  if (own !== `${head}  SHA256SUMS\n`)
    bad("CHANGED", "SHA256SUMS", "it does not have the hash that SHA256SUMS.sha256 holds: one of the two was changed");
  const sums = sumsOf(text, "SHA256SUMS");
  for (const [path, hash] of sums) {
    if (!existsSync(join(pack, path))) bad("MISSING", path, "it is listed and not there");
    else if ((await hashOf(join(pack, path))) !== hash)
      bad("CHANGED", path, "it does not have the hash that SHA256SUMS holds");
    else say("ok", path);
  }
  for (const path of filesIn(pack)) {
    // Signatures of SHA256SUMS are made after it: SHA256SUMS.sha256, SHA256SUMS.sig, ...
    if (!sums.has(path) && path !== "SHA256SUMS" && !path.startsWith("SHA256SUMS."))
      bad("ADDED", path, "it is there and not listed");
  }
  return head;
}

/** Each line carries the hash of the one before and its own: SHA-256 of the line without `,"hash":"..."`. */
function checkJournal() {
  const name = "custody/journal.jsonl";
  const text = readFileSync(join(pack, name), "utf8");
  let prev = "0".repeat(64);
  const lines = text.split("\n");
  if (lines.pop() !== "") bad("BROKEN", name, "its last line is cut short");
  for (const [i, line] of lines.entries()) {
    const [, hash] = /,"hash":"([0-9a-f]{64})"\}$/.exec(line) ?? [];
    let entry = null;
    try {
      entry = JSON.parse(line);
    } catch {
      // said below
    }
    const reason =
      entry === null || hash === undefined
        ? "it is no entry"
        : entry.seq !== i + 1
          ? `it has number ${entry.seq}`
          : entry.prev !== prev
            ? "it does not follow the line before: a line was changed, removed or inserted"
            : sha256(line.replace(/,"hash":"[0-9a-f]{64}"\}$/, "}")) !== hash
              ? "its text does not have the hash it carries"
              : null;
    if (reason !== null) return bad("BROKEN", name, `line ${i + 1}: ${reason}`);
    prev = hash;
  }
  const noted = JSON.parse(readFileSync(join(pack, "pack.json"), "utf8")).journal_head;
  if (noted !== prev)
    bad("BROKEN", name, `its last hash is ${prev}, and pack.json notes ${noted}: lines were cut off or added`);
  else say("ok", name, `${lines.length} entries, the last hash ${prev}`);
}

async function checkCaptures() {
  const known = JSON.parse(readFileSync(join(pack, "custody/evidence.json"), "utf8")).captures;
  for (const path of captures) {
    const hash = await hashOf(path);
    const entry = known.find((capture) => capture.sha256 === hash);
    if (entry === undefined) bad("UNKNOWN", path, `no capture of the case has its SHA-256, ${hash}`);
    else say("ok", path, `capture ${entry.number} of the case, SHA-256 ${hash}`);
  }
}

let head = "";
for (const check of [checkFiles, checkJournal, checkCaptures]) {
  try {
    const sums = await check();
    if (typeof sums === "string") head = sums;
  } catch (error) {
    bad("FAILED", check.name, error.message);
  }
}
print(
  `SHA-256 of SHA256SUMS: ${head === "" ? "unknown" : head}. Compare it with the one that was noted when the pack was made.`,
);
print(
  problems === 0
    ? "Everything is as it was when the pack was made."
    : `${problems} ${problems === 1 ? "thing is" : "things are"} not as when the pack was made.`,
);
process.exitCode = problems === 0 ? 0 : 1;
