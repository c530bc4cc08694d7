import type { ArchiveKind } from "../records/archive-names.ts";
import { archiveKindOf, archiveKindOfContent } from "../records/archive-names.ts";
import { recordType } from "../records/record-type.ts";
import type { Moment, RecordSink } from "./protocol.ts";

/** What may be done to archives and to the storage that holds them. */
export type ArchiveOperation =
  | "read"
  | "write"
  | "create"
  | "rename"
  | "truncate"
  | "delete"
  | "lock"
  | "unlock"
  | "retention"
  | "snapshot"
  | "restore"
  | "format"
  | "list";

/** asked: no answer was seen; granted and refused: as the answer says. */
export type ArchiveOutcome = "asked" | "granted" | "refused";

/** The archive ledger: what every storage protocol says of archives, in one table. */
export const archiveOpRecord = recordType({
  name: "archive_op",
  own: true,
  text: "Something done, or asked for, to a backup archive or to the storage that holds archives, whatever the protocol",
  version: 1,
  layout: "connection",
  columns: {
    operation: {
      kind: "enum",
      text: "read, write, create, rename, truncate, delete, lock, unlock, retention, snapshot, restore, format or list",
      example: "delete",
    },
    outcome: {
      kind: "enum",
      text: "granted or refused, as the answer says; asked if none was seen",
      example: "granted",
    },
    status: { kind: "string", text: "The answer in the protocol's own words", example: "STATUS_SUCCESS" },
    actor: { kind: "string", text: "Account, as far as the wire shows it", example: "CORP\\svc_backup" },
    protocol: { kind: "string", text: "Protocol that it was done with, as conn.service names it", example: "smb" },
    share: {
      kind: "string",
      text: "Share, export, bucket, repository, or target and unit that the object is in",
      example: "\\\\REPO01\\Backup",
    },
    object: { kind: "string", text: "Path, key, or range of blocks", example: "Daily\\FS01.vbk" },
    new_object: { kind: "string", text: "New name of a rename, place of a copy", example: "Daily\\FS01.vbk.locked" },
    archive_kind: {
      kind: "string",
      text: "Kind of archive, by its name or its first octets; unset if it is of no known kind",
      example: "Veeam full backup",
    },
    product: { kind: "string", text: "Backup product, by the archive or by the protocol", example: "Veeam" },
    octets_read: { kind: "count", unit: "octets", text: "Octets of the object that were read" },
    octets_written: { kind: "count", unit: "octets", text: "Octets of the object that were written" },
    detail: { kind: "string", text: "Further circumstances, in words", example: "governance retention bypassed" },
  },
});

/** One act, as a protocol reports it. */
export interface ArchiveAct {
  readonly operation: ArchiveOperation;
  readonly outcome: ArchiveOutcome;
  readonly status?: string | null;
  readonly share?: string | null;
  readonly object: string | null;
  readonly newObject?: string | null;
  /** Product, where the protocol tells it; else the archive's. */
  readonly product?: string | null;
  /** True if the object is storage itself (blocks of a disk, a tape, an export) and not a file: such acts are always told. */
  readonly isStorage?: boolean;
  /** First octets of the object, where they went by. */
  readonly head?: Uint8Array | null;
  readonly octetsRead?: number | null;
  readonly octetsWritten?: number | null;
  readonly detail?: string | null;
  /** Who, where somebody authenticated: `accountOf` the connection, or as the protocol itself says. */
  readonly actor: string | null;
}

/** These concern backups even where the object has no archive's name: they change or unprotect what is stored. */
const ALWAYS_TOLD: ReadonlySet<ArchiveOperation> = new Set([
  "lock",
  "unlock",
  "retention",
  "snapshot",
  "restore",
  "format",
]);

/** Octets of a head that are looked at. */
const HEAD_OCTETS = 64;

/**
 * Reports one act to the archive ledger. Acts on objects that are no known archives are left out, unless the act itself concerns
 * stored backups (locks, retention, snapshots, formatting), the object is storage itself, or the protocol names a product.
 */
export function reportArchiveOp(out: RecordSink, protocol: string, act: ArchiveAct, from: Moment, to: Moment): void {
  const known = kindOf(act);
  const isTold = act.isStorage === true || ALWAYS_TOLD.has(act.operation);
  if (known === null && (act.product ?? null) === null && !isTold) return;
  out.emit(
    archiveOpRecord,
    {
      operation: act.operation,
      outcome: act.outcome,
      status: act.status ?? null,
      actor: act.actor,
      protocol,
      share: act.share ?? null,
      object: act.object,
      new_object: act.newObject ?? null,
      archive_kind: known?.kind ?? null,
      product: act.product ?? known?.product ?? null,
      octets_read: act.octetsRead ?? null,
      octets_written: act.octetsWritten ?? null,
      detail: act.detail ?? null,
    },
    from,
    to,
  );
}

/** By name, of the new one too; a name that ordinary files have as well is left to the content. */
function kindOf({ object, newObject, head, isStorage }: ArchiveAct): ArchiveKind | null {
  if (isStorage === true) object = null;
  const named = (object === null ? null : archiveKindOf(object)) ?? (newObject ? archiveKindOf(newObject) : null);
  if (named?.isOnlyBackup === true || !head || head.length === 0) return named;
  const content = Buffer.from(head.buffer, head.byteOffset, Math.min(HEAD_OCTETS, head.length)).toString("latin1");
  return archiveKindOfContent(content) ?? named;
}
