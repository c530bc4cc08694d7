// A case in which every string is an attack: on a page, on a terminal, on the typesetter.
import type { Finding } from "../core/contracts/finding.ts";
import { PHASES } from "../core/contracts/finding.ts";
import type { Step } from "../core/contracts/story.ts";
import { EMPTY_COVERAGE } from "../core/contracts/story.ts";
import type { ReportModel } from "../core/report/model.ts";

export const ATTACKS = [
  `<script>alert(1)</script>`,
  `"><img src="http://attack.invalid/x" onerror="alert(1)">`,
  `</style><script src="http://attack.invalid/x.js"></script>`,
  `</title></svg><svg onload="alert(1)">`,
  `javascript:alert(1)`,
  `' onmouseover='alert(1)`,
  `<meta http-equiv="refresh" content="0;url=http://attack.invalid/">`,
  `\u202egnp.exe\u0000\u001b[31m`,
  `<link rel="stylesheet" href="http://attack.invalid/x.css">`,
  "x".repeat(4000),
  `#panic("set") #read("/etc/passwd") $x$ <a0> @a0 \\*_\`]) `,
  "漢字 \ud83d\ude00 \u0301 \ufdfa",
];
const attack = (i: number) => ATTACKS[i % ATTACKS.length]!;
const START = 1_772_409_600_000_000_000n;
const at = (i: number) => String(START + BigInt(i) * 3_600_000_000_000n);

function finding(i: number): Finding {
  return {
    id: `F-${String(i).padStart(12, "0")}`,
    detection: attack(i),
    title: attack(i + 1),
    phase: PHASES[i % PHASES.length]!,
    attack: [attack(i + 2), "T1021.002"],
    severity: "high",
    confidence: 0.9,
    basis: "fact",
    outcome: "confirmed",
    tsFirst: at(i),
    tsLast: at(i + 1),
    source: attack(i + 3),
    target: attack(i + 4),
    user: attack(i + 5),
    object: attack(i + 6),
    count: 1,
    explanation: attack(i + 7),
    records: [attack(i)],
    recordCount: 1,
    parameters: { [attack(i)]: attack(i + 1) },
    adjustments: [attack(i + 8)],
    also: [
      {
        detection: "BT-LM-001",
        title: attack(i + 9),
        attack: ["T1021"],
        severity: "low",
        confidence: 0.5,
        basis: "inference",
        explanation: attack(i + 10),
      },
    ],
  };
}

function step(found: Finding): Step {
  const { phase, tsFirst, tsLast, source, target, user, explanation, confidence, id } = found;
  return { phase, tsFirst, tsLast, source, target, user, sentence: explanation, confidence, findings: [id] };
}

/** @param count How many findings it has. */
export function hostileModel(count = 60): ReportModel {
  const findings = Array.from({ length: count }, (_, i) => finding(i));
  const steps = findings.map(step);
  const tampering = findings.map(({ tsFirst, object, source, target, user, id }) => {
    return {
      ts: tsFirst,
      object: object!,
      operation: attack(1),
      outcome: "confirmed" as const,
      source,
      target,
      user,
      finding: id,
    };
  });
  return {
    story: {
      case: { name: attack(0), id: attack(1), version: attack(2) },
      verdict: attack(1),
      incidents: [
        {
          id: "I-1",
          verdict: attack(3),
          confidence: 0.9,
          tsFirst: at(0),
          tsLast: at(60),
          foothold: steps[0]!,
          steps,
          arrival: steps[1]!,
          tampering,
          wayOut: [],
          hosts: ATTACKS,
          accounts: ATTACKS,
          open: ATTACKS,
        },
      ],
      findings,
      setAside: [{ finding: finding(99), reason: attack(2), by: "allow-list" }],
      estate: {
        networks: [],
        assets: ATTACKS.map((address, i) => ({
          address,
          name: attack(i + 1),
          roles: [{ role: "repository", confidence: 0.9, source: "inferred", reasons: [attack(i)] }],
          inEstate: i % 2 === 0,
          internal: i % 3 !== 0,
        })),
        windows: [{ name: attack(0), days: [1, 9], startMinute: 1, endMinute: 2, zone: attack(1), source: "scope" }],
      },
      coverage: {
        ...EMPTY_COVERAGE,
        captures: ATTACKS.map((path, i) => ({
          number: i + 1,
          path,
          octets: 1,
          sha256: "0".repeat(64),
          format: attack(i + 1),
          packets: 1,
          tsFirst: at(0),
          tsLast: at(60),
          damage: [attack(i)],
        })),
        tsFirst: at(0),
        tsLast: at(60),
        packets: 1,
        octets: 1,
        connections: 1,
        gaps: [{ from: at(1), to: at(2) }],
        encryptedShare: 0.5,
        unknownShare: 0.1,
        limits: ATTACKS,
        notEvaluated: [{ detection: attack(0), title: attack(1), reason: attack(2) }],
      },
      unknowns: ATTACKS,
    },
    evidence: ATTACKS.map((rid, i) => {
      return {
        finding: finding(i).id,
        table: rid,
        rid,
        ts: at(i),
        uid: rid,
        capture: 1,
        frame: 1,
        lastCapture: 1,
        lastFrame: 2,
        fileOffset: 24,
      };
    }),
    evidenceLeftOut: 1,
    volume: { whole: [{ from: at(0), octetsIn: 5, octetsOut: 7 }], incident: [] },
    flows: ATTACKS.map((source, i) => {
      return {
        finding: finding(i).id,
        source,
        target: attack(i + 1),
        connections: 1,
        octetsOut: i * 1000,
        octetsIn: 5,
        tsFirst: at(0),
        tsLast: at(1),
      };
    }),
    conflicts: [{ object: attack(0), what: "verdict", here: attack(1), there: attack(2), entry: 3 }],
    origins: [
      {
        file: attack(3),
        sha256: "0".repeat(64),
        case: { name: attack(4), id: attack(5), version: attack(6) },
        custody: ATTACKS.map((object, i) => ({
          seq: i,
          at: object,
          actor: attack(i + 1),
          host: "vm",
          action: attack(i + 2),
          object,
          hash: "0".repeat(64),
        })),
        journalHead: "0".repeat(64),
        journalIntact: true,
        versions: { [attack(1)]: attack(2) },
      },
    ],
    notes: ATTACKS.map((text, i) => ({ object: attack(i + 1), text, by: attack(i + 2), at: attack(i), entry: i })),
    custody: ATTACKS.map((action, seq) => ({
      seq,
      at: "2026-03-02T06:00:00.000Z",
      actor: action,
      host: "vm",
      action,
      object: action,
      hash: "0".repeat(64),
    })),
    journalHead: attack(0),
    journalIntact: true,
    evaluated: 1,
    versions: { [attack(0)]: attack(1) },
  };
}
