import type { Phase } from "../../contracts/finding.ts";

/** Tactic of ATT&CK that a phase stands for; absent where none does. */
export interface Tactic {
  readonly id: string;
  readonly name: string;
}

export const TACTICS: Partial<Readonly<Record<Phase, Tactic>>> = {
  "initial-access": { id: "TA0001", name: "Initial Access" },
  discovery: { id: "TA0007", name: "Discovery" },
  "credential-access": { id: "TA0006", name: "Credential Access" },
  "lateral-movement": { id: "TA0008", name: "Lateral Movement" },
  collection: { id: "TA0009", name: "Collection" },
  tampering: { id: "TA0040", name: "Impact" },
  exfiltration: { id: "TA0010", name: "Exfiltration" },
  "command-and-control": { id: "TA0011", name: "Command and Control" },
};
