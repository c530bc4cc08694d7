import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { corpusDir } from "../corpus.ts";
import { make, scratchFolder } from "../sample-captures.ts";
import { announce, basesIn, fuzz } from "./run.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

// Set by `npm run fuzz`.
const SECONDS = Number(process.env["BACKTRAIL_FUZZ_SECONDS"] ?? 20);
const SEED = Number(process.env["BACKTRAIL_FUZZ_SEED"] ?? Date.now() % 1_000_000_000);

it(
  "deals with damaged captures of every kind: nothing throws, hangs or grows without bound",
  async () => {
    const samples = join(scratch.path, "techniques");
    make(["--techniques", samples]);
    expect(readdirSync(samples).length).toBeGreaterThan(10);
    const corpus = corpusDir();
    const bases = [...basesIn(samples), ...(corpus === null ? [] : basesIn(corpus))];
    announce(SEED, SECONDS, bases.length);
    const { cases, refused, failures } = await fuzz(bases, scratch.path, SEED, SECONDS);
    process.stderr.write(`fuzz: ${cases} cases, ${refused} refused, ${failures.length} failures\n`);
    expect(failures).toEqual([]);
  },
  SECONDS * 1000 + 120_000,
);
