import type { Finding } from "../core/contracts/finding.ts";
import type { Coverage, Incident, Story } from "../core/contracts/story.ts";
import { EMPTY_COVERAGE } from "../core/contracts/story.ts";
import type { ExportModel, FileAct, Session } from "../core/report/exports/export.ts";
import type { ReportModel } from "../core/report/model.ts";
import { someFinding } from "./some-finding.ts";

/** Text that tries every reader of exports at once. */
export const HOSTILE_TEXT =
  "=cmd|' /C calc'!A0,\"x\";\\]|a=b\r\n<script>\u202egnp.exe\u0007\u0000 naïve 日本 \ud800 %0a ${x} '@x";

const START = 1_709_259_247_123_456_789n; // 2024-03-01 02:14:07.123456789 UTC

/** A time so many ns after the fixture's start, as findings write it. */
export function after(ns: bigint): string {
  return String(START + ns);
}

function finding(id: number, fields: Partial<Finding>): Finding {
  return someFinding({
    id: `F-${String(id).padStart(12, "0")}`,
    title: "Remote service created and started",
    attack: ["T1021.002", "T1569.002"],
    tsFirst: after(0n),
    tsLast: after(1n),
    target: "10.0.5.2",
    user: "CORP\\helpdesk",
    object: "svc: a.exe",
    explanation: "Something was done.",
    records: [`C${id}.1`],
    recordCount: 1,
    parameters: { minutes: 10 },
    ...fields,
  });
}

/** Findings of every shape: hostile text, no hosts, IPv6, an instant, a host outside, texts longer than any reader takes. */
export const FINDINGS: readonly Finding[] = [
  finding(1, {}),
  finding(2, {
    title: HOSTILE_TEXT,
    explanation: HOSTILE_TEXT,
    user: HOSTILE_TEXT,
    object: HOSTILE_TEXT,
    phase: "tampering",
    attack: ["T1490"],
    severity: "critical",
    tsFirst: after(5n),
    tsLast: after(3_000_000_000n),
  }),
  finding(3, {
    source: null,
    target: null,
    user: null,
    object: null,
    attack: [],
    severity: "info",
    phase: "integrity",
    records: [],
  }),
  finding(4, { source: "fe80::7", target: "2001:db8::9", tsLast: after(0n), outcome: "refused", severity: "low" }),
  finding(5, {
    source: "10.0.5.2",
    target: "203.0.113.9",
    phase: "exfiltration",
    attack: ["T1048"],
    tsFirst: after(9_000_000_000n),
    tsLast: after(10_000_000_000n),
    explanation: "x".repeat(40_000),
    outcome: "attempted",
    severity: "medium",
  }),
];

export function session(id: number, fields: Partial<Session> = {}): Session {
  return {
    uid: `C${id}`,
    first: START,
    last: START + 1_500_000_001n,
    proto: "tcp",
    ipProto: 6,
    services: ["gssapi", "smb"],
    source: "10.0.0.7",
    sourcePort: 50_000 + id,
    target: "10.0.5.2",
    targetPort: 445,
    sourceMac: "00:50:56:9a:11:02",
    targetMac: null,
    sourceOctets: 1000,
    targetOctets: null,
    sourcePackets: 10,
    targetPackets: 12,
    state: "SF",
    communityId: `1:${String(id).padStart(27, "a")}=`,
    capture: 1,
    frame: 10 * id,
    lastCapture: 2,
    lastFrame: 10 * id + 9,
    ...fields,
  };
}

const SESSIONS: readonly Session[] = [
  session(1),
  session(2, { services: [], proto: "udp", ipProto: 17, targetPort: 53 }),
  session(4, {
    source: "2001:db8::9",
    target: "fe80::7",
    proto: "icmp",
    ipProto: 58,
    sourcePort: 128,
    targetPort: 0,
    services: [],
  }),
  session(5, { source: "10.0.5.2", target: "203.0.113.9", targetPort: 443, services: ["ssl"] }),
  session(6, {
    source: "00:50:56:9a:11:02",
    target: "00:50:56:9a:11:07",
    proto: "unknown_transport",
    ipProto: null,
    communityId: null,
  }),
];

const FILE_ACTS: readonly FileAct[] = [
  {
    ts: START,
    server: "10.0.5.2",
    path: `Backup/${HOSTILE_TEXT}`,
    newPath: null,
    act: "write",
    octets: 5,
    size: null,
    user: null,
  },
  {
    ts: START + 1n,
    server: "10.0.5.2",
    path: "Backup/a.vbk",
    newPath: "a.vbk|x",
    act: "rename",
    octets: null,
    size: 9,
    user: "u",
  },
  {
    ts: START + 2n,
    server: "fe80::7",
    path: "export/a",
    newPath: null,
    act: "delete",
    octets: null,
    size: null,
    user: null,
  },
];

const CAPTURES = [1, 2].map((number) => ({
  number,
  path: number === 1 ? "/evidence/monday.pcapng" : `C:\\evidence\\${HOSTILE_TEXT}.pcap`,
  octets: 1000 * number,
  sha256: String(number).repeat(64),
  format: "pcapng",
  packets: 100 * number,
  tsFirst: after(-1_000_000_000n),
  tsLast: after(20_000_000_000n),
  damage: [],
}));

const coverage: Coverage = {
  ...EMPTY_COVERAGE,
  captures: CAPTURES,
  tsFirst: CAPTURES[0]!.tsFirst,
  tsLast: CAPTURES[0]!.tsLast,
  packets: 300,
  octets: 3000,
  connections: SESSIONS.length,
};

function step(of: Finding): Incident["steps"][number] {
  const { phase, tsFirst, tsLast, source, target, user, explanation, confidence, id } = of;
  return { phase, tsFirst, tsLast, source, target, user, sentence: explanation, confidence, findings: [id] };
}

const incident: Incident = {
  id: "I-1",
  verdict: HOSTILE_TEXT,
  confidence: 0.8,
  tsFirst: FINDINGS[0]!.tsFirst,
  tsLast: FINDINGS[4]!.tsLast,
  foothold: null,
  steps: [FINDINGS[0]!, FINDINGS[1]!, FINDINGS[4]!].map(step),
  arrival: null,
  tampering: [],
  wayOut: [],
  hosts: ["10.0.0.7", "10.0.5.2"],
  accounts: [],
  open: [],
};

const asset = (address: string, inEstate: boolean, internal: boolean) => ({
  address,
  name: null,
  roles: [],
  inEstate,
  internal,
});

const story: Story = {
  case: { name: HOSTILE_TEXT, id: "6481ec61-f216-40b6-a72f-48aaefa22f58", version: "0.0.0" },
  verdict: HOSTILE_TEXT,
  incidents: [incident],
  findings: FINDINGS,
  setAside: [],
  estate: {
    assets: [
      { ...asset("10.0.0.7", false, true), name: HOSTILE_TEXT },
      asset("10.0.5.2", true, true),
      asset("203.0.113.9", false, false),
      asset("2001:db8::9", false, false),
    ],
    networks: [],
    windows: [],
  },
  coverage,
  unknowns: [],
};

const report: ReportModel = {
  story,
  evidence: FINDINGS.filter(({ records }) => records.length > 0).map(({ id, records, tsFirst }) => {
    const uid = records[0]!.split(".")[0]!;
    const { capture, frame, lastCapture, lastFrame } = SESSIONS.find((known) => known.uid === uid) ?? SESSIONS[0]!;
    const place = { capture, frame, lastCapture, lastFrame, fileOffset: null };
    return { finding: id, table: "conn", rid: records[0]!, ts: tsFirst, uid, ...place };
  }),
  evidenceLeftOut: 0,
  volume: { whole: [], incident: [] },
  flows: [],
  conflicts: [],
  origins: [],
  notes: [
    {
      object: `range:${after(2n)}-${after(4_000_000_000n)}`,
      text: HOSTILE_TEXT,
      by: HOSTILE_TEXT,
      at: HOSTILE_TEXT,
      entry: 3,
    },
    {
      object: `finding:${FINDINGS[1]!.id}`,
      text: "x".repeat(40_000),
      by: "me",
      at: "2024-03-02T00:00:00.000Z",
      entry: 4,
    },
    { object: "host:10.0.0.7", text: "no moment", by: "me", at: "2024-03-02T00:00:00.000Z", entry: 5 },
  ],
  custody: ["case-created", "evidence-read", "evaluated"].map((action, i) => ({
    seq: i + 1,
    at: `2024-03-02T10:00:0${i}.123Z`,
    actor: i === 1 ? HOSTILE_TEXT : "alice",
    host: "vm",
    action,
    object: i === 1 ? CAPTURES[0]!.path : "",
    hash: String(i).repeat(64),
  })),
  journalHead: "2".repeat(64),
  journalIntact: true,
  evaluated: 5,
  versions: {},
};

/** A case as exports see it, without any analysis. */
export const EXPORT_MODEL: ExportModel = {
  report,
  origin: {
    tool: "backtrail",
    version: "0.0.0",
    caseId: story.case.id,
    caseName: story.case.name,
    captures: CAPTURES,
    filter: `all findings, connections that fit: ${HOSTILE_TEXT}`,
    span: { from: CAPTURES[0]!.tsFirst, to: CAPTURES[0]!.tsLast },
    asOf: report.custody[2]!.at,
    journalHead: report.journalHead,
  },
  findings: FINDINGS,
  behind: new Map(SESSIONS.map((known) => [known.uid, known])),
  sessions: () => inBatches(SESSIONS),
  fileActs: () => inBatches(FILE_ACTS),
};

async function* inBatches<T>(rows: readonly T[]): AsyncGenerator<readonly T[], void> {
  for (let at = 0; at < rows.length; at += 2) yield await Promise.resolve(rows.slice(at, at + 2));
}
