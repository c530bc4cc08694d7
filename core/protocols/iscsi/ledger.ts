import type { ArchiveOperation } from "../archive-op.ts";
import type { LedgerWords } from "../block-ledger.ts";
import type { BlockAct } from "../block-runs.ts";
import type { Unit } from "./unit.ts";

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

/** How the ledger speaks of one unit. */
export function ledgerWords(unit: Unit): LedgerWords {
  const range = (offset: number, end: number): string | null => {
    const size = unit.blockOctets;
    if (size === null) return null;
    return end > offset ? `blocks ${offset / size} to ${end / size - 1}` : `blocks ${offset / size} to the last`;
  };
  return { operationOf, range, whole: "all blocks", details: DETAILS };
}

function operationOf(act: BlockAct): ArchiveOperation | null {
  if (act.operation === "PERSISTENT RESERVE OUT")
    return /^(?:RESERVE|REGISTER|REPLACE)/.test(act.detail) ? "lock" : "unlock";
  if (act.operation.startsWith("WRITE SAME")) return act.detail === "unmap" ? "delete" : "write";
  return OPERATIONS[act.operation] ?? null;
}
