import type { ArchiveOperation, ArchiveOutcome } from "../archive-op.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { RecordSink } from "../protocol.ts";
import { createActionName } from "./access-rights.ts";
import { isNtError, ntStatusName } from "./nt-status.ts";
import type { Exchange, FileAction } from "./operation-log.ts";
import type { OpenFile } from "./state.ts";

/** What an action on a file is called in the archive ledger; those that change nothing of it are left out. */
const OPERATIONS: Readonly<Partial<Record<FileAction, ArchiveOperation>>> = {
  delete: "delete",
  rename: "rename",
  truncate: "truncate",
  allocate: "truncate",
  zero: "truncate",
  copy: "create",
};

const DETAILS: Readonly<Partial<Record<FileAction, string>>> = {
  zero: "a range was filled with zeros",
  copy: "copied by the server itself",
};

/** What opening did to the file. [MS-SMB2] 2.2.14 CreateAction */
const OPENINGS: Readonly<Record<string, ArchiveOperation>> = {
  SUPERSEDED: "truncate",
  CREATED: "create",
  OVERWRITTEN: "truncate",
};

/** Reports an operation on a file to the archive ledger, if it is one. */
export function reportArchiveAct(
  out: RecordSink,
  action: FileAction | "transfer",
  file: OpenFile,
  exchange: Exchange,
  { target, size }: { target: string | null; size: number | null },
): void {
  if (file.name === null) return;
  const common = { actor: file.session.user, share: file.tree?.path ?? null, object: file.name };
  if (action === "transfer") {
    const moved = { ...common, outcome: "granted" as const, head: file.magic };
    const { from, to } = exchange;
    if (file.bytesRead > 0)
      reportArchiveOp(out, "smb", { ...moved, operation: "read", octetsRead: file.bytesRead }, from, to);
    if (file.bytesWritten > 0)
      reportArchiveOp(out, "smb", { ...moved, operation: "write", octetsWritten: file.bytesWritten }, from, to);
    return;
  }
  const opening = action === "open" && file.createAction !== null ? createActionName(file.createAction) : "";
  const operation = action === "open" ? OPENINGS[opening] : OPERATIONS[action];
  if (operation === undefined) return;
  const { status, from, to } = exchange;
  const act = {
    ...common,
    operation,
    outcome: outcomeOf(status),
    status: status === null ? null : ntStatusName(status),
    newObject: action === "rename" || action === "copy" ? target : null,
    detail: action === "open" ? `${opening.toLowerCase()} by opening` : detailOf(action, size),
  };
  reportArchiveOp(out, "smb", act, from, to);
}

function detailOf(action: FileAction, size: number | null): string | null {
  if (action === "truncate" || action === "allocate") return size === null ? null : `to ${size} octets`;
  return DETAILS[action] ?? null;
}

function outcomeOf(status: number | null): ArchiveOutcome {
  if (status === null) return "asked";
  return isNtError(status) ? "refused" : "granted";
}
