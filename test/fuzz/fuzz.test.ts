import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it, vi } from "vitest";
import { PROTOCOLS } from "../../core/protocols/index.ts";
import { corpusDir } from "../corpus.ts";
import { make, scratchFolder } from "../sample-captures.ts";
import { guidedFuzz, ownSeeds } from "./guided.ts";
import { play } from "./play.ts";
import { fuzzReaders } from "./readers.ts";
import { announce, basesIn, fuzz } from "./run.ts";
import { Seeded } from "./seeded.ts";
import { unpackers } from "./unpackers.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

// Set by `npm run fuzz`.
const SECONDS = Number(process.env["BACKTRAIL_FUZZ_SECONDS"] ?? 10);
const IS_LONG = SECONDS > 60;
/** Where a long run keeps what it found. */
const KEEP = process.env["BACKTRAIL_FUZZ_KEEP"] ?? null;
const SEED = Number(process.env["BACKTRAIL_FUZZ_SEED"] ?? Date.now() % 1_000_000_000);

const samples = join(scratch.path, "techniques");

/** Captures to begin with. */
function bases(): string[] {
  if (!existsSync(samples)) make(["--techniques", samples]);
  expect(readdirSync(samples).length).toBeGreaterThan(10);
  const corpus = corpusDir();
  return [...basesIn(samples), ...(corpus === null ? [] : basesIn(corpus))];
}

it(
  "deals with damaged captures of every kind: nothing throws, hangs or grows without bound",
  async () => {
    const captures = bases();
    announce(SEED, SECONDS, captures.length);
    const { cases, refused, failures } = await fuzz(captures, scratch.path, SEED, SECONDS);
    process.stderr.write(`fuzz: ${cases} cases, ${refused} refused, ${failures.length} failures\n`);
    expect(failures).toEqual([]);
  },
  SECONDS * 1000 + 120_000,
);

it("has something to begin with for every protocol, whoever carries it", () => {
  const opened = PROTOCOLS.map((protocol) => vi.spyOn(protocol, "open"));
  for (const conversation of ownSeeds()) expect(play(conversation)).toBeNull();
  const missed = PROTOCOLS.filter((_, i) => opened[i]!.mock.calls.length === 0);
  vi.restoreAllMocks();
  expect(missed.map(({ name }) => name)).toEqual([]);
});

it("gives every unpacker something that it unpacks", async () => {
  for (const { name, bases, read } of unpackers()) {
    expect(bases.length, name).toBeGreaterThan(0);
    for (const base of bases) await expect(Promise.resolve(read(base)), name).resolves.not.toThrow();
  }
  const names = unpackers().map(({ name }) => name);
  const folder = fileURLToPath(new URL("../../core/protocols/smb/compression", import.meta.url));
  const algorithms = readdirSync(folder).filter((file) => /^lz/.test(file)).length;
  expect(names.filter((name) => /^LZ(NT1|77)/.test(name))).toHaveLength(algorithms);
});

it.skipIf(SECONDS === 0)(
  "deals with what analyzers are told, changed wherever that reaches new code",
  async () => {
    const { cases, kept, coverage, byProtocol, failures } = await guidedFuzz(bases(), KEEP, SEED, SECONDS);
    process.stderr.write(`fuzz, guided: ${cases} conversations, ${kept} kept, ${coverage} blocks reached\n`);
    if (IS_LONG) process.stderr.write(`${JSON.stringify(byProtocol)}\n`);
    expect(failures).toEqual([]);
  },
  SECONDS * 1000 + 120_000,
);

it.skipIf(SECONDS === 0)(
  "deals with files and texts changed wherever that reaches new code of their readers",
  async () => {
    const seconds = IS_LONG ? SECONDS / 2 : 2;
    const totals = await fuzzReaders(bases(), scratch.path, new Seeded(SEED), seconds);
    if (IS_LONG) process.stderr.write(`fuzz, readers: ${JSON.stringify(totals)}\n`);
    expect(
      Object.entries(totals).flatMap(([name, { failures }]) => failures.map((what) => `${name}: ${what}`)),
    ).toEqual([]);
  },
  SECONDS * 1000 + 120_000,
);
