import type { ArchiveOperation } from "../archive-op.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import { actorOf } from "./exchange.ts";
import type { Done } from "./done.ts";
import { isNew } from "./done.ts";
import type { NfsRow } from "./records.ts";

const OPERATIONS: Readonly<Record<string, ArchiveOperation>> = {
  READ: "read",
  READ_PLUS: "read",
  WRITE: "write",
  REMOVE: "delete",
  RMDIR: "delete",
  RENAME: "rename",
  DEALLOCATE: "truncate",
  WRITE_SAME: "truncate",
  COPY: "create",
  CLONE: "create",
};
const DETAILS: Readonly<Record<string, string>> = {
  DEALLOCATE: "a range was freed",
  WRITE_SAME: "a range was filled with a pattern",
  COPY: "copied by the server itself",
  CLONE: "copied by the server itself",
};
const OUTCOMES = { confirmed: "granted", refused: "refused", attempted: "asked" } as const;

/** Reports an operation, or a sum of the same, to the archive ledger, if it is about an archive. */
export function reportArchive(out: RecordSink, done: Done, row: NfsRow, from: Moment, to: Moment): void {
  const operation = operationOf(done);
  if (operation === undefined || row.path === null) return;
  const outcome = OUTCOMES[row.outcome as keyof typeof OUTCOMES];
  const act = {
    operation,
    outcome,
    status: row.status,
    share: row.export,
    object: row.path,
    newObject: row.new_path,
    head: operation === "read" || operation === "write" ? done.node!.head : null,
    octetsRead: operation === "read" ? row.octets : null,
    octetsWritten: operation === "write" ? row.octets : null,
    actor: actorOf(done.exchange),
    detail: detailOf(done, operation, row),
  };
  reportArchiveOp(out, "nfs", act, from, to);
}

function operationOf(done: Done): ArchiveOperation | undefined {
  const { call, answer } = done;
  if (call.operation === "SETATTR") return call.size === null ? undefined : "truncate";
  if (call.operation !== "CREATE" && call.operation !== "OPEN") return OPERATIONS[call.operation];
  if (!call.creates) return undefined;
  if (answer?.status !== 0 || isNew(done)) return "create";
  return call.size === 0 ? "truncate" : undefined;
}

function detailOf({ call }: Done, operation: ArchiveOperation, row: NfsRow): string | null {
  if (call.operation === "SETATTR") return `to ${call.size} octets`;
  if (operation === "truncate" && call.creates) return "by opening";
  if (call.operation in DETAILS) return DETAILS[call.operation]!;
  return row.outcome === "attempted" ? row.detail : null;
}
