import { resolve } from "node:path";
import type { CaptureFile } from "../capture/capture-file.ts";
import type { CaptureSet } from "../capture/open.ts";
import { openCaptures } from "../capture/open.ts";
import type { Case } from "../case/case.ts";
import { BacktrailError } from "../contracts/result.ts";
import { PacketDecoder } from "../net/decoder.ts";
import { buildIdentity } from "./build-identity.ts";
import type { AnalyzerFailure } from "./analyzer-tree.ts";
import { saveRunCoverage } from "./coverage.ts";
import type { EarlyOptions } from "./early-looks.ts";
import { ledgerEntry } from "./evidence-entry.ts";
import { prepareFolder } from "./files/file-extraction.ts";
import type { FileOptions } from "./files/file-options.ts";
import { frameSessions, wireOctets } from "./frame-sessions.ts";
import { GapMeter } from "./gap-meter.ts";
import { hashThread } from "./hash-thread.ts";
import { refuseImported } from "./imported.ts";
import { markInterleaved } from "./interleaved-versions.ts";
import { joinChannels } from "./joined-channels.ts";
import type { OnProgress } from "./progress.ts";
import { ProgressMeter } from "./progress.ts";
import { runCoverage } from "./run-coverage.ts";
import { choicesDetail } from "./reading-choices.ts";
import { NOTHING_GIVEN } from "./secrets/given-secrets.ts";
import type { ReadSecrets } from "./secrets/read-secrets.ts";
import { CaptureSecrets } from "./secrets/read-secrets.ts";
import { ShardPool } from "./shard-pool.ts";
import { workersFor } from "./worker-count.ts";

/** How captures are read into a case. */
export interface ReadOptions {
  /** Worker threads; the records do not depend on it. */
  readonly workers?: number;
  readonly chunkOctets?: number;
  /** Leave out packets whose checksum does not fit, as Zeek does by default; off, because captures at the sender lack them. */
  readonly verifyChecksums?: boolean;
  /** Analyse copies of datagrams that a mirror port made, as Zeek does; off, because a question asked once is then told twice. */
  readonly keepDuplicates?: boolean;
  /** How carried files are hashed, and where they are written. */
  readonly files?: FileOptions;
  /** Ends reading early; what was read until then stays in the case as a partial run. */
  readonly signal?: AbortSignal;
  readonly progress?: OnProgress;
  /** Looks for findings while the captures are read, and tells them with the progress. What is kept does not depend on it. */
  readonly early?: EarlyOptions;
  /** Threads that were started before (`startPool`); stopped at the end. */
  readonly pool?: ShardPool;
  /** Waits for more at the end of the one capture, which is still being written, until this aborts; the run is then complete. */
  readonly follow?: AbortSignal;
  /** What to decrypt with; the case is told that they were given, never the secrets. */
  readonly secrets?: ReadSecrets;
}

/** Octets of capture in one batch: several batches are under way at one time, and all of them are in memory. */
const CHUNK_OCTETS = 4 * 1024 * 1024;

/** What became of a run of reading. */
export interface ReadResult {
  readonly complete: boolean;
  readonly packets: number;
  readonly octets: number;
  /** Files in given folders that are no captures. */
  readonly passedOver: CaptureSet["passedOver"];
  readonly failures: readonly AnalyzerFailure[];
  /** Why findings were not looked for until the end of reading; null if they were, or nobody asked. */
  readonly earlyProblem: string | null;
}

/** What all workers share besides: the count of octets written, and a folder to write them to. */
export function fileOptions(options: FileOptions = {}): FileOptions {
  if (options.extractTo === undefined) return options;
  prepareFolder(options.extractTo);
  return { ...options, extracted: new SharedArrayBuffer(8) };
}

/**
 * Opens captures so that their numbers go on from those of a case.
 * @param target Null for a case that is yet to be made.
 * @throws BacktrailError where an input cannot be read or is no capture.
 */
export function openFor(target: Case | null, inputs: readonly string[], options: ReadOptions): Promise<CaptureSet> {
  const known = target?.ledger.entries ?? [];
  const hashes = hashThread();
  return openCaptures(inputs, {
    firstNumber: target?.ledger.nextNumber() ?? 1,
    firstOrdinal: known.reduce((sum, { packets }) => sum + packets, 0),
    chunkOctets: options.chunkOctets ?? CHUNK_OCTETS,
    ...(hashes === null ? {} : { hashes }),
    ...(options.follow === undefined ? {} : { follow: options.follow }),
  });
}

/**
 * Starts the threads that `readCaptures` needs, so that they load their programs while a case is made for it.
 * @param octets Of the captures; null where nobody knows.
 */
export function startPool(options: ReadOptions, octets: number | null): ShardPool {
  const { workers, keepDuplicates = false, secrets, files } = options;
  const threads = workers ?? workersFor(octets);
  return new ShardPool(threads, { keepDuplicates }, secrets?.given ?? NOTHING_GIVEN, fileOptions(files), null);
}

/**
 * Reads captures into a case, once: hashed, indexed and analysed from the same buffers.
 * @throws BacktrailError; the case is then as it was before.
 */
export async function readCaptures(target: Case, captures: CaptureSet, options: ReadOptions = {}): Promise<ReadResult> {
  refuseImported(target);
  refuseKnown(target, captures.captures);
  const named = captures.captures.map(({ number, path }) => ({ number, path: path === "-" ? path : resolve(path) }));
  const notes = options.secrets?.notes ?? [];
  const id = await target.beginAnalysis(named, {
    ...(notes.length === 0 ? {} : { secrets: notes.map((note) => ({ ...note })) }),
    ...choicesDetail(options),
  });
  try {
    return await readAll(target, captures, id, options);
  } catch (error) {
    await target.discardAnalysis(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

function refuseKnown(target: Case, captures: readonly CaptureFile[]): void {
  for (const { path } of captures) {
    if (path === "-" || target.ledger.find({ path }) === undefined) continue;
    throw new BacktrailError(
      "capture-known",
      `${path} is in the case already (backtrail story tells what it says): leave it out, or analyse it into a new case (--case).`,
    );
  }
}

async function readAll(target: Case, captures: CaptureSet, id: number, options: ReadOptions): Promise<ReadResult> {
  const verifyChecksums = options.verifyChecksums ?? false;
  const decoder = new PacketDecoder({ verifyChecksums });
  const gaps = new GapMeter();
  const meter = new ProgressMeter(options.progress ?? (() => undefined));
  const early =
    options.early === undefined
      ? null
      : (await import("./early-looks.ts")).earlyLooksInto(target, options.early, (found) => meter.early(found));
  const pool = options.pool ?? startPool(options, captures.octetsTotal);
  pool.listen({
    rows: (chunk) => {
      target.store.append(chunk);
      early?.append(chunk);
    },
    open: (chunk) => early?.appendOpen(chunk),
    done: (batch, sessions, extra) => {
      const frames = frameSessions(batch, sessions, extra);
      target.indexWriter.append(batch.frames, frames.sessions, frames.further);
      captures.release(batch.frames);
      decoder.release(batch);
    },
  });
  const brought = new CaptureSecrets();
  let packets = 0;
  let octets = 0;
  let complete = true;
  try {
    for (;;) {
      if (options.signal?.aborted) {
        complete = false;
        break;
      }
      const frames = await captures.next();
      if (frames === null) break;
      for (const found of brought.take(captures.captures)) pool.found(found);
      gaps.add(frames);
      octets += wireOctets(frames);
      packets += frames.count;
      await pool.process(decoder.decode(frames));
      meter.reading(captures.octetsRead, captures.octetsTotal, packets);
      if (early !== null && frames.count > 0) await early.goOn(pool, Number(frames.ts[frames.count - 1]), captures);
    }
    await Promise.all([early?.end(), pool.finish()]);
  } finally {
    await early?.end();
    await pool.stop();
  }
  const coverage = runCoverage(
    captures.captures,
    decoder.counters,
    octets,
    pool.counters,
    pool.failures,
    gaps,
    complete,
  );
  // Before the run is finished: a crash in between must not leave records without what they cover.
  await saveRunCoverage(target.store, id, coverage);
  const read = captures.captures.filter((capture) => complete || capture.packets > 0);
  await target.finishAnalysis(
    read.map((capture) => ledgerEntry(target, capture)),
    complete ? "complete" : "partial",
    { build: buildIdentity() },
  );
  await joinChannels(target.store);
  await markInterleaved(target.store);
  const folder = options.files?.extractTo;
  if (folder !== undefined) target.journal.append("files-extracted", { object: folder, detail: { run: id } });
  const { failures } = pool;
  const { passedOver } = captures;
  return { complete, packets, octets, passedOver, failures, earlyProblem: early?.problem ?? null };
}
