import type { Detection } from "../detection.ts";
import { SEALED_STORES, storeDestruction } from "./ledger-sql.ts";

export const azureDeletion: Detection = {
  id: "BT-TI-019",
  title: "Azure blob deletion or immutability removal",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.85,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { n: 100, window_minutes: 10, newest_days: 7, history_days: 3 },
  // Backups that go, judged as retention is; and containers and protections that are removed, where one call is enough.
  query: storeDestruction(
    "azure_blob",
    "operation IN ('DeleteContainer', 'DeleteBlobImmutabilityPolicy') OR (operation = 'SetBlobLegalHold' AND legal_hold = false)",
  ),
  explanation: "{user} on {source} {act} at {target}, first {object}.",
  falsePositives: ["Retention of the product (set aside once it is seen to repeat)"],
  references: [
    "https://attack.mitre.org/techniques/T1485/",
    "https://learn.microsoft.com/en-us/rest/api/storageservices/delete-blob",
  ],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "azure-destruction.rows", findings: 2 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
