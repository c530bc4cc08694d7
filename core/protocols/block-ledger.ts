import { archiveKindOfContent } from "../records/archive-names.ts";
import type { ArchiveOperation } from "./archive-op.ts";
import { reportArchiveOp } from "./archive-op.ts";
import type { BlockAct, BlockRun } from "./block-runs.ts";
import type { Moment, RecordSink } from "./protocol.ts";

/** Who used what: the part of an act that is the same for a whole unit. */
export interface BlockUse {
  readonly actor: string | null;
  readonly share: string | null;
}

/** How a protocol says what goes into the archive ledger. */
export interface LedgerWords {
  /** What a changing command is called in the ledger; null for one that leaves the blocks and their protection alone. */
  readonly operationOf: (act: BlockAct) => ArchiveOperation | null;
  /** A range in the protocol's unit; null where the size of a block is not known. */
  readonly range: (offset: number, end: number) => string | null;
  /** What an act without a range is done to. */
  readonly whole: string;
  /** Words for commands, where their names do not say it. */
  readonly details: Readonly<Record<string, string>>;
}

/** Reads or writes of one unit in one connection. */
interface Moved {
  readonly operation: "read" | "write";
  octets: number;
  /** First octet, and the one behind the last; null on a tape. */
  offset: number | null;
  end: number;
  head: Uint8Array | null;
  readonly from: Moment;
  to: Moment;
}

/**
 * The lines of one unit: changes, and writes onto what was there before or onto block 0, a line each; all else that one connection
 * reads and writes, a line each at its end.
 */
export class BlockLedger {
  readonly #out: RecordSink;
  readonly #protocol: string;
  readonly #words: LedgerWords;
  #read: Moved | null = null;
  #written: Moved | null = null;

  constructor(out: RecordSink, protocol: string, words: LedgerWords) {
    this.#out = out;
    this.#protocol = protocol;
    this.#words = words;
  }

  /** Takes note of one row of the unit's commands. */
  add(run: BlockRun, use: BlockUse): void {
    const { kind, outcome } = run.act;
    // Block 0 has the partition table: nobody writes there in the course of a backup.
    const isTelling = kind === "write" && (run.overwritten > 0 || run.offset === 0);
    const operation = isTelling ? "write" : this.#words.operationOf(run.act);
    if (operation !== null) this.#tell(operation, run, use);
    else if (outcome === "granted" && kind === "read") this.#read = joined(this.#read, "read", run);
    else if (outcome === "granted" && kind === "write") this.#written = joined(this.#written, "write", run);
  }

  close(use: BlockUse): void {
    if (this.#read !== null) this.#tellMoved(this.#read, use);
    if (this.#written !== null) this.#tellMoved(this.#written, use);
  }

  #tell(operation: ArchiveOperation, run: BlockRun, use: BlockUse): void {
    const { operation: command, outcome, status, sense, from, ranges } = run.act;
    const isWrite = operation === "write" && outcome === "granted";
    const act = {
      ...this.#common(use),
      operation,
      outcome,
      status: sense ?? status,
      object: this.#range(run) ?? (ranges === null ? this.#words.whole : `${ranges.length} ranges of blocks`),
      head: run.act.head,
      octetsWritten: isWrite ? run.octets : null,
      detail: [this.#words.details[command] ?? command, run.act.detail, overwrittenText(run)]
        .filter(Boolean)
        .join(", "),
    };
    reportArchiveOp(this.#out, this.#protocol, act, from, run.to);
  }

  #tellMoved(moved: Moved, use: BlockUse): void {
    const { operation, octets, head, from, to } = moved;
    const act = {
      ...this.#common(use),
      operation,
      outcome: "granted" as const,
      object: this.#range(moved) ?? this.#words.whole,
      head,
      octetsRead: operation === "read" ? octets : null,
      octetsWritten: operation === "write" ? octets : null,
    };
    reportArchiveOp(this.#out, this.#protocol, act, from, to);
  }

  #common({ actor, share }: BlockUse): { actor: string | null; share: string | null; isStorage: true } {
    return { actor, share, isStorage: true };
  }

  #range({ offset, end }: { readonly offset: number | null; readonly end: number }): string | null {
    return offset === null ? null : this.#words.range(offset, end);
  }
}

function joined(moved: Moved | null, operation: "read" | "write", run: BlockRun): Moved {
  const { offset, end, octets, to, act } = run;
  if (moved === null) return { operation, octets, offset, end, head: act.head, from: act.from, to };
  moved.octets += octets;
  if (offset !== null && (moved.offset === null || offset < moved.offset)) moved.offset = offset;
  moved.end = Math.max(moved.end, end);
  // What tells the kind of archive stays.
  if (!isArchive(moved.head) && isArchive(act.head)) moved.head = act.head;
  if (to.ts > moved.to.ts) moved.to = to;
  return moved;
}

function isArchive(head: Uint8Array | null): boolean {
  return head !== null && archiveKindOfContent(Buffer.from(head).toString("latin1")) !== null;
}

function overwrittenText({ overwritten }: BlockRun): string {
  return overwritten > 0 ? `${overwritten} octets of it had been written or read before` : "";
}
