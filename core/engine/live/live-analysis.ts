import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CaptureSet } from "../../capture/open.ts";
import { openCaptures } from "../../capture/open.ts";
import type { Case } from "../../case/case.ts";
import type { JournalEntry } from "../../case/journal.ts";
import { RUN_ENDS } from "../../case/recovery.ts";
import type { Finding } from "../../contracts/finding.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { AnalysisStatus } from "../../contracts/recording.ts";
import type { Story } from "../../contracts/story.ts";
import { octetsText } from "../../contracts/text-forms.ts";
import { RECORDING_FILES, segmentNumber } from "../../record/segment-store.ts";
import type { FileOptions } from "../files/file-options.ts";
import { trainingOf, trainingText } from "../training.ts";
import { SEGMENT_LEFT_OUT } from "./analysis-messages.ts";
import { DiskRoom } from "./disk-room.ts";
import { LiveJudgement } from "./live-judgement.ts";
import { LiveRun } from "./live-run.ts";
import type { PromptDetections } from "./prompt-detections.ts";
import { WORKER_FAILED } from "../shard-pool.ts";
import { RecordingLosses } from "./recording-losses.ts";
import type { FeedSegment } from "./segment-feed.ts";
import { SegmentFeed, sizeOf, unreadOctets } from "./segment-feed.ts";
import { SegmentHashes } from "./segment-hashes.ts";

export interface LiveOptions {
  readonly workers: number;
  /** All detections run over all records so often at most, ms, and rest four times as long as they took; reading goes on meanwhile. */
  readonly intervalMs: number;
  /** Analysis that lies more than this behind leaves segments out. Recording is not touched by it. */
  readonly shedOctets: number;
  /** What the recorder leaves free on the disk: the analysis writes nothing while there is little more. 0 if not given. */
  readonly leastFreeOctets?: number;
  /** Runs are finished at the border of segments, so often at most, ms: a crash has to read again what came after. */
  readonly settleMs: number;
  /** A segment that is not closed counts as whole once others have followed it and nothing came to it for so long, ms; a minute if not given. */
  readonly unclosedMs?: number;
  readonly files?: FileOptions;
}

/** What the analysis tells while it goes on. */
export interface LiveEvents {
  /** Findings that were not told before, or were less severe. */
  findings(found: readonly Finding[]): void;
  /** Findings that were told and are not found any more. */
  withdrawn(gone: readonly Finding[]): void;
  status(status: AnalysisStatus): void;
}

const POLL_MS = 200;
const STATUS_MS = 1000;
const CHUNK_OCTETS = 4 * 1024 * 1024;
/** Records are made visible so often, and the latest asked for what they show; */
const SHOW_MS = 1000;
/** while reading is behind, which waits for that, after so many times what it took, up to the most. */
const REST_OF_SHOW_BEHIND = 4;
const MOST_SHOW_MS = 5000;
/** Beyond this lag detections make room for reading. */
const MOST_LAG_SECONDS = 2;

/** Entries of the recording's journal that go into the case's. */
const CHAINED: ReadonlySet<string> = new Set(["segment-closed", "segment-recovered", "segment-deleted"]);

/** Follows a recording into an open case until it ends. */
export class LiveAnalysis {
  /** Why no window can open the case meanwhile; null if one can. */
  windowProblem: string | null = null;
  readonly #target: Case;
  readonly #folder: string;
  readonly #options: LiveOptions;
  readonly #events: LiveEvents;
  readonly #feed: SegmentFeed;
  readonly #hashes: SegmentHashes;
  readonly #losses = new RecordingLosses();
  readonly #room: DiskRoom;
  /** True until what was read again, as a worker failed in the run before, is behind. */
  #isRepeat: boolean;
  readonly #run: LiveRun;
  readonly #judgement: LiveJudgement;
  readonly #known = new Set<string>();
  /** Segments that the ring deleted, to be looked at. */
  readonly #deleted: string[] = [];
  /** Entries of the recording's journal that the case's journal does not have yet. */
  #toChain: JournalEntry[] = [];
  /** Segments of the open run, by the numbers of their captures. */
  readonly #ofRun = new Map<number, FeedSegment>();
  #segment: { readonly segment: FeedSegment; readonly set: CaptureSet; readonly whole: AbortController } | null = null;
  #coming: ReturnType<CaptureSet["next"]> | null = null;
  #nextShow = performance.now();
  #settled = performance.now();
  #shed = 0;
  #behind = 0;
  /** Number of the last segment that was read, and that of the last whose records no crash takes back. */
  #analysed = 0;
  #settledTo = 0;
  #lastStatus = 0;
  /** The last segment when the analysis began, and how much of it was on the disk. */
  #atStart = { number: 0, octets: 0 };
  #isAllRead = false;

  /** @param prompt Its database is closed when the analysis ends. */
  constructor(target: Case, options: LiveOptions, events: LiveEvents, prompt: PromptDetections) {
    this.#target = target;
    this.#folder = join(target.folder, RECORDING_FILES.folder);
    this.#options = options;
    this.#events = events;
    this.#feed = new SegmentFeed(this.#folder, options.unclosedMs);
    this.#hashes = new SegmentHashes(target.journal, {
      limit: (sentence) => this.#run.limit(sentence),
      closed: (segment) => this.#run.closed(segment),
    });
    const { workers, files, leastFreeOctets = 0 } = options;
    this.#room = new DiskRoom(target.folder, leastFreeOctets);
    this.#isRepeat = lastFailure(target) === WORKER_FAILED;
    this.#run = new LiveRun(target, workers, files, this.#losses, prompt, this.#isRepeat);
    this.#judgement = new LiveJudgement(target, options.intervalMs, prompt, {
      findings: (found) => events.findings(found),
      withdrawn: (gone) => events.withdrawn(gone),
      changed: () => this.#tell(true),
      limit: (sentence) => this.#run.limit(sentence),
    });
  }

  /**
   * Analyses until the recording has ended and all of it is read.
   * @param ended Aborts when no segment will grow any more.
   * @returns the story at the end.
   */
  async follow(ended: AbortSignal): Promise<Story> {
    const { ledger, journal } = this.#target;
    const chained = new Set(
      journal.entries.filter(({ action }) => CHAINED.has(action)).map(({ detail }) => detail["entry"]),
    );
    this.#poll(chained);
    this.#passOver();
    // By where they lay: of those that the ring deleted since only the ledger tells that they were read.
    for (const { relativePath } of ledger.entries) {
      const number = segmentNumber(basename(relativePath));
      if (number === null || resolve(this.#target.folder, dirname(relativePath)) !== resolve(this.#folder)) continue;
      this.#known.add(basename(relativePath));
      this.#analysed = Math.max(this.#analysed, number);
    }
    this.#settledTo = this.#analysed;
    const newest = this.#feed.segments().at(-1);
    if (newest !== undefined) this.#atStart = { number: newest.number, octets: sizeOf(newest.path) };
    try {
      await this.#judgement.begin();
      await this.#run.begin();
      while (await this.#step(ended));
      await this.#judgement.windDown();
      await this.#run.finish();
      this.#settledTo = this.#analysed;
      this.#chain();
      const story = await this.#judgement.finish(this.#settledTo);
      await this.#stop();
      return story;
    } catch (error) {
      // Nothing may add records or ask for them while they are taken back.
      await this.#stop();
      const code = error instanceof BacktrailError ? error.code : null;
      await this.#target.discardAnalysis(error instanceof Error ? error.message : String(error), code);
      throw code === WORKER_FAILED && this.#isRepeat ? this.#giveUp(error as BacktrailError) : error;
    }
  }

  /** Passes over what was left out before. What the coverage of a run that did not end said of it is said again. */
  #passOver(): void {
    const { entries } = this.#target.journal;
    const finished = entries.findLastIndex(({ action }) => action === "analysis-finished");
    for (const [i, { action, object, detail }] of entries.entries()) {
      if (action !== "segment-not-analysed" || object === null) continue;
      this.#known.add(object);
      const { reason } = detail;
      if (i > finished && typeof reason === "string")
        this.#run.limit(notAnalysed(object, join(this.#folder, object), reason));
    }
  }

  /** Leaves out the segment at which worker after worker failed: read again, it would end the analysis again. */
  #giveUp(error: BacktrailError): BacktrailError {
    const segment = this.#ofRun.get(this.#run.failing ?? -1);
    if (segment === undefined) return error;
    this.#leaveOut(segment, "worker after worker failed at it");
    const message = `Segment ${segment.name} is not analysed, as worker after worker failed at it; analysis goes on with the next. It stays recorded: please report the fault with it. (${error.message})`;
    return new BacktrailError(SEGMENT_LEFT_OUT, message, { kind: "work", cause: error });
  }

  /** Ends all work. Each is ended whatever becomes of the others: a thread that is left keeps the process, and nobody starts it again. */
  async #stop(): Promise<void> {
    await Promise.allSettled([this.#judgement.close(), this.#run.stop(), this.#segment?.set.close()]);
  }

  /** Asks for detections over all records, also where none came: something else changed. */
  again(): void {
    this.#judgement.again();
    this.#nextShow = performance.now();
  }

  /** One turn: frames, the next segment, or detections. False once all is read and nothing more will come. */
  async #step(ended: AbortSignal): Promise<boolean> {
    const isEnded = ended.aborted;
    this.#poll();
    // Once recording has ended nobody else needs the room.
    if (!isEnded && (await this.#room.look())) await sleep(POLL_MS);
    else if (!(await this.#read(isEnded))) return false;
    if (performance.now() >= this.#nextShow) await this.#show(isEnded);
    this.#tell();
    return true;
  }

  /** Reads frames, of the next segment where none is open; false if there is none, and none will come. */
  async #read(isEnded: boolean): Promise<boolean> {
    if (this.#segment === null && !(await this.#enter(isEnded))) {
      if (isEnded) return false;
      await sleep(POLL_MS);
    }
    const current = this.#segment;
    if (current !== null) {
      if (isEnded || this.#feed.isWhole(current.segment)) current.whole.abort();
      this.#coming ??= current.set.next();
      const frames = await Promise.race([this.#coming, sleep(POLL_MS, undefined)]);
      if (frames !== undefined) {
        this.#coming = null;
        if (frames === null) await this.#leave();
        else await this.#run.process(frames);
      }
    }
    return true;
  }

  /** Opens the next segment; false if there is none that can be read yet. */
  async #enter(isEnded: boolean): Promise<boolean> {
    this.#missDeleted();
    const waiting = this.#feed.segments().filter(({ name }) => !this.#known.has(name));
    this.#behind = waiting.reduce((sum, { path }) => sum + sizeOf(path), 0);
    const [segment] = waiting;
    if (segment === undefined) return false;
    const isWhole = isEnded || this.#feed.isWhole(segment);
    const isEmpty = sizeOf(segment.path) === 0;
    if (isEmpty && !isWhole) return false;
    this.#known.add(segment.name);
    if (isEmpty) {
      this.#leaveOut(segment, "it has no octets");
    } else if (this.#behind > this.#options.shedOctets && waiting.length > 1 && isWhole) {
      this.#shed++;
      this.#leaveOut(segment, "analysis could not keep up: analyse it into a case of its own");
    } else {
      try {
        await this.#open(segment);
      } catch (error) {
        if (!(error instanceof BacktrailError)) throw error;
        // The ring may have deleted it, or a crash cut its first block: the segments behind it can still be read.
        this.#leaveOut(segment, error.message);
      }
    }
    return true;
  }

  async #open(segment: FeedSegment): Promise<void> {
    const whole = new AbortController();
    const next = this.#run.next();
    const set = await openCaptures([segment.path], { ...next, chunkOctets: CHUNK_OCTETS, follow: whole.signal });
    await this.#run.enter(set);
    this.#ofRun.set(next.firstNumber, segment);
    this.#segment = { segment, set, whole };
  }

  /** Says which segments the ring deleted before they were read. */
  #missDeleted(): void {
    for (const name of this.#deleted.splice(0)) {
      if (this.#known.has(name)) continue;
      this.#known.add(name);
      this.#missing(
        name,
        join(this.#folder, name),
        "the ring deleted it before it was read; keep more (--keep), or free space on the disk",
      );
    }
  }

  /** Goes on without a segment: what was recorded stays, and the journal and the coverage name it. */
  #leaveOut({ name, path, number }: FeedSegment, reason: string): void {
    this.#analysed = number;
    this.#missing(name, path, reason);
  }

  #missing(name: string, path: string, reason: string): void {
    this.#target.journal.append("segment-not-analysed", {
      object: name,
      sha256: this.#feed.closing(name)?.sha256 ?? null,
      detail: { reason, behindOctets: this.#behind },
    });
    this.#run.limit(notAnalysed(name, path, reason));
  }

  /** Lets a segment go that was read to its end. */
  async #leave(): Promise<void> {
    const { segment, set } = this.#segment!;
    const [capture] = set.captures;
    await this.#run.flush();
    await set.close();
    this.#segment = null;
    this.#analysed = segment.number;
    if (capture !== undefined) {
      const { number, octets, sha256 } = capture;
      this.#hashes.read({ ...segment, number, octets: octets ?? 0, sha256 }, this.#feed.closing(segment.name));
    }
    const since = performance.now() - this.#settled;
    // A run over all records is not waited for, unless it was under way at every border for long: reading would stand still.
    if (since >= this.#options.settleMs && (!this.#judgement.isEvaluating || since >= 2 * this.#options.settleMs)) {
      await this.#judgement.idle();
      await this.#run.settle();
      this.#settledTo = this.#analysed;
      this.#ofRun.clear();
      this.#isRepeat = false;
      this.#settled = performance.now();
    }
  }

  /** Makes what has been read visible and has it judged. */
  async #show(isEnded: boolean): Promise<void> {
    const began = performance.now();
    const isCaughtUp = !isEnded && this.#octetsBehind() === 0;
    // Not what making records visible takes: that once it takes long is no reason to do it seldom.
    const isBehind = !isCaughtUp && this.#lagSeconds() > MOST_LAG_SECONDS;
    const addresses = await this.#run.show(isCaughtUp ? Date.now() * 1e6 : null);
    this.#chain();
    this.#isAllRead ||= this.#isStartRead();
    this.#judgement.goOn(addresses, this.#settledTo, { isAllRead: this.#isAllRead, isBehind, isEnded });
    const now = performance.now();
    const rest = isBehind ? Math.min(MOST_SHOW_MS, REST_OF_SHOW_BEHIND * (now - began)) : 0;
    this.#nextShow = now + Math.max(SHOW_MS, rest);
  }

  /** True once all was read that was recorded when the analysis began. */
  #isStartRead(): boolean {
    const { number, octets } = this.#atStart;
    const current = this.#segment;
    if (this.#analysed >= number) return true;
    if (current === null || current.segment.number !== number) return (current?.segment.number ?? 0) > number;
    // What was read of the file may lie in a chunk whose frames have not all been given out, unless more is waited for.
    return current.set.octetsRead >= octets + (this.#coming === null ? CHUNK_OCTETS : 0);
  }

  #poll(chained: ReadonlySet<unknown> = new Set()): void {
    for (const entry of this.#feed.poll()) {
      this.#hashes.take(entry);
      if (this.#losses.take(entry)) {
        this.#run.coverageChanged();
        this.#judgement.coverageChanged();
      }
      // Also one that the case's journal has: a crash may have kept it from being looked at.
      if (entry.action === "segment-deleted" && entry.object !== null) this.#deleted.push(entry.object);
      if (CHAINED.has(entry.action) && !chained.has(entry.hash)) this.#toChain.push(entry);
    }
  }

  /** Chains the recording's journal into the case's: hash of each segment, and the head of that journal with it. */
  #chain(): void {
    for (const { action, object, sha256, detail, hash, at } of this.#toChain)
      this.#target.journal.append(action, { object, sha256, detail: { ...detail, recordedAt: at, entry: hash } });
    this.#toChain = [];
  }

  /** Octets that were recorded and not read, of the segment at hand and those that wait. */
  #octetsBehind(): number {
    const current = this.#segment;
    const unread = current === null ? 0 : unreadOctets(current.segment.path, current.set.octetsRead);
    const waiting = this.#feed.segments().filter(({ name }) => !this.#known.has(name));
    return waiting.reduce((sum, { path }) => sum + unreadOctets(path, 0), unread);
  }

  /** How far the newest frame read lies behind the clock. */
  #lagSeconds(): number {
    const to = this.#run.analysedTo;
    return to === null ? 0 : Math.max(0, Date.now() / 1000 - Number(to) / 1e9);
  }

  #tell(always = false): void {
    const now = performance.now();
    if (!always && now - this.#lastStatus < STATUS_MS) return;
    this.#lastStatus = now;
    this.#behind = this.#octetsBehind();
    const to = this.#run.analysedTo;
    const training = trainingOf(this.#target);
    this.#events.status({
      at: new Date().toISOString(),
      pid: process.pid,
      isRunning: true,
      packets: this.#run.packets,
      behindOctets: this.#behind,
      analysedTo: to?.toString() ?? null,
      lagSeconds: this.#behind === 0 ? 0 : this.#lagSeconds(),
      findings: this.#judgement.findings,
      evaluatedAt: this.#judgement.evaluatedAt,
      evaluationSeconds: this.#judgement.evaluationMs / 1000,
      promptSeconds: this.#judgement.lookMs / 1000,
      ending: this.#judgement.ending,
      segmentsShed: this.#shed,
      waitsForDisk: this.#room.isShort,
      baseline: training === null ? null : trainingText(training, Date.now()),
      windowProblem: this.windowProblem,
    });
  }
}

function notAnalysed(name: string, path: string, reason: string): string {
  const octets = sizeOf(path);
  return `Segment ${name}${octets === 0 ? "" : ` (${octetsText(octets)})`} was not analysed: ${reason.replace(/\.$/, "")}.`;
}

/** Code of the problem that ended the last run; null if it ended in order, by force, or there was none. */
function lastFailure({ journal }: Case): string | null {
  const last = journal.entries.findLast(({ action }) => RUN_ENDS.includes(action));
  const code = last?.detail["code"];
  return typeof code === "string" ? code : null;
}
