import type { Finding } from "../core/contracts/finding.ts";

/** A finding of lateral movement from 10.0.0.7 to 10.0.0.20, with what a test says of it in place of what any has. */
export function someFinding(fields: Partial<Finding> = {}): Finding {
  return {
    id: "F-000000000001",
    detection: "BT-LM-001",
    title: "x",
    phase: "lateral-movement",
    attack: [],
    severity: "high",
    confidence: 0.9,
    basis: "fact",
    outcome: "confirmed",
    tsFirst: "0",
    tsLast: "0",
    source: "10.0.0.7",
    target: "10.0.0.20",
    user: null,
    object: null,
    count: 1,
    explanation: "",
    records: [],
    recordCount: 0,
    parameters: {},
    adjustments: [],
    also: [],
    ...fields,
  };
}
