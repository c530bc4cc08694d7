import type { CaptureFile } from "../../capture/capture-file.ts";
import type { CaptureSet } from "../../capture/open.ts";
import type { FrameBatch } from "../../capture/frame-batch.ts";
import type { Case } from "../../case/case.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { PacketDecoder } from "../../net/decoder.ts";
import { fileOptions } from "../analyze.ts";
import { forgetOpenRun, saveLiveCoverage } from "../coverage.ts";
import { fileTimes, ledgerEntry } from "../evidence-entry.ts";
import type { FileOptions } from "../files/file-options.ts";
import { frameSessions, wireOctets } from "../frame-sessions.ts";
import { GapMeter } from "../gap-meter.ts";
import { markInterleaved } from "../interleaved-versions.ts";
import { joinChannels } from "../joined-channels.ts";
import { runCoverage } from "../run-coverage.ts";
import { NOTHING_GIVEN } from "../secrets/given-secrets.ts";
import { CaptureSecrets } from "../secrets/read-secrets.ts";
import { ShardPool, WORKER_FAILED } from "../shard-pool.ts";
import type { PromptDetections } from "./prompt-detections.ts";
import type { RecordingLosses } from "./recording-losses.ts";
import type { ClosedSegment } from "./segment-hashes.ts";

/** What the coverage says of a run under way is kept so often, ms. */
const COVERAGE_MS = 5000;
/** Frames may come so much later than the clock says: what waits in buffers between the wire and here, */
const CLOCK_BEHIND_NS = 5e9;
/** and so much earlier than one that came before: what several interfaces gave out at one time. */
const FRAMES_BEHIND_NS = 1e9;

/**
 * Analysis whose connections stay open over the borders of captures and of runs. Captures are given one after another; `settle`
 * makes what was read so far a finished run of the case, and goes on in a new one.
 */
export class LiveRun {
  packets = 0;
  /** Time of the last frame read, ns. */
  analysedTo: bigint | null = null;
  /** The earliest time of the last batch: one frame with a late one must end no connection. */
  #readToNs = 0n;
  readonly #target: Case;
  readonly #losses: RecordingLosses;
  readonly #pool: ShardPool;
  readonly #decoder = new PacketDecoder({ verifyChecksums: false });
  readonly #gaps = new GapMeter();
  readonly #brought = new CaptureSecrets();
  /** All captures of this session, for its coverage. */
  readonly #captures: CaptureFile[] = [];
  /** Captures of the open run. */
  #ofRun: CaptureFile[] = [];
  #set: CaptureSet | null = null;
  #run = 0;
  #coverageRun = 0;
  #octets = 0;
  readonly #limits: string[] = [];
  #nextCoverage = 0;
  /** Workers that may fail in the open run. */
  #lossesBorne: number;
  /** Those of runs that are finished. */
  #lossesSettled = 0;

  /**
   * @param alsoTo Takes the records too, and the connections that are open.
   * @param bearsLosses Goes on where a worker fails, without what it had under way: for a run that failed so before.
   */
  constructor(
    target: Case,
    workers: number,
    files: FileOptions | undefined,
    losses: RecordingLosses,
    alsoTo: Pick<PromptDetections, "append" | "appendOpen">,
    bearsLosses: boolean,
  ) {
    this.#target = target;
    this.#lossesBorne = bearsLosses ? Infinity : 0;
    this.#losses = losses;
    this.#pool = new ShardPool(workers, {}, NOTHING_GIVEN, fileOptions(files), {
      rows: (chunk) => {
        target.store.append(chunk);
        alsoTo.append(chunk);
      },
      open: (chunk) => alsoTo.appendOpen(chunk),
      done: (batch, sessions, extra) => {
        const frames = frameSessions(batch, sessions, extra);
        target.indexWriter.append(batch.frames, frames.sessions, frames.further);
        this.#set?.release(batch.frames);
        this.#decoder.release(batch);
      },
    });
  }

  /** Begins the first run. */
  async begin(): Promise<void> {
    await forgetOpenRun(this.#target.store);
    this.#run = await this.#target.beginAnalysis([], { live: true });
    this.#coverageRun = this.#run;
  }

  /** Numbers that the next capture goes on with. */
  next(): { readonly firstNumber: number; readonly firstOrdinal: number } {
    const { ledger } = this.#target;
    const packets = (sum: number, capture: { readonly packets: number }) => sum + capture.packets;
    return {
      firstNumber: ledger.nextNumber() + this.#ofRun.length,
      firstOrdinal: this.#ofRun.reduce(packets, ledger.entries.reduce(packets, 0)),
    };
  }

  /** Goes on with another capture: all frames of the one before have been given. */
  async enter(set: CaptureSet): Promise<void> {
    await this.#pool.idle();
    this.#set = set;
    const [capture] = set.captures;
    if (capture === undefined) return;
    this.#captures.push(capture);
    this.#ofRun.push(capture);
  }

  async process(frames: FrameBatch): Promise<void> {
    for (const secrets of this.#brought.take(this.#set?.captures ?? [])) this.#pool.found(secrets);
    this.#gaps.add(frames);
    this.#octets += wireOctets(frames);
    this.packets += frames.count;
    if (frames.count > 0) {
      this.analysedTo = frames.ts[frames.count - 1]!;
      this.#readToNs = leastOf(frames);
    }
    await this.#pool.process(this.#decoder.decode(frames));
    this.#mindLosses();
  }

  /** Keeps with the next records what the coverage says. */
  coverageChanged(): void {
    this.#nextCoverage = 0;
  }

  /** Adds a sentence to what the coverage says. */
  limit(sentence: string): void {
    this.#limits.push(sentence);
  }

  /**
   * Makes all records so far visible to queries.
   * Connections whose time is up by the frames that were read end.
   * @param clockNs The clock, where all frames were read: connections end by it too. Null while there is more to read.
   * @returns addresses that they name.
   */
  async show(clockNs: number | null): Promise<ReadonlySet<string>> {
    const readToNs = Number(this.#readToNs);
    this.#pool.advance(Math.max(readToNs - FRAMES_BEHIND_NS, (clockNs ?? 0) - CLOCK_BEHIND_NS));
    await this.#pool.flush(clockNs ?? readToNs);
    this.#mindLosses();
    const addresses = await this.#target.store.commit();
    this.#target.ledger.showUnfinished(
      this.#ofRun.filter(({ packets }) => packets > 0).map((c) => ledgerEntry(this.#target, c, true)),
    );
    if (performance.now() >= this.#nextCoverage) await this.#saveCoverage(false);
    return addresses;
  }

  /** Takes what a capture is that was read to its end and then closed: the evidence is that. */
  closed({ number, octets, sha256 }: ClosedSegment): void {
    const { ledger } = this.#target;
    const ofRun = this.#ofRun.find((capture) => capture.number === number);
    const entry = ledger.get(number);
    if (ofRun !== undefined) Object.assign(ofRun, { octets, sha256 });
    else if (entry !== undefined) ledger.put([{ ...entry, octets, sha256, ...fileTimes(ledger.locate(entry)) }]);
  }

  /** Ends work on what was given: all records are with the store. */
  async flush(): Promise<void> {
    await this.#pool.flush();
  }

  /** Ends the run with the captures read so far, which must be whole, and begins the next; connections stay open. */
  async settle(): Promise<void> {
    await this.#pool.flush();
    this.#mindLosses();
    await this.#finishRun();
    this.#lossesSettled = this.#pool.counters.losses.length;
    this.#lossesBorne = this.#lossesSettled;
    this.#run = await this.#target.beginAnalysis([], { live: true, continues: this.#run });
  }

  /** Ends all connections and the run. */
  async finish(): Promise<void> {
    await this.#pool.finish();
    this.#mindLosses();
    await this.#finishRun();
  }

  /** Stops the threads. */
  async stop(): Promise<void> {
    await this.#pool.stop();
  }

  /** Number of the capture of the open run at which most workers failed; null if none did. */
  get failing(): number | null {
    const failed = new Map<number, number>();
    for (const { at } of this.#pool.counters.losses.slice(this.#lossesSettled))
      if (at !== null) failed.set(at.capture, (failed.get(at.capture) ?? 0) + 1);
    return [...failed].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
  }

  /** What a worker had under way is lost with it. Read again from the last finished run on, it is not, unless the worker fails at the same again. */
  #mindLosses(): void {
    const { losses } = this.#pool.counters;
    const lost = losses.at(-1);
    if (lost === undefined || losses.length <= this.#lossesBorne) return;
    const message = `A worker failed (${lost.message}): what came since the last finished run is read again.`;
    throw new BacktrailError(WORKER_FAILED, message, { kind: "work" });
  }

  async #finishRun(): Promise<void> {
    this.#target.ledger.showUnfinished([]);
    await this.#target.finishAnalysis(
      this.#ofRun.map((capture) => ledgerEntry(this.#target, capture)),
      "complete",
      { live: true },
    );
    this.#ofRun = [];
    // First of all: nothing counts these again where what follows fails.
    await this.#saveCoverage(true);
    await joinChannels(this.#target.store);
    await markInterleaved(this.#target.store);
  }

  /** Counters go over the whole session, so they are kept with its first run; those of a run that is open apart, as a crash takes it back. */
  async #saveCoverage(isSettled: boolean): Promise<void> {
    this.#nextCoverage = performance.now() + COVERAGE_MS;
    const coverage = runCoverage(
      this.#captures,
      this.#decoder.counters,
      this.#octets,
      this.#pool.counters,
      this.#pool.failures,
      this.#gaps,
      true,
    );
    const counted = { ...coverage, limits: [...coverage.limits, ...this.#limits] };
    const { ownDropped } = this.#losses;
    const recording = {
      droppedPackets: ownDropped === 0 ? null : ownDropped,
      gaps: this.#losses.gaps(),
      limits: this.#losses.sentences(),
    };
    await saveLiveCoverage(this.#target.store, this.#coverageRun, counted, recording, isSettled);
  }
}

function leastOf({ ts, count }: FrameBatch): bigint {
  let least = ts[0]!;
  for (let i = 1; i < count; i++) if (ts[i]! < least) least = ts[i]!;
  return least;
}
