import type { Detection } from "../detection.ts";
import { SEALED_STORES, storeDestruction } from "./ledger-sql.ts";

export const b2Deletion: Detection = {
  id: "BT-TI-021",
  title: "Backblaze B2 deletion, hiding or lock change",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.8,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { n: 100, window_minutes: 10, newest_days: 7, history_days: 3 },
  // Backups that go, judged as retention is; and buckets and locks that are changed, where one call is enough.
  query: storeDestruction(
    "b2",
    "operation IN ('b2_delete_bucket', 'b2_update_bucket', 'b2_update_file_legal_hold') OR (operation = 'b2_update_file_retention' AND coalesce(bypasses_governance, false))",
  ),
  explanation: "{user} on {source} {act} at {target}, first {object}.",
  falsePositives: ["Retention of the product (set aside once it is seen to repeat)"],
  references: ["https://attack.mitre.org/techniques/T1485/", "Backblaze B2 Native API"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "b2-destruction.rows", findings: 2 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
