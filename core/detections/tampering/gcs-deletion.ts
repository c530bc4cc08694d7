import type { Detection } from "../detection.ts";
import { SEALED_STORES, storeDestruction } from "./ledger-sql.ts";

export const gcsDeletion: Detection = {
  id: "BT-TI-020",
  title: "Google Cloud Storage deletion or retention patch",
  phase: "tampering",
  attack: ["T1485", "T1490"],
  severity: "critical",
  confidence: 0.7,
  basis: "fact",
  needs: ["object_store"],
  learningDays: 0,
  parameters: { n: 100, window_minutes: 10, newest_days: 7, history_days: 3 },
  // Backups that go, judged as retention is; and buckets that are removed and retention that is patched, where one call is enough.
  query: storeDestruction(
    "gcs",
    "operation = 'buckets.delete' OR (operation IN ('buckets.patch', 'buckets.update') AND (versioning = 'Suspended' OR retain_until IS NOT NULL OR legal_hold = false))",
  ),
  explanation: "{user} on {source} {act} at {target}, first {object}.",
  falsePositives: ["Retention of the product (set aside once it is seen to repeat)"],
  references: ["https://attack.mitre.org/techniques/T1485/", "Google Cloud Storage JSON API: Buckets, Objects"],
  blindTo: [{ text: "calls to object stores inside TLS", query: SEALED_STORES }],
  samples: [
    { capture: "gcs-destruction.rows", findings: 2 },
    { capture: "bucket-set-up.rows", findings: 0 },
  ],
};
