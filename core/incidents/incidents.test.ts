import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { someFinding } from "../../test/some-finding.ts";
import type { Estate } from "../contracts/estate.ts";
import type { Finding } from "../contracts/finding.ts";
import { PHASES, SEVERITIES } from "../contracts/finding.ts";
import type { Coverage } from "../contracts/story.ts";
import { EMPTY_COVERAGE } from "../contracts/story.ts";
import { accountName } from "./account.ts";
import { buildIncidents } from "./incident.ts";
import { linkNode, linkScore } from "./link.ts";
import { confidenceSum, confidenceText, incidentConfidence } from "./score.ts";
import type { StoryParts } from "./story.ts";
import { buildStory, withoutDismissed } from "./story.ts";

const HOUR = 3_600_000_000_000n;
const START = 1_709_251_200_000_000_000n; // 2024-03-01 00:00 UTC

let count = 0;
function finding(hours: number, fields: Partial<Finding>): Finding {
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

const estate: Estate = {
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

const coverage: Coverage = {
  ...EMPTY_COVERAGE,
  tsFirst: String(START),
  tsLast: String(START + 100n * HOUR),
  packets: 1000,
  octets: 100_000,
  connections: 50,
};

const surroundings = {
  estate,
  coverage,
  hosts: new Map([
    ["10.0.0.7", "WS07"],
    ["10.0.5.1", "BKP01"],
    ["10.0.5.2", "REPO01"],
  ]),
};

function intrusion(): Finding[] {
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

describe("buildIncidents", () => {
  it("tells an intrusion as one chain from foothold to the way out", () => {
    const incidents = buildIncidents(intrusion(), surroundings);
    expect(incidents).toHaveLength(1);
    const [incident] = incidents;
    expect(incident).toMatchObject({
      id: "I-1",
      foothold: { source: "10.0.0.7", phase: "discovery" },
      arrival: { source: "10.0.0.20", target: "10.0.5.1", user: "CORP\\admin" },
      wayOut: [{ target: "203.0.113.9" }],
      accounts: ["CORP\\helpdesk", "CORP\\admin"],
    });
    expect(incident?.tampering).toEqual([
      expect.objectContaining({
        operation: "delete",
        outcome: "confirmed",
        object: "\\\\REPO01\\bk\\a.vbk and 11 more",
      }),
    ]);
    expect(incident?.verdict).toBe(
      "From 2024-03-01 01:00 to 2024-03-01 12:00 UTC, the way led from WS07 (10.0.0.7) over 10.0.0.20 into the backup estate at BKP01 (10.0.5.1, a backup server) with the accounts CORP\\helpdesk and CORP\\admin: 12 backup files were deleted on REPO01 (10.0.5.2, a backup repository) and data was sent from BKP01 to 203.0.113.9.",
    );
    expect(incident?.open[0]).toBe("What led to the acts from WS07 (10.0.0.7) is not in the evidence.");
    expect(incident?.confidence).toBe(0.99);
    const origin = finding(0.5, {
      phase: "initial-access",
      basis: "inference",
      severity: "low",
      target: "203.0.113.45",
    });
    const [led] = buildIncidents([origin, ...intrusion()], surroundings);
    expect(led?.foothold?.phase).toBe("initial-access");
    expect(led?.open[0]).toMatch(
      /^What led to the acts from WS07 \(10\.0\.0\.7\) is concluded from times and sizes only/,
    );
  });

  it("says how the host that acted had been reached, where no backups were", () => {
    const nowhere = { ...surroundings, estate: { ...estate, assets: [] } };
    const hop = finding(1, {
      detection: "BT-LM-010",
      severity: "low",
      source: "10.0.9.1",
      target: "10.0.9.2",
      explanation: "An account opened remote desktop sessions to 10.0.9.2.",
    });
    const act = finding(1.1, { source: "10.0.9.2", target: "10.0.9.3", explanation: "X ran a program." });
    expect(buildIncidents([hop, act], nowhere)[0]?.verdict).toBe(
      "On 2024-03-01 at 01:00:00 UTC, an account opened remote desktop sessions to 10.0.9.2. At 01:06:00, X ran a program. Whether backups were touched cannot be said.",
    );
    const further = finding(0.9, { ...hop, id: "F-further", source: "10.0.0.7", target: "10.0.9.1" });
    const [incident] = buildIncidents(
      [{ ...further, tsFirst: String(START), tsLast: String(START) }, hop, act],
      nowhere,
    );
    expect(incident?.verdict).toMatch(
      /^From 2024-03-01 00:00:00 UTC on, the way led from WS07 \(10\.0\.0\.7\) over 10\.0\.9\.1 to 10\.0\.9\.2\. On 2024-03-01 at 01:00:00 UTC, an account/,
    );
  });

  it("tells how it went on to other hosts, where something else was the strongest", () => {
    const calls = finding(1, {
      detection: "BT-C2-002",
      phase: "command-and-control",
      severity: "critical",
      target: "203.0.113.9",
      explanation: "Connections from WS07 carried orders.",
    });
    const hop = finding(1.5, { object: null, severity: "medium", explanation: "X created a service on 10.0.0.20." });
    const [incident] = buildIncidents([calls, hop], { ...surroundings, estate: { ...estate, assets: [] } });
    expect(incident?.verdict).toMatch(
      /^On 2024-03-01 at 01:00:00 UTC, connections from WS07 carried orders\. At 01:30:00, X created a service on 10\.0\.0\.20\. Whether backups/,
    );
  });

  it("tells acts in the order of time, what they happened in, and large transfers just before and after", () => {
    const nowhere = { ...surroundings, estate: { ...estate, assets: [] } };
    const at = (hours: number, explanation: string, fields: Partial<Finding>): Finding =>
      finding(hours, { severity: "medium", object: null, explanation, ...fields });
    const calls = at(1, "WS07 called home.", { phase: "command-and-control", target: "203.0.113.9" });
    const lasting = { ...calls, tsLast: String(START + 3n * HOUR) };
    const early = at(1.5, "WS07 looked around.", { phase: "discovery", target: "10.0.0.30" });
    const act = finding(2, { severity: "critical", explanation: "X ran a program." });
    expect(buildIncidents([lasting, early, act], nowhere)[0]?.verdict).toMatch(
      /^On 2024-03-01, from 01:00:00 to 03:00:00 UTC, WS07 called home\. While this went on, at 01:30:00, WS07 looked around\. At 02:00:00, X ran a program\. Whether backups/,
    );
    const peak = (seconds: bigint, way: "in" | "out") => ({
      ...{ ts: String(START + 2n * HOUR + seconds * 1_000_000_000n), octets: 1_900_000, way },
    });
    const peaks = [peak(-1n, "in"), peak(5n, "out"), peak(70n, "out")];
    const next = finding(2.001, { severity: "high", target: "10.0.0.21", explanation: "X ran another." });
    const both = buildIncidents([{ ...lasting, peaks }, act, next], nowhere)[0]?.verdict;
    expect(both?.match(/1\.9 MB came in/g)).toHaveLength(1);
    expect(buildIncidents([{ ...lasting, peaks }, act], nowhere)[0]?.verdict).toMatch(
      /While this went on, at 01:59:59, 1\.9 MB came in from 203\.0\.113\.9; at 02:00:00, X ran a program\. At 02:00:05, 1\.9 MB went out to 203\.0\.113\.9\. Whether/,
    );
  });

  it("says within one act nothing twice", () => {
    const other = { title: "Other", severity: "high", attack: [], confidence: 0.9, basis: "fact" } as const;
    const also = [{ ...other, detection: "BT-LM-009", explanation: "It used a pipe. The account is concluded." }];
    const act = finding(1, { explanation: "X ran it. The account is concluded.", also });
    expect(buildIncidents([act], { ...surroundings, estate: { ...estate, assets: [] } })[0]!.verdict).toContain(
      "X ran it. The account is concluded. It used a pipe. Whether",
    );
  });

  it("cuts no sentence of a verdict off: the most important acts are told whole, and the others counted", () => {
    const nowhere = { ...surroundings, estate: { ...estate, assets: [] } };
    const long = `X ran ${"a command, ".repeat(65)}at last. It wrote a file.`;
    const acts = [1, 2, 3, 4, 5, 6].map((minutes) =>
      finding(1 + minutes / 60, { explanation: long, target: `10.0.9.${minutes}` }),
    );
    const verdict = buildIncidents(acts, nowhere)[0]!.verdict;
    expect(verdict.match(/at last\./g)).toHaveLength(2);
    expect(verdict).not.toContain("It wrote a file.");
    expect(verdict).toContain("4 further steps of weight are in the chain.");
    expect(verdict).not.toContain("\u2026");
  });

  it("says what came of each step, and what it may be instead of an attack", () => {
    const told = (fields: Partial<Finding>) => buildIncidents([finding(1, fields)], surroundings)[0]!;
    const outcomes = (
      [
        {},
        { outcome: "refused" },
        { outcome: "attempted" },
        { outcome: "observed" },
        { isUnread: true },
        { basis: "inference" },
      ] as const
    ).map((fields) => told(fields).steps[0]!.outcome);
    expect(outcomes).toEqual(["confirmed", "refused", "unanswered", undefined, "unread", undefined]);
    expect(told({ basis: "inference" }).steps[0]!.basis).toBe("inference");
    const [whole, kind] = told({ target: "10.0.0.20" }).orElse!;
    expect(whole).toMatch(/^All of this may be ordinary administration, .* Those who run 10\.0\.0\.20 can say/);
    expect(kind).toMatch(
      /^Harmless reasons for "Remote service created and started": software .*by the backup server\.$/,
    );
    expect(told({ phase: "tampering" }).orElse![0]).toMatch(/^Harmless reasons/);
    expect(told({ detection: "BT-CA-022", phase: "credential-access" }).orElse!.join()).not.toContain("ordinary");
    const forged = {
      title: "Ticket of nobody",
      attack: ["T1558.001"],
      harmless: ["The ticket of an account that is gone"],
    };
    expect(told(forged).orElse).toEqual([
      'What may be taken for "Ticket of nobody": the ticket of an account that is gone.',
    ]);
  });

  it("asks who held a forged ticket, and names the host on which something hidden was run", () => {
    const ticket = "Somebody with a ticket in the name of CORP\\helpdesk logged on.";
    const session = finding(1, { attack: ["T1021.001"], object: null, target: "10.0.0.30" });
    const logOn = finding(1.1, { attack: ["T1558.001"], explanation: ticket, byTicket: true });
    const run = finding(1.2, {
      attack: ["T1047"],
      target: "10.0.5.9",
      explanation: "X used WMI; what it ran is not readable.",
    });
    const open = buildIncidents([session, logOn, run], surroundings)[0]?.open.join("\n");
    expect(open).toContain(
      "Who on WS07 (10.0.0.7) held the ticket in the name of CORP\\helpdesk is not seen, and how the key was got",
    );
    expect(open).toContain("Whether a command ran by WMI on 10.0.5.9, and which, is not readable.");
    expect(open).toContain("What was done in the session on 10.0.0.30 is not readable.");
  });

  it("asks whether a task or a file that was written ran, where nothing tells it", () => {
    const task = finding(1, { attack: ["T1053.005"], object: null, explanation: "X registered the task Y." });
    const batch = { attack: ["T1021.002", "T1047"], object: "\\\\FS01\\c$\\a.bat", target: "10.0.0.40" };
    const written = finding(1.1, { ...batch, explanation: "X wrote it and used WMI; what it ran is not readable." });
    const open = (findings: Finding[]) => buildIncidents(findings, surroundings)[0]?.open.join("\n");
    expect(open([task, written])).toContain("What the task for 10.0.0.20 is to run is not readable.");
    expect(open([task, written])).toContain("Whether the task on 10.0.0.20 ran is not known.");
    expect(open([{ ...task, isUnread: true }])).toContain(
      "Whether the task for 10.0.0.20 was registered, and ran, is not known.",
    );
    expect(open([task, written])).toContain("Whether the file that was written to 10.0.0.40 was run is not known.");
    expect(open([{ ...task, explanation: "X registered the task Y, ran it and deleted it." }])).not.toContain(
      "Whether the task",
    );
  });

  it("arrives by the hop from the host between, not by the path over it, and names an account once", () => {
    const hop = { source: "10.0.0.7", target: "10.0.0.20", user: "CORP\\admin-long" };
    const path = finding(1.01, { ...hop, detection: "BT-LM-023", target: "10.0.5.1", user: "admin-lon" });
    const last = finding(1.2, { source: "10.0.0.20", target: "10.0.5.1", user: "CORP\\admin-long" });
    const [incident] = buildIncidents([finding(1, hop), path, last], surroundings);
    expect(incident?.verdict).toContain(
      "the way led from WS07 (10.0.0.7) over 10.0.0.20 into the backup estate at BKP01 (10.0.5.1, a backup server) with the account CORP\\admin-long:",
    );
  });

  it("says of acts against a machine that no backups were touched", () => {
    const crash = finding(1, {
      detection: "BT-TI-043",
      phase: "tampering",
      title: "Event log service crashed remotely",
    });
    const [incident] = buildIncidents([crash], { ...surroundings, estate: { ...estate, assets: [] } });
    expect(incident?.verdict).toMatch(
      /: the event log service was crashed on 10\.0\.0\.20\. Whether backups were touched cannot be said\.$/,
    );
    const [unread] = buildIncidents([{ ...crash, isUnread: true }], surroundings);
    expect(unread?.verdict).toContain("crashed on 10.0.0.20 (asked for, not seen to succeed)");
    const [known] = buildIncidents([crash], surroundings);
    expect(known?.verdict).toMatch(/crashed on 10\.0\.0\.20\. Nothing was seen that touched a backup estate\.$/);
    expect(incident?.open.join()).not.toContain("copies of the affected backups");
  });

  it("names the deletion of restore points that a product told of, apart from files", () => {
    const told = finding(10.5, {
      detection: "BT-TI-035",
      title: "Restore points deleted (product events)",
      phase: "tampering",
      severity: "critical",
      source: null,
      target: "10.0.5.1",
      user: "CORP\\admin",
      count: 30,
    });
    const [incident] = buildIncidents([...intrusion(), told], surroundings);
    expect(incident?.verdict).toContain("12 backup files were deleted on REPO01 (10.0.5.2, a backup repository)");
    expect(incident?.verdict).toContain("30 restore points were deleted on BKP01");
  });

  it("keeps incidents of different hosts apart, also where both used a domain controller", () => {
    const other = [
      finding(1.5, {
        source: "10.0.9.9",
        target: "10.0.0.10",
        user: "CORP\\x",
        detection: "BT-DI-006",
        phase: "discovery",
        severity: "medium",
      }),
      finding(2.5, { source: "10.0.9.9", target: "10.0.9.10", user: "CORP\\x" }),
    ];
    const incidents = buildIncidents([...intrusion(), ...other], surroundings);
    expect(incidents.map(({ foothold }) => foothold?.source)).toEqual(["10.0.0.7", "10.0.9.9"]);
    expect(incidents.map(({ id }) => id)).toEqual(["I-1", "I-2"]);
  });

  it("makes no incident of little", () => {
    expect(buildIncidents([finding(1, { severity: "medium" }), finding(2, { severity: "low" })], surroundings)).toEqual(
      [],
    );
    expect(buildIncidents([finding(1, { severity: "info" })], surroundings)).toEqual([]);
    const three = [
      finding(1, { severity: "medium" }),
      finding(2, { severity: "medium", target: "10.0.0.21" }),
      finding(3, { severity: "medium", phase: "collection", detection: "BT-CO-001", target: "10.0.0.21" }),
    ];
    expect(buildIncidents(three, surroundings)).toHaveLength(1);
  });

  it("joins repeats between two hosts into one step", () => {
    const [incident] = buildIncidents(
      [finding(1, {}), finding(1.1, { object: "b" }), finding(1.2, { object: "c" })],
      surroundings,
    );
    expect(incident?.steps).toHaveLength(1);
    expect(incident?.steps[0]?.sentence).toBe("Something was done. 2 more of this kind.");
    expect(incident?.steps[0]?.findings).toHaveLength(3);
  });

  it("tells both of two acts of one kind, and keeps apart what was done under an account that was not seen", () => {
    const nowhere = { ...surroundings, estate: { ...estate, assets: [] } };
    const [both] = buildIncidents([finding(1, {}), finding(1.1, { explanation: "It was done again." })], nowhere);
    expect(both?.steps.map(({ sentence }) => sentence)).toEqual(["Something was done. It was done again."]);
    const unseen = finding(1.1, { user: null, explanation: "Somebody did it again." });
    const [apart] = buildIncidents([finding(1, {}), unseen], nowhere);
    expect(apart?.steps.map(({ user }) => user)).toEqual(["CORP\\helpdesk", null]);
    expect(apart?.verdict).toMatch(
      /^On 2024-03-01 at 01:00:00 UTC, Something was done\. At 01:06:00, somebody did it again\. Whether backups/,
    );
    expect(apart?.open.join()).toContain(
      "Which account was used from WS07 (10.0.0.7) to 10.0.0.20 at 2024-03-01 01:06:00 UTC is not seen.",
    );
  });

  it("says how its confidence comes from what was found, and counts no remark", () => {
    const clock = finding(1, { phase: "integrity", source: null, severity: "low", title: "Clock" });
    const [one] = buildIncidents([finding(1, {}), clock], surroundings);
    expect(one).toMatchObject({
      confidence: 0.43,
      confidenceText: expect.stringMatching(
        /^0\.43 of 1 that it is an intrusion, by weights that are set, .* It rests on: remote service created and started\./,
      ) as string,
      confidenceSum: {
        parts: [{ confidence: 0.9, severity: "high", weights: { severity: 0.6, phase: 0.8 }, share: 0.43 }],
        bonus: 0,
      },
    });
    const [several] = buildIncidents(intrusion(), surroundings);
    expect(several?.confidenceText).toMatch(/^0\.99 .* \(counted 5 times, .*\) and account enumeration\.$/);
    expect(several?.confidenceSum).toMatchObject({ bonus: 0.3 });
    expect(several?.confidenceSum?.rule).toMatch(/0\.30 is added as they are of 5 phases\. 0\.99 is the most\.$/);
  });

  it("does not depend on the order of the findings", () => {
    const findings = intrusion();
    expect(buildIncidents([...findings].reverse(), surroundings)).toEqual(buildIncidents(findings, surroundings));
  });

  it("asks whose password was guessed where the log-on is sealed", () => {
    const guessing = { phase: "credential-access", attack: ["T1110.001"], user: null, severity: "critical" } as const;
    const open = (outcome: Finding["outcome"]): string =>
      buildIncidents([finding(1, { ...guessing, outcome })], surroundings)[0]?.open.join("\n") ?? "";
    expect(open("confirmed")).toContain(
      "Whose password WS07 (10.0.0.7) guessed on 10.0.0.20 from 2024-03-01 01:00 UTC on is not seen: the log-on is sealed.",
    );
    expect(open("refused")).not.toContain("Whose password");
  });

  it("tells in a step what another detection saw of it, and leaves out of the steps what nobody did", () => {
    const other = {
      title: "Remote session",
      severity: "medium",
      explanation: "It was a session.",
      attack: [],
    } as const;
    const seen = finding(1, { also: [{ ...other, detection: "BT-LM-009", confidence: 0.6, basis: "fact" }] });
    const clock = finding(1, { phase: "integrity", source: null, severity: "low", title: "Clock" });
    const [incident] = buildIncidents([seen, clock], surroundings);
    expect(incident?.steps.map(({ sentence }) => sentence)).toEqual([
      'Something was done. The same act, seen as "Remote session": It was a session.',
    ]);
  });

  it("asks about gaps, unnamed accounts and sealed arguments", () => {
    const gaps = [{ from: String(START + 9n * HOUR), to: String(START + 10n * HOUR) }];
    const findings = intrusion().map((entry) => ({
      ...entry,
      user: null,
      object: entry.phase === "lateral-movement" ? null : entry.object,
    }));
    const [incident] = buildIncidents(findings, { ...surroundings, coverage: { ...coverage, gaps } });
    expect(incident?.open.join("\n")).toMatch(/Which account was used is not seen for 3 steps/);
    expect(incident?.open.join("\n")).toMatch(
      /What the services on 10\.0\.0\.20 and BKP01 \(10\.0\.5\.1\) ran is not readable\./,
    );
    expect(incident?.open.join("\n")).toMatch(
      /Nothing was captured between 2024-03-01 09:00 UTC and 2024-03-01 10:00 UTC, during the incident/,
    );
  });

  it("places every severe finding in exactly one incident, whatever the findings", () => {
    const host = fc.constantFrom("10.0.0.7", "10.0.0.20", "10.0.5.1", "10.0.5.2", "203.0.113.9", null);
    const any = fc.record({
      hours: fc.double({ min: 0, max: 900, noNaN: true }),
      source: host,
      target: host,
      phase: fc.constantFrom(...PHASES),
      severity: fc.constantFrom(...SEVERITIES),
      user: fc.constantFrom(null, "CORP\\a", "b"),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 40 }), (rows) => {
        const findings = rows.map(({ hours, ...fields }) => finding(hours, fields));
        const incidents = buildIncidents(findings, surroundings);
        const placed = incidents.flatMap(({ steps }) => steps.flatMap((step) => step.findings));
        expect(new Set(placed).size).toBe(placed.length);
        const severe = findings.filter(
          ({ severity, phase }) => (severity === "high" || severity === "critical") && phase !== "drill",
        );
        expect(severe.every(({ id }) => placed.includes(id))).toBe(true);
        for (const { steps, confidence } of incidents) {
          expect(confidence).toBeGreaterThanOrEqual(0.05);
          for (let i = 1; i < steps.length; i++)
            expect(BigInt(steps[i]!.tsFirst) >= BigInt(steps[i - 1]!.tsFirst)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("linkScore", () => {
  const link = (a: Finding, b: Finding) => linkScore(linkNode(a), linkNode(b), new Set());
  it("is strongest where the target becomes the source, and fades with time", () => {
    const a = finding(0, { target: "10.0.0.20" });
    const hop = link(a, finding(1, { source: "10.0.0.20", target: "10.0.0.30" }));
    expect(hop).toBeGreaterThan(link(a, finding(1, { source: "10.0.0.7", target: "10.0.0.30" })));
    expect(hop).toBeGreaterThan(link(a, finding(8, { source: "10.0.0.20", target: "10.0.0.30" })));
    expect(link(a, finding(1, { source: "10.9.9.9", target: "10.9.9.8" }))).toBe(0);
  });
  it("follows an account that was taken", () => {
    const taken = finding(0, { phase: "credential-access", object: "admin", target: "10.0.0.10" });
    expect(link(taken, finding(1, { source: "10.0.0.99", target: "10.0.5.1", user: "CORP\\admin" }))).toBeGreaterThan(
      0.3,
    );
    expect(link(taken, finding(1, { source: "10.0.0.99", target: "10.0.5.1", user: "CORP\\other" }))).toBe(0);
  });
});

describe("incidentConfidence", () => {
  it("takes nothing from what has no harmless use, unless it was refused", () => {
    const hostile = finding(1, { detection: "BT-CA-022", confidence: 0.75 });
    expect(incidentConfidence([hostile])).toBe(0.75);
    expect(confidenceSum([hostile]).parts).toMatchObject([{ weights: null, share: 0.75 }]);
    expect(incidentConfidence([{ ...hostile, outcome: "refused" }])).toBe(0.36);
    expect(incidentConfidence([{ ...hostile, severity: "medium" }])).toBe(0.18);
    // A forged ticket can be mistaken for that of an account that was deleted: it counts as what may be harmless.
    expect(incidentConfidence([finding(1, { attack: ["T1558.001"], confidence: 0.75 })])).toBe(0.36);
  });
  it("says that one kind counts once for each way between two hosts, where there are several", () => {
    const rule = "counts once for each kind";
    expect(confidenceSum([finding(1, {})]).rule).not.toContain(rule);
    expect(confidenceSum([finding(1, {}), finding(2, {})]).rule).toContain(rule);
    const back = finding(2, { source: "10.0.0.20", target: "10.0.0.7" });
    expect(confidenceSum([finding(1, {}), back]).rule).toContain(rule);
    expect(confidenceText([finding(1, {}), back])).toContain(
      "remote service created and started (counted 2 times, once for each pair of hosts and way)",
    );
  });
  it("counts repeats of one kind once", () => {
    const one = incidentConfidence([finding(1, { severity: "medium" })]);
    expect(incidentConfidence([finding(1, { severity: "medium" }), finding(2, { severity: "medium" })])).toBe(one);
    expect(
      incidentConfidence([finding(1, { severity: "medium" }), finding(2, { severity: "medium", target: "10.0.0.99" })]),
    ).toBeGreaterThan(one);
  });
});

describe("accountName", () => {
  it.each([
    ["CORP\\Admin", "admin"],
    ["admin@corp.example", "admin"],
    ["admin/CORP.EXAMPLE", "admin"],
    ["", null],
    [null, null],
  ])("%j is %j", (user, name) => {
    expect(accountName(user)).toBe(name);
  });
});

describe("buildStory", () => {
  const parts: StoryParts = {
    case: { name: "test", id: "1", version: "0" },
    findings: [],
    setAside: [],
    estate: { assets: [], networks: [], windows: [] },
    coverage,
    detectionsRun: 40,
    partlyBlind: [],
    hosts: new Map(),
  };

  it("says what was looked for when nothing was found", () => {
    const notEvaluated = [
      { detection: "BT-CA-008", title: "Kerberoasting", reason: "the evidence holds no kerberos records" },
      { detection: "BT-CA-010", title: "Spraying", reason: "the evidence holds no kerberos records" },
    ];
    const story = buildStory({
      ...parts,
      coverage: { ...coverage, notEvaluated, encryptedShare: 0.4 },
      partlyBlind: [{ detection: "BT-LM-001", title: "x", reason: "calls inside SMB3 encryption (2)" }],
    });
    expect(story.verdict).toBe(
      "Nothing that was done to the backups was found: 50 connections were examined with 40 detections; 2 detections could not be evaluated on this evidence.",
    );
    expect(story.unknowns).toContain(
      "2 detections could not be evaluated because the evidence holds no kerberos records.",
    );
    expect(story.unknowns).toContain(
      "40 % of the payload is encrypted; of it only sizes, times and names in the clear part are known.",
    );
    expect(story.unknowns).toContain("1 detection could not see calls inside SMB3 encryption (2 in this evidence).");
    expect(story.unknowns[0]).toMatch(/No machine was recognised/);
  });

  it("tells two reasons of one kind as one", () => {
    const notEvaluated = [7, 14].map((days) => ({
      detection: `BT-BL-00${days}`,
      title: "x",
      reason: `it learns what is usual from the first ${days} days, and the evidence spans 0.1 hours`,
    }));
    const { unknowns } = buildStory({ ...parts, coverage: { ...coverage, notEvaluated } });
    expect(unknowns.join()).toContain("2 detections could not be evaluated because they compare with earlier days");
  });

  it("says that single findings are no incident", () => {
    const story = buildStory({ ...parts, findings: [finding(1, { severity: "medium" })] });
    expect(story.verdict).toMatch(/^No incident was found: 1 finding \(the most severe is medium: Remote service/);
  });

  it("leads with the incident that touched backups", () => {
    const other = [finding(0, { source: "10.0.9.9", target: "10.0.9.10", user: "CORP\\x" })];
    const story = buildStory({ ...parts, estate, findings: [...other, ...intrusion()] });
    expect(story.incidents).toHaveLength(2);
    expect(story.verdict).toMatch(/backup files were deleted on .* 1 further incident stands apart from it\.$/);
  });

  it("is told without what an investigator dismissed, and says so", () => {
    const story = buildStory({ ...parts, estate, findings: intrusion() });
    expect(withoutDismissed(story, 40)).toBe(story);
    const review = { verdict: "dismissed" as const, reason: "a drill", by: "me", at: "", entry: 4 };
    const findings = story.findings.map((each) => (each.phase === "tampering" ? { ...each, review } : each));
    const told = withoutDismissed({ ...story, findings }, 40);
    expect(told.incidents.flatMap(({ tampering }) => tampering)).toEqual([]);
    expect(told.verdict).not.toContain("deleted");
    expect(told.verdict).toMatch(/1 finding that an investigator dismissed is left out of this\.$/);
    expect(told.findings).toBe(findings);
  });

  it("says that empty evidence says nothing", () => {
    expect(buildStory({ ...parts, coverage: { ...coverage, packets: 0 } }).verdict).toMatch(/holds no packets/);
  });
});
