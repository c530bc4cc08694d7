import type { ArchiveAct } from "../archive-op.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import type { BaculaRow } from "./records.ts";

type Meaning = Pick<ArchiveAct, "operation"> & Partial<ArchiveAct>;

/** What commands mean for stored backups, by the first word. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  delete: { operation: "delete", detail: "deleted from the catalogue" },
  purge: { operation: "delete", detail: "purged from the catalogue, whatever its retention" },
  prune: { operation: "delete", detail: "pruned from the catalogue, as its retention allows" },
  truncate: { operation: "truncate" },
  label: { operation: "create", detail: "volume labelled" },
  relabel: { operation: "format", detail: "volume labelled anew" },
  run: { operation: "write", detail: "job started by hand" },
  restore: { operation: "restore" },
  backup: { operation: "write", detail: "backup by the file daemon" },
};

/** Reports a command to the archive ledger, if it concerns stored backups. */
export function reportBaculaAct(out: RecordSink, row: BaculaRow, from: Moment, to: Moment): void {
  const { command, outcome } = row;
  // "run" alone only starts at a storage daemon what the job is told by elsewhere.
  if (command === null || command === "run") return;
  const word = /^[a-z]+/.exec(command)?.[0] ?? "";
  const meaning = MEANINGS[word];
  if (meaning === undefined) return;
  const object = argument(command, "volume(?:name)?|jobid|job|client") ?? row.job;
  const granted = outcome === "granted" || outcome === "refused" ? outcome : "asked";
  const share = argument(command, "pool(?:name)?");
  const common = {
    object,
    share,
    outcome: granted,
    status: row.reply,
    actor: row.orig_name,
    product: "Bacula",
  } as const;
  reportArchiveOp(out, "bacula", { ...meaning, ...common }, from, to);
}

function argument(command: string, names: string): string | null {
  const found = new RegExp(`\\b(?:${names})=(?:"([^"]*)"|(\\S+))`, "i").exec(command);
  return found?.[1] ?? found?.[2] ?? null;
}
