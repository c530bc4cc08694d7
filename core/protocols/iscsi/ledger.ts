import { archiveKindOfContent } from "../../records/archive-names.ts";
import type { ArchiveOperation } from "../archive-op.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { BlockRun } from "../block-runs.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import type { Unit } from "./unit.ts";

/** Who used what: the part of an act that is the same for a whole unit. */
export interface UnitUse {
  readonly actor: string | null;
  readonly target: string | null;
}

/** What changing commands are called in the archive ledger; those that leave the blocks and their protection alone are left out. */
const OPERATIONS: Readonly<Record<string, ArchiveOperation>> = {
  "FORMAT UNIT": "format",
  "FORMAT MEDIUM": "format",
  SANITIZE: "format",
  UNMAP: "delete",
  "ERASE(6)": "delete",
  "ERASE(16)": "delete",
  "RESERVE(6)": "lock",
  "RESERVE(10)": "lock",
  "RELEASE(6)": "unlock",
  "RELEASE(10)": "unlock",
};

const DETAILS: Readonly<Record<string, string>> = {
  UNMAP: "unmapped",
  "ERASE(6)": "erased",
  "ERASE(16)": "erased",
};

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
export class UnitLedger {
  readonly #out: RecordSink;
  readonly #unit: Unit;
  #read: Moved | null = null;
  #written: Moved | null = null;

  constructor(out: RecordSink, unit: Unit) {
    this.#out = out;
    this.#unit = unit;
  }

  /** Takes note of one row of the unit's commands. */
  add(run: BlockRun, use: UnitUse): void {
    const { kind, outcome } = run.act;
    // Block 0 has the partition table: nobody writes there in the course of a backup.
    const isTelling = kind === "write" && (run.overwritten > 0 || run.offset === 0);
    const operation = isTelling ? "write" : operationOf(run);
    if (operation !== null) this.#tell(operation, run, use);
    else if (outcome === "granted" && kind === "read") this.#read = joined(this.#read, "read", run);
    else if (outcome === "granted" && kind === "write") this.#written = joined(this.#written, "write", run);
  }

  close(use: UnitUse): void {
    if (this.#read !== null) this.#tellMoved(this.#read, use);
    if (this.#written !== null) this.#tellMoved(this.#written, use);
  }

  #tell(operation: ArchiveOperation, run: BlockRun, use: UnitUse): void {
    const { operation: command, outcome, status, sense, from, ranges } = run.act;
    const isWrite = operation === "write" && outcome === "granted";
    const act = {
      ...this.#common(use),
      operation,
      outcome,
      status: sense ?? status,
      object: this.#range(run) ?? (ranges === null ? "all blocks" : `${ranges.length} ranges of blocks`),
      head: run.act.head,
      octetsWritten: isWrite ? run.octets : null,
      detail: [DETAILS[command] ?? command, run.act.detail, overwrittenText(run)].filter(Boolean).join(", "),
    };
    reportArchiveOp(this.#out, "iscsi", act, from, run.to);
  }

  #tellMoved(moved: Moved, use: UnitUse): void {
    const { operation, octets, head, from, to } = moved;
    const act = {
      ...this.#common(use),
      operation,
      outcome: "granted" as const,
      object: this.#range(moved) ?? "tape",
      head,
      octetsRead: operation === "read" ? octets : null,
      octetsWritten: operation === "write" ? octets : null,
    };
    reportArchiveOp(this.#out, "iscsi", act, from, to);
  }

  #common({ actor, target }: UnitUse): { actor: string | null; share: string; isStorage: true } {
    return { actor, share: `${target ?? "?"} LUN ${this.#unit.lun}`, isStorage: true };
  }

  #range({ offset, end }: { readonly offset: number | null; readonly end: number }): string | null {
    const size = this.#unit.blockOctets;
    if (offset === null || size === null) return null;
    return end > offset ? `blocks ${offset / size} to ${end / size - 1}` : `blocks ${offset / size} to the last`;
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

function operationOf({ act }: BlockRun): ArchiveOperation | null {
  if (act.operation === "PERSISTENT RESERVE OUT")
    return /^(?:RESERVE|REGISTER|REPLACE)/.test(act.detail) ? "lock" : "unlock";
  if (act.operation.startsWith("WRITE SAME")) return act.detail === "unmap" ? "delete" : "write";
  return OPERATIONS[act.operation] ?? null;
}

function overwrittenText({ overwritten }: BlockRun): string {
  return overwritten > 0 ? `${overwritten} octets of it had been written or read before` : "";
}
