import type { BlockRanges } from "./block-ranges.ts";
import type { Moment } from "./protocol.ts";

/** Runs of one unit that may go on; the one that rested longest makes room for a new one. */
const MOST_OPEN = 16;
/** A run that makes room tells its own row if it has so many commands, else it goes into the scattered ones. */
const OWN_ROW = 8;
/** Nothing is added to a run or to scattered ranges that rested, or began, so long ago. */
const REST_NS = 60_000_000_000n;
/** Changing commands of one unit that have a row each; further ones go together like reads and writes. */
const MOST_SINGLE = 1000;

/** What a command did. */
export interface BlockAct {
  readonly operation: string;
  readonly kind: "read" | "write" | "change" | "other";
  readonly outcome: "granted" | "refused" | "asked";
  readonly status: string | null;
  readonly sense: string | null;
  /** First octet; null if the command names no range or the size of a block is not known. */
  readonly offset: number | null;
  /** Octets of the range. */
  readonly span: number;
  /** Octets moved. */
  readonly octets: number;
  readonly overwritten: number;
  readonly ranges: readonly string[] | null;
  readonly detail: string;
  /** First octets of what was moved, where they went by. */
  readonly head: Uint8Array | null;
  readonly from: Moment;
  readonly to: Moment;
}

/** Several acts as one. */
export interface BlockRun {
  act: BlockAct;
  offset: number | null;
  /** Behind the last octet of the range. */
  end: number;
  octets: number;
  commands: number;
  overwritten: number;
  scattered: boolean;
  to: Moment;
}

/** Puts the commands to one unit together to rows. */
export class BlockRuns {
  readonly #tell: (run: BlockRun) => void;
  /** The one used last is the last. */
  readonly #open: BlockRun[] = [];
  readonly #scattered = new Map<string, BlockRun>();
  #single = 0;

  constructor(tell: (run: BlockRun) => void) {
    this.#tell = tell;
  }

  add(act: BlockAct): void {
    this.#tellRested(act.to);
    if (act.kind === "change" && this.#single < MOST_SINGLE) {
      this.#single++;
      this.#tell(runOf(act));
      return;
    }
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const run = this.#open[i]!;
      if (!goesOn(run, act)) continue;
      extend(run, act);
      this.#open.splice(i, 1);
      this.#open.push(run);
      return;
    }
    if (this.#open.length >= MOST_OPEN) this.#makeRoom();
    this.#open.push(runOf(act));
  }

  close(): void {
    for (const run of this.#open) this.#tell(run);
    for (const run of this.#scattered.values()) this.#tell(run);
    this.#open.length = 0;
    this.#scattered.clear();
  }

  #makeRoom(): void {
    const run = this.#open.shift()!;
    if (run.commands >= OWN_ROW) {
      this.#tell(run);
      return;
    }
    const { operation, outcome, status, sense } = run.act;
    const key = `${operation} ${outcome} ${status} ${sense} ${run.overwritten > 0}`;
    const together = this.#scattered.get(key);
    if (together === undefined) {
      // Texts of answers are a closed list; operations of unknown code are 256 at most. This is for what is neither.
      if (this.#scattered.size >= MOST_OPEN) this.#tell(run);
      else this.#scattered.set(key, run);
      return;
    }
    together.scattered = true;
    together.offset = Math.min(together.offset ?? Infinity, run.offset ?? Infinity);
    if (together.offset === Infinity) together.offset = null;
    together.end = Math.max(together.end, run.end);
    together.octets += run.octets;
    together.commands += run.commands;
    together.overwritten += run.overwritten;
    if (run.to.ts > together.to.ts) together.to = run.to;
  }

  #tellRested({ ts }: Moment): void {
    while (this.#open.length > 0 && ts - this.#open[0]!.to.ts > REST_NS) this.#tell(this.#open.shift()!);
    for (const [key, run] of this.#scattered) {
      if (ts - run.act.from.ts <= REST_NS) continue;
      this.#scattered.delete(key);
      this.#tell(run);
    }
  }
}

/** Takes note of a range that was read or written, and tells how much of it was known before. */
export function touch(known: BlockRanges, offset: number | null, octets: number): number {
  if (offset === null || octets <= 0 || !Number.isSafeInteger(offset + octets)) return 0;
  const overlap = known.overlap(offset, offset + octets);
  known.add(offset, offset + octets);
  return overlap;
}

function runOf(act: BlockAct): BlockRun {
  const end = act.offset === null ? 0 : act.offset + act.span;
  const { offset, octets, overwritten, to } = act;
  return { act, offset, end, octets, commands: 1, overwritten, scattered: false, to };
}

function goesOn(run: BlockRun, act: BlockAct): boolean {
  const before = run.act;
  if (before.operation !== act.operation || before.outcome !== act.outcome || before.status !== act.status)
    return false;
  if (before.sense !== act.sense || before.detail !== act.detail) return false;
  if (act.kind !== "read" && act.kind !== "write") return true;
  if (act.kind === "write" && run.overwritten > 0 !== act.overwritten > 0) return false;
  if (run.offset === null || act.offset === null) return run.offset === act.offset;
  return act.offset === run.end || act.offset + act.span === run.offset;
}

function extend(run: BlockRun, act: BlockAct): void {
  if (run.offset !== null && act.offset !== null) {
    run.offset = Math.min(run.offset, act.offset);
    run.end = Math.max(run.end, act.offset + act.span);
  }
  run.octets += act.octets;
  run.commands++;
  run.overwritten += act.overwritten;
  if (act.to.ts > run.to.ts) run.to = act.to;
}
