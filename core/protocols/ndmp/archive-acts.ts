import type { ArchiveAct, ArchiveOutcome } from "../archive-op.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import type { NdmpRow } from "./records.ts";

/** Names of one restore that get a line each; more are told by number. */
const MOST_RESTORED = 50;

/** What the ledger needs to know beside the row. */
export interface ActContext {
  readonly actor: string | null;
  /** Product of the server, if it said so. */
  readonly product: string | null;
  /** True if the tape stands at its beginning. */
  readonly atBeginning: boolean;
}

type Said = Pick<ArchiveAct, "operation" | "object"> & Partial<ArchiveAct>;

/** Reports what a message means for stored backups. */
export function reportNdmpActs(out: RecordSink, row: NdmpRow, context: ActContext, from: Moment, to: Moment): void {
  for (const act of actsOf(row, context)) {
    const common = {
      outcome: row.outcome as ArchiveOutcome,
      status: row.error ?? (row.outcome === "granted" ? "NO_ERR" : null),
      product: context.product ?? "NDMP",
      actor: context.actor,
    };
    reportArchiveOp(out, "ndmp", { ...common, ...act }, from, to);
  }
}

function actsOf(row: NdmpRow, { atBeginning }: ActContext): readonly Said[] {
  const { device } = row;
  switch (row.operation) {
    case "DATA_START_BACKUP":
      return [{ operation: "write", object: variable(row, "FILESYSTEM"), detail: dataDetail("backup", row) }];
    case "DATA_START_RECOVER":
    case "DATA_START_RECOVER_FILEHIST":
      return restores(row);
    case "TAPE_WRITE": {
      const detail = atBeginning ? "from the beginning of the tape" : null;
      return [{ operation: "write", object: device, octetsWritten: row.octets, detail }];
    }
    case "TAPE_READ":
      return [{ operation: "read", object: device, octetsRead: row.octets }];
    case "MOVER_LISTEN":
    case "MOVER_CONNECT":
      return moves(row, atBeginning);
    case "TAPE_MTIO":
      if (row.command !== "EOF" || row.count === 0) return [];
      return atBeginning
        ? [{ operation: "truncate", object: device, detail: "file mark at the beginning of the tape" }]
        : [{ operation: "write", object: device, detail: "file mark" }];
    case "TAPE_EXECUTE_CDB":
    case "SCSI_EXECUTE_CDB":
      return scsiActs(row);
    default:
      return [];
  }
}

/** From here on a mover writes to its tape what it reads from the network, or the other way round; the other end may be a third host. */
function moves({ mode, device }: NdmpRow, atBeginning: boolean): readonly Said[] {
  if (device === null) return [];
  const where = atBeginning ? "by the mover, from the beginning of the tape" : "by the mover";
  if (mode === "read") return [{ operation: "write", object: device, detail: where }];
  return mode === "write" ? [{ operation: "read", object: device, detail: where }] : [];
}

function scsiActs({ command, device }: NdmpRow): readonly Said[] {
  if (command === "ERASE") return [{ operation: "delete", object: device, detail: "tape erased" }];
  if (command === "FORMAT MEDIUM") return [{ operation: "format", object: device }];
  return [];
}

function restores(row: NdmpRow): readonly Said[] {
  const detail = dataDetail("restore", row);
  const paths = row.paths ?? [];
  if (paths.length === 0) return [{ operation: "restore", object: variable(row, "FILESYSTEM"), detail }];
  const more = (row.entries ?? paths.length) - Math.min(paths.length, MOST_RESTORED);
  return paths.slice(0, MOST_RESTORED).map((path, i) => ({
    operation: "restore",
    object: path,
    newObject: row.destinations?.[i] || null,
    detail: more > 0 && i === 0 ? `${detail}, ${more} more files` : detail,
  }));
}

function dataDetail(what: string, row: NdmpRow): string {
  return row.butype ? `${row.butype} ${what}` : what;
}

function variable(row: NdmpRow, name: string): string | null {
  const found = row.environment?.find((entry) => entry.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}
