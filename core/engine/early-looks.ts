import { isCancelled } from "../case/cancellation.ts";
import type { Case } from "../case/case.ts";
import { EarlyStore } from "../case/early-store.ts";
import type { Finding } from "../contracts/finding.ts";
import type { Detection } from "../detections/detection.ts";
import { DETECTIONS } from "../detections/index.ts";
import type { DetectionOptions, DetectionRun } from "../detections/run.ts";
import { missingRecords, runDetections } from "../detections/run.ts";
import { readsActs, withSlices } from "../detections/slices.ts";
import { inferEstate } from "../estate/infer.ts";
import type { Scope } from "../estate/scope.ts";
import type { RecordType } from "../records/record-type.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import type { CaptureSet } from "../capture/open.ts";
import { optionsOf, scopeOf } from "./evaluate.ts";
import { preliminary, severityOf } from "./preliminary.ts";
import type { ShardPool } from "./shard-pool.ts";

/** Looks take this share of the time of reading at most, the first aside, and the second where the first found nothing. */
const SHARE_OF_READING = 0.04;
/** So many looks, so far apart at best in ms, ask only what needs nothing of the estate; one of all detections takes so many times as long. */
const QUICK_LOOKS = 2;
const QUICK_LOOK_MS = 1000;
const ALL_TO_QUICK = 4;
const LEAST_UNREAD_OCTETS = 4e6;

export interface EarlyOptions {
  /** Captures of which less is unread are at their end before a look is. */
  readonly leastUnreadOctets?: number;
}

/** The most severe come first. */
const BY_SEVERITY = DETECTIONS.toSorted((a, b) => severityOf(b) - severityOf(a));
/** Detections that ask nothing of the estate answer while it is not worked out yet. */
const WITHOUT_ESTATE = BY_SEVERITY.filter((detection) => !readsEstate(detection));

/**
 * Asks estate and detections over the first records while the others are read, and over later ones at intervals, so that nobody need wait for
 * all to see something. What is found is told and never kept. A look asks a bounded number of records; what an earlier one found stays until
 * its records are asked again and do not show it.
 */
export class EarlyLooks {
  readonly #making: Promise<EarlyStore>;
  readonly #scope: Scope;
  readonly #leastUnread: number;
  readonly #tell: (findings: readonly Finding[]) => void;
  readonly #stop = new AbortController();
  #store: EarlyStore | null = null;
  /** Chunks that came before the tables were made. */
  #before: TableChunk[] = [];
  readonly #began = performance.now();
  #looks = 0;
  /** How long the next look may take, ms; not known before the first. */
  #lookMs = 0;
  #nextLook = 0;
  #looking: Promise<void> | null = null;
  /** Findings whose records are held no more, and those of the last look. */
  #settled: readonly Finding[] = [];
  #latest: readonly Finding[] = [];
  /** Why looking ended before its time; null if it did not. */
  problem: string | null = null;

  /** @param tell Takes all findings so far, the most severe first. */
  constructor(
    types: readonly RecordType[],
    scope: Scope,
    { leastUnreadOctets = LEAST_UNREAD_OCTETS }: EarlyOptions,
    tell: (findings: readonly Finding[]) => void,
  ) {
    this.#leastUnread = leastUnreadOctets;
    this.#making = EarlyStore.make(types).then((store) => {
      for (const chunk of this.#before) store.append(chunk);
      this.#before = [];
      return (this.#store = store);
    });
    this.#making.catch(() => undefined); // the first look tells it
    this.#scope = scope;
    this.#tell = tell;
  }

  append(chunk: TableChunk): void {
    if (this.#store === null) this.#before.push(chunk);
    else this.#store.append(chunk);
  }

  appendOpen(chunk: TableChunk): void {
    this.#store?.appendOpen(chunk);
  }

  /**
   * Begins a look if it is time for one; it goes on beside reading.
   * @param clockNs Time up to which frames were read.
   */
  async goOn(pool: Pick<ShardPool, "flush">, clockNs: number, captures: HowFar): Promise<void> {
    if (this.#looking !== null || performance.now() < this.#nextLook || !this.#isWorthIt(captures)) return;
    await pool.flush(clockNs);
    this.#looking = this.#lookUnlessItFails(performance.now());
  }

  #isWorthIt({ octetsRead, octetsTotal }: HowFar): boolean {
    const unread = octetsTotal === null ? null : octetsTotal - octetsRead;
    if (unread !== null && unread < this.#leastUnread) return false;
    if (this.#looks === 0 || this.#isFirstInVain) return true;
    const elapsed = performance.now() - this.#began;
    const whole = unread === null ? elapsed : (elapsed * (octetsRead + unread)) / octetsRead;
    return this.#lookMs <= SHARE_OF_READING * whole;
  }

  /** Ends looking. */
  async end(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    await this.#looking;
    await this.#making.then(
      (store) => store.close(),
      () => undefined, // it was not made, which `problem` tells if a look came to it
    );
  }

  /** A fault here must not end the analysis: the run over all records finds the same, later. */
  async #lookUnlessItFails(began: number): Promise<void> {
    try {
      const isQuick = this.#looks < QUICK_LOOKS;
      await this.#look(await this.#making, isQuick);
      this.#looks++;
      const now = performance.now();
      this.#lookMs = (now - began) * (this.#looks === QUICK_LOOKS ? ALL_TO_QUICK : 1);
      this.#nextLook = now + this.#pauseMs(isQuick);
    } catch (error) {
      this.#nextLook = Infinity;
      if (!isCancelled(error)) this.problem = error instanceof Error ? error.message : String(error);
    }
    this.#looking = null;
  }

  /** There was one look, and it found nothing: somebody still waits to see something. */
  get #isFirstInVain(): boolean {
    return this.#looks === 1 && this.#latest.length === 0;
  }

  #pauseMs(isQuick: boolean): number {
    if (!isQuick) return this.#lookMs / SHARE_OF_READING;
    return this.#isFirstInVain ? 0 : QUICK_LOOK_MS;
  }

  /** @param isQuick Asks only what the estate need not be known for, as this answers soonest. */
  async #look(store: EarlyStore, isQuick: boolean): Promise<void> {
    const { isFull } = store;
    await store.turn();
    const found: Finding[] = [];
    const options: DetectionOptions = {
      ...optionsOf(this.#scope),
      lanes: 1,
      signal: this.#stop.signal,
      found: (more) => {
        found.push(...more);
        this.#show([...this.#latest, ...found]);
      },
    };
    if (!isQuick) await inferEstate(store, this.#scope);
    const { findings } = await (isQuick ? askQuickly(store, options) : runDetections(store, BY_SEVERITY, options));
    this.#latest = findings;
    const shown = this.#show(this.#latest);
    if (!isFull) return;
    this.#settled = shown;
    this.#latest = [];
    await store.clear();
  }

  /** Tells the findings of this look, beside those whose records are held no more. */
  #show(latest: readonly Finding[]): readonly Finding[] {
    const events = new Map([...this.#settled, ...latest].map((finding) => [eventOf(finding), finding]));
    const findings = preliminary([...events.values()]);
    this.#tell(findings);
    return findings;
  }
}

/** @param target Case that is read into. */
export function earlyLooksInto(
  target: Case,
  options: EarlyOptions,
  tell: (findings: readonly Finding[]) => void,
): EarlyLooks {
  return new EarlyLooks(target.store.types, scopeOf(target.scope(), "scope.yaml"), options, tell);
}

/** Asks what needs nothing of the estate, of which nothing is in the tables then, and only what the records can answer. */
function askQuickly(store: EarlyStore, options: DetectionOptions): Promise<DetectionRun> {
  const { filled } = store;
  const answerable = WITHOUT_ESTATE.filter((detection) => missingRecords(detection, filled).length === 0);
  return runDetections(store, answerable, { ...options, filled });
}

type HowFar = Pick<CaptureSet, "octetsRead" | "octetsTotal">;

/** Whether a detection asks for what the estate, the scope or lists of backups say. */
function readsEstate(detection: Detection): boolean {
  return (
    readsActs(detection) ||
    /\b(assets|asset_roles|networks|(job|change)_windows|drill_plans|site_products|coverage_gaps|learning|transfers|jobs|job_runs|manifests|manifest_entries)\b/.test(
      withSlices(detection.query),
    )
  );
}

function eventOf({ detection, source, target, user, object, title }: Finding): string {
  return JSON.stringify([detection, source, target, user, object, title]);
}
