import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estate, finding, intrusion, surroundings } from "../../test/intrusion.ts";
import type { Finding } from "../contracts/finding.ts";
import { PHASES, SEVERITIES } from "../contracts/finding.ts";
import { accountName } from "./account.ts";
import { buildIncidents } from "./incident.ts";
import { linkNode, linkScore } from "./link.ts";

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

  it("does not depend on the order of the findings", () => {
    const findings = intrusion();
    expect(buildIncidents([...findings].reverse(), surroundings)).toEqual(buildIncidents(findings, surroundings));
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
