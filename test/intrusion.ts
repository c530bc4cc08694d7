import type { Estate } from "../core/contracts/estate.ts";
import type { Finding } from "../core/contracts/finding.ts";
import type { Coverage } from "../core/contracts/story.ts";
import { EMPTY_COVERAGE } from "../core/contracts/story.ts";
import { someFinding } from "./some-finding.ts";

export const HOUR = 3_600_000_000_000n;
export const START = 1_709_251_200_000_000_000n; // 2024-03-01 00:00 UTC

let count = 0;
export function finding(hours: number, fields: Partial<Finding>): Finding {
  const ts = String(START + BigInt(Math.round(hours * 3600)) * 1_000_000_000n);
  const id = `F-${String(++count).padStart(12, "0")}`;
  return someFinding({
    id,
    title: "Remote service created and started",
    attack: ["T1569.002"],
    tsFirst: ts,
    tsLast: ts,
    user: "CORP\\helpdesk",
    object: "svc: a.exe",
    explanation: "Something was done.",
    records: [`${id}.1`],
    recordCount: 1,
    ...fields,
  });
}

export const estate: Estate = {
  assets: [
    {
      address: "10.0.5.1",
      name: "BKP01",
      roles: [{ role: "backup-server", confidence: 0.9, source: "inferred", reasons: [] }],
      inEstate: true,
      internal: true,
    },
    {
      address: "10.0.5.2",
      name: "REPO01",
      roles: [{ role: "repository", confidence: 0.9, source: "inferred", reasons: [] }],
      inEstate: true,
      internal: true,
    },
    {
      address: "10.0.0.10",
      name: "DC01",
      roles: [{ role: "domain-controller", confidence: 0.9, source: "inferred", reasons: [] }],
      inEstate: false,
      internal: true,
    },
  ],
  networks: [],
  windows: [],
};

export const coverage: Coverage = {
  ...EMPTY_COVERAGE,
  tsFirst: String(START),
  tsLast: String(START + 100n * HOUR),
  packets: 1000,
  octets: 100_000,
  connections: 50,
};

export const surroundings = {
  estate,
  coverage,
  hosts: new Map([
    ["10.0.0.7", "WS07"],
    ["10.0.5.1", "BKP01"],
    ["10.0.5.2", "REPO01"],
  ]),
};

export function intrusion(): Finding[] {
  return [
    finding(1, {
      detection: "BT-DI-006",
      phase: "discovery",
      severity: "medium",
      target: "10.0.0.10",
      title: "Account enumeration",
      object: null,
    }),
    finding(2, { target: "10.0.0.20" }),
    finding(5, {
      detection: "BT-CA-001",
      phase: "credential-access",
      severity: "critical",
      source: "10.0.0.20",
      target: "10.0.0.10",
      object: "admin",
      user: "CORP\\helpdesk",
    }),
    finding(9, { source: "10.0.0.20", target: "10.0.5.1", user: "CORP\\admin" }),
    finding(10, {
      detection: "BT-TI-001",
      phase: "tampering",
      severity: "critical",
      source: "10.0.5.1",
      target: "10.0.5.2",
      user: "CORP\\admin",
      object: "\\\\REPO01\\bk\\a.vbk",
      count: 12,
    }),
    finding(12, {
      detection: "BT-EX-007",
      phase: "exfiltration",
      source: "10.0.5.1",
      target: "203.0.113.9",
      user: null,
      object: null,
    }),
  ];
}
