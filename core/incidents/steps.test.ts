import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { finding, surroundings } from "../../test/intrusion.ts";
import { inTimeOrder } from "../contracts/finding-order.ts";
import type { Finding } from "../contracts/finding.ts";
import { accountName } from "./account.ts";
import { buildIncidents } from "./incident.ts";
import { stepsOf } from "./steps.ts";

/** What steps are by definition: each finding goes to the first group in which nothing speaks against it. */
function groupsByDefinition(findings: readonly Finding[]): string[][] {
  const groups: Finding[][] = [];
  for (const one of findings) {
    const group = groups.find((members) => members.every((member) => isOneStep(member, one)) && isSoon(members, one));
    if (group === undefined) groups.push([one]);
    else group.push(one);
  }
  return groups.map((members) => members.map(({ id }) => id).sort());
}

function isOneStep(a: Finding, b: Finding): boolean {
  if (a.phase !== b.phase || a.source !== b.source || a.target !== b.target) return false;
  if (a.user === null || b.user === null) return a.title !== b.title || a.user === b.user;
  return accountName(a.user) === accountName(b.user);
}

function isSoon(members: readonly Finding[], { tsFirst }: Finding): boolean {
  return members.some(({ tsLast }) => BigInt(tsFirst) - BigInt(tsLast) <= 900_000_000_000n);
}

describe("stepsOf", () => {
  it("joins what its definition says, whatever the order of accounts, titles and pauses", () => {
    const some = fc.record({
      minutes: fc.integer({ min: 0, max: 90 }),
      user: fc.constantFrom(null, "CORP\\eve", "eve@corp.example", "bob"),
      title: fc.constantFrom("a", "b", "c"),
      target: fc.constantFrom("10.0.0.20", "10.0.0.21"),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 30 }), (drawn) => {
        const findings = drawn.map(({ minutes, ...fields }) => finding(minutes / 60, fields)).sort(inTimeOrder);
        const joined = stepsOf(findings).map((step) => [...step.findings].sort());
        expect(joined).toEqual(groupsByDefinition(findings));
      }),
      { numRuns: 60 },
    );
  });

  it("ends where one host did the same under thousands of accounts", () => {
    const guessed = Array.from({ length: 4000 }, (_, i) =>
      finding(1, { phase: "credential-access", user: `user${i}`, explanation: "" }),
    );
    const [incident] = buildIncidents(guessed, surroundings);
    expect(incident?.steps).toHaveLength(4000);
    expect(incident?.accounts).toHaveLength(4000);
  });

  it("names forty of what was done to thousands of machines and counts the rest", () => {
    const done = Array.from({ length: 3000 }, (_, i) =>
      finding(1, { phase: "tampering", target: `10.2.${i >> 8}.${i & 255}` }),
    );
    const [incident] = buildIncidents(done, surroundings);
    expect(incident?.verdict).toMatch(/10\.2\.0\.39 and 2960 further things\.$/);
  });
});
