import type { Finding } from "../contracts/finding.ts";

/** What was done, by detection, for the tamper ledger. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "BT-TI-001": "delete",
  "BT-TI-002": "rename",
  "BT-TI-003": "truncate",
  "BT-TI-004": "overwrite",
  "BT-TI-005": "encrypt in place",
  "BT-TI-006": "zero or trim",
  "BT-TI-007": "change rights",
  "BT-TI-008": "change share",
  "BT-TI-009": "delete",
  "BT-TI-010": "rename",
  "BT-TI-011": "truncate",
  "BT-TI-012": "delete",
  "BT-TI-013": "delete versions",
  "BT-TI-014": "suspend versioning",
  "BT-TI-015": "let expire",
  "BT-TI-016": "weaken retention",
  "BT-TI-017": "change bucket settings",
  "BT-TI-018": "encrypt with own key",
  "BT-TI-019": "delete or unprotect",
  "BT-TI-020": "delete or unprotect",
  "BT-TI-021": "delete or unprotect",
  "BT-TI-022": "delete",
  "BT-TI-023": "remove",
  "BT-TI-024": "synchronise with deletion",
  "BT-TI-025": "erase tape",
  "BT-TI-026": "destroy blocks",
  "BT-TI-027": "move media",
  "BT-TI-028": "remove snapshots",
  "BT-TI-029": "destroy machines or disks",
  "BT-TI-030": "power off",
  "BT-TI-031": "remove shadow copies",
  "BT-TI-032": "clear event logs",
  "BT-TI-033": "stop services",
  "BT-TI-034": "shut down",
  "BT-TI-035": "delete",
  "BT-TI-036": "change backup settings",
  "BT-TI-037": "change the time",
  "BT-TI-038": "leave a ransom note or suffix",
  "BT-TI-039": "lock out accounts",
  "BT-TI-040": "silence logs",
  "BT-TI-041": "fill storage",
  "BT-TI-042": "destroy configuration",
  "BT-TI-043": "crash event log service",
};

/** What a finding of tampering says was done. */
export function operationOf({ detection, title }: Finding): string {
  // Its bulk part is about files of any name.
  if (detection === "BT-TI-001" && title.startsWith("Files deleted in bulk")) return "delete in bulk";
  // The product's events tell of more than deletions; the title says of what.
  if (detection === "BT-TI-035" && !title.startsWith("Restore points")) return title.toLowerCase();
  return OPERATIONS[detection] ?? title.toLowerCase();
}

/** Operations against a machine and what it tells of itself: the backups on it, if it has any, stay as they are. */
const AGAINST_MACHINE: ReadonlySet<string> = new Set([
  "clear event logs",
  "crash event log service",
  "silence logs",
  "stop services",
  "shut down",
]);

/** Whether an operation is one against backups. */
export function isAgainstBackups(operation: string): boolean {
  return !AGAINST_MACHINE.has(operation);
}
