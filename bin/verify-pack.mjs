#!/usr/bin/env node
// Checks a court pack of Backtrail with nothing but Node (tried with 20): every file against SHA256SUMS, the signature of SHA256SUMS, the
// journal's chain of hashes with its signatures, and the journals of copies that were merged into it.
//
//   node verify-pack.mjs [PACK] [CAPTURE...]
//
// PACK is the unpacked folder (this script's own if left out). Captures given after it are hashed and compared with the list that the
// pack was made from. Ends with 0 if all is as it was, with 1 if not. METHOD.md says how to do the same by hand.
import { createHash, createPublicKey, verify } from "node:crypto";
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
const read = (name) => readFileSync(join(pack, name), "utf8");

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

const OWN = ["SHA256SUMS", "SHA256SUMS.sha256", "SHA256SUMS.sig.json"];

async function checkFiles() {
  const text = read("SHA256SUMS");
  const own = existsSync(join(pack, "SHA256SUMS.sha256")) ? read("SHA256SUMS.sha256") : "";
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
    // A time stamp on SHA256SUMS may be laid beside it later: SHA256SUMS.tsr, ...
    if (!sums.has(path) && !OWN.includes(path) && !path.startsWith("SHA256SUMS."))
      bad("ADDED", path, "it is there and not listed");
  }
  return head;
}

/** What does not hold of an Ed25519 signature over one line, `backtrail-KIND-v1 SHA256`; null if nothing. */
function signatureProblem(signature) {
  const key = createPublicKey(signature.publicKey);
  if (key.asymmetricKeyType !== "ed25519") return "its key is no Ed25519 key";
  if (sha256(key.export({ type: "spki", format: "der" })) !== signature.fingerprint)
    return "its fingerprint is not that of its key";
  const line = Buffer.from(`backtrail-${signature.kind}-v1 ${signature.sha256}\n`);
  return verify(null, line, key, Buffer.from(signature.signature, "base64")) ? null : "it is not one of its key";
}

function checkSignature() {
  const name = "SHA256SUMS.sig.json";
  if (!existsSync(join(pack, name))) return print("SHA256SUMS is not signed.");
  try {
    const signature = JSON.parse(read(name));
    const problem = signatureProblem(signature);
    const isOver = signature.kind === "pack" && signature.sha256 === sha256(readFileSync(join(pack, "SHA256SUMS")));
    if (problem !== null || !isOver) bad("CHANGED", name, problem ?? "it is not over SHA256SUMS as it is");
    else say("ok", name, `signed by the key ${signature.fingerprint}: ask whose it is by another way`);
  } catch (error) {
    bad("CHANGED", name, `it is no signature (${error.message})`);
  }
}

/**
 * Each line carries the hash of the one before and its own: SHA-256 of the line without `,"hash":"..."`.
 * Gives the entries, or null where the chain breaks.
 */
function chainOf(name) {
  let prev = "0".repeat(64);
  const entries = [];
  const lines = read(name).split("\n");
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
    if (reason !== null) {
      bad("BROKEN", name, `line ${i + 1}: ${reason}`);
      return null;
    }
    entries.push(entry);
    prev = hash;
  }
  return entries;
}

/** Signatures in a journal are over the hash of an earlier entry, or over a file that an earlier entry names. */
function checkSigned(name, entries) {
  for (const { seq, action, detail } of entries) {
    if (action !== "signed") continue;
    const { signature } = detail;
    const isThere = entries.slice(0, seq - 1).some((entry) => [entry.hash, entry.sha256].includes(signature?.sha256));
    const problem = isThere ? signatureProblem(signature) : "no line before it has what it is over";
    if (problem !== null) bad("BROKEN", name, `line ${seq}, a signature: ${problem}`);
    else say("ok", name, `line ${seq}, a signature by the key ${signature.fingerprint}`);
  }
}

function checkJournal() {
  const name = "custody/journal.jsonl";
  const entries = chainOf(name);
  if (entries === null) return;
  const last = entries.at(-1)?.hash ?? "none";
  const noted = JSON.parse(read("pack.json")).journal_head;
  if (noted !== last)
    bad("BROKEN", name, `its last hash is ${last}, and pack.json notes ${noted}: lines were cut off or added`);
  else say("ok", name, `${entries.length} entries, the last hash ${last}`);
  checkSigned(name, entries);
  checkMerged(name, entries, new Set());
}

/** A line "merged" names another copy's journal: its SHA-256, its last hash, and the last line that both have. */
function checkMerged(name, entries, seen) {
  for (const { seq, object, sha256: hash, detail } of entries.filter(({ action }) => action === "merged")) {
    const other = `custody/${object}`;
    if (seen.has(other)) continue;
    seen.add(other);
    if (!/^merged\/[0-9a-f]{64}\.jsonl$/.test(object) || !existsSync(join(pack, other))) {
      bad("MISSING", other, `line ${seq} of ${name} was merged from it`);
      continue;
    }
    const chain = chainOf(other);
    if (chain === null) continue;
    const fork = detail.fork.entry;
    const isOne = [chain, entries].every((list) => list[fork - 1]?.hash === detail.fork.hash);
    if (sha256(readFileSync(join(pack, other))) !== hash || chain.at(-1)?.hash !== detail.head || !isOne)
      bad("BROKEN", other, `it is not the journal that line ${seq} of ${name} was merged from`);
    else
      say("ok", other, `${chain.length} entries, one with ${name} up to ${fork}; ${detail.conflicts.length} conflicts`);
    checkSigned(other, chain);
    checkMerged(other, chain, seen);
  }
}

async function checkCaptures() {
  const known = JSON.parse(read("custody/evidence.json")).captures;
  for (const path of captures) {
    const hash = await hashOf(path);
    const entry = known.find((capture) => capture.sha256 === hash);
    if (entry === undefined) bad("UNKNOWN", path, `no capture of the case has its SHA-256, ${hash}`);
    else say("ok", path, `capture ${entry.number} of the case, SHA-256 ${hash}`);
  }
}

let head = "";
for (const check of [checkFiles, checkSignature, checkJournal, checkCaptures]) {
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
