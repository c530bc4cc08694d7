import { readFileSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BacktrailError } from "../../core/contracts/result.ts";
import { analyzeInline } from "../../core/engine/run-inline.ts";
import { asPcap, fields, interfaceBlock, packetBlock, sectionBlock } from "../generated-captures.ts";
import { readAll } from "../read-captures.ts";
import { Watchdog } from "../watchdog.ts";
import type { FuzzFrame } from "./mutate.ts";
import { mutate, mutateFile } from "./mutate.ts";
import { Seeded } from "./seeded.ts";

/** CPU seconds that one damaged capture of at most `LARGEST_BASE` octets may take before the run is ended. */
const HANG_SECONDS = 20;
/** Octets of resident memory that one damaged capture may add. */
const MEMORY_LIMIT = 400e6;
const LARGEST_BASE = 400_000;
/** Frames of a base that one case uses. */
const MOST_FRAMES = 400;

/** A damaged capture that was not dealt with. */
export interface FuzzFailure {
  readonly seed: number;
  readonly base: string;
  readonly what: string;
}

export interface FuzzResult {
  readonly cases: number;
  readonly refused: number;
  readonly failures: readonly FuzzFailure[];
}

/**
 * Analyses damaged captures until the time is over.
 * @param bases Capture files to damage; those that are too large are left out.
 * @param scratch Folder for the case at hand; it stays there if the process dies.
 * @param firstSeed Case `i` has the seed `firstSeed + i`: one alone is repeated with `seconds` 0.
 */
export async function fuzz(
  bases: readonly string[],
  scratch: string,
  firstSeed: number,
  seconds: number,
): Promise<FuzzResult> {
  const watchdog = new Watchdog(HANG_SECONDS);
  const failures: FuzzFailure[] = [];
  let cases = 0;
  let refused = 0;
  const until = Date.now() + seconds * 1000;
  const path = join(scratch, "case.capture");
  try {
    do {
      const seed = (firstSeed + cases++) >>> 0;
      const { base, bytes } = await caseOf(bases, seed);
      if (bytes === null) continue;
      writeFileSync(path, bytes);
      watchdog.begin(`seed ${seed}`);
      const before = process.resourceUsage().maxRSS * 1024;
      const failed = (what: string) => failures.push({ seed, base, what });
      try {
        const result = await analyzeInline([path], { chunkOctets: seed % 3 === 0 ? 5000 : 1 << 20 });
        for (const { protocol, frame, message } of result.failures)
          failed(`the ${protocol} analyzer threw at frame ${frame}: ${message}`);
      } catch (error) {
        if (error instanceof BacktrailError) refused++;
        else failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
      const grown = process.resourceUsage().maxRSS * 1024 - before;
      if (cases > 50 && grown > MEMORY_LIMIT) failed(`${Math.round(grown / 1e6)} MB more resident memory`);
    } while (Date.now() < until && failures.length < 20);
  } finally {
    await watchdog.end();
    rmSync(path, { force: true });
  }
  return { cases, refused, failures };
}

/** The octets of one case; null if its base cannot be read. */
async function caseOf(bases: readonly string[], seed: number): Promise<{ base: string; bytes: Uint8Array | null }> {
  const random = new Seeded(seed);
  const base = random.pick(bases);
  if (random.oneIn(10)) return { base, bytes: mutateFile(readFileSync(base), random) };
  const frames = await framesOf(base);
  if (frames.length === 0) return { base, bytes: null };
  const first = random.below(Math.max(1, frames.length - MOST_FRAMES));
  const part = frames.slice(first, first + MOST_FRAMES).map((frame) => ({ ...frame }));
  mutate(part, random);
  return { base, bytes: random.oneIn(2) ? asInterfaces(part) : asPcap(part, pcapShape(part)) };
}

const pcapShape = (frames: readonly FuzzFrame[]) => ({
  littleEndian: true,
  nanoseconds: true,
  linkType: frames[0]?.linkType ?? 1,
});

/** A pcapng file with an interface for each link type. */
function asInterfaces(frames: readonly FuzzFrame[]): Uint8Array {
  const types = [...new Set(frames.map(({ linkType }) => linkType))];
  const nanoseconds = Buffer.concat([fields(true, [2, 9], [2, 1], [1, 9]), new Uint8Array(3)]);
  return Buffer.concat([
    sectionBlock(true),
    ...types.map((type) => interfaceBlock(true, type, 0, nanoseconds)),
    ...frames.map((frame) => packetBlock(true, types.indexOf(frame.linkType), frame.ts, frame)),
  ]);
}

const framesRead = new Map<string, Promise<readonly FuzzFrame[]>>();

function framesOf(path: string): Promise<readonly FuzzFrame[]> {
  let frames = framesRead.get(path);
  if (frames === undefined) {
    frames = readAll([path]).then(
      (read) =>
        read.frames.map(({ ts, wireLength, linkType, hex }) => ({
          ts,
          wireLength,
          linkType,
          bytes: Buffer.from(hex, "hex"),
        })),
      () => [],
    );
    framesRead.set(path, frames);
  }
  return frames;
}

/** Captures below a folder that are small enough to be damaged many times. */
export function basesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(pcap|pcapng|cap|trace|dump|ntar)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size <= LARGEST_BASE)
    .sort();
}

/** Says how to repeat a run. */
export function announce(seed: number, seconds: number, bases: number): void {
  writeSync(2, `fuzz: ${bases} captures, ${seconds} s from seed ${seed} (again: npm run fuzz -- --seed ${seed})\n`);
}
