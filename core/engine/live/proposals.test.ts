import { expect, it } from "vitest";
import type { Finding } from "../../contracts/finding.ts";
import { someFinding } from "../../../test/some-finding.ts";
import { Proposals } from "./proposals.ts";

const HOUR_NS = 3_600_000_000_000n;

function event(object: string, severity: Finding["severity"] = "high", hour = 0n): Finding {
  const at = String(hour * HOUR_NS);
  return someFinding({ object, severity, tsFirst: at, tsLast: at });
}

it("asks for a detection when it proposes an event for the first time, or as something else, and not again", () => {
  const proposals = new Proposals();
  proposals.propose("A", [event("a")], 0);
  expect(proposals.take(0)).toBe("A");
  proposals.judged("A", true, 0, 0);
  proposals.propose("A", [event("a")], 0);
  expect(proposals.take(0)).toBeNull();
  proposals.propose("A", [event("a", "critical")], 0);
  expect(proposals.take(0)).toBe("A");
  // It left the latest records and is back: within twelve hours it is a repeat, later another event.
  proposals.propose("A", [], 0);
  proposals.propose("A", [event("a", "high", 12n)], 0);
  expect(proposals.take(0)).toBeNull();
  proposals.propose("A", [event("a", "high", 25n)], 0);
  expect(proposals.take(0)).toBe("A");
});

it("asks again for what was withdrawn, once", () => {
  const proposals = new Proposals();
  proposals.propose("A", [event("a")], 0);
  expect(proposals.take(0)).toBe("A");
  proposals.forget(["A", "B"]);
  proposals.propose("A", [event("a")], 0);
  expect(proposals.take(0)).toBe("A");
  proposals.propose("A", [event("a")], 0);
  expect(proposals.take(0)).toBeNull();
});

it("asks for a detection whose events the whole case denies for a small part of the time, and keeps what it proposed meanwhile", () => {
  const proposals = new Proposals();
  const costMs = 100;
  let asked = 0;
  for (let second = 0; second < 600; second++) {
    const nowMs = second * 1000;
    proposals.propose("A", [event(`object ${second}`)], nowMs);
    if (proposals.take(nowMs) === null) continue;
    asked++;
    proposals.judged("A", false, nowMs, costMs);
  }
  expect(asked).toBeGreaterThan(100);
  expect((asked * costMs) / 600_000).toBeLessThan(0.03);
  proposals.propose("A", [], 1e9);
  expect(proposals.take(1e9)).toBe("A");
});

it("asks first for what takes little, and what takes long in its turn", () => {
  const proposals = new Proposals();
  const asked = { slow: 0, quick: 0 };
  let nowMs = 0;
  const costs: Record<string, number> = { slow: 2000, quick: 20 };
  while (nowMs < 60_000) {
    for (const id of ["slow", "quick"]) proposals.propose(id, [event(`${id} ${nowMs}`)], nowMs);
    const next = proposals.take(nowMs) as keyof typeof asked | null;
    if (next !== null) asked[next]++;
    nowMs += next === null ? 10 : costs[next]!;
    if (next !== null) proposals.judged(next, true, nowMs, costs[next]!);
  }
  expect(asked.slow).toBeGreaterThan(3);
  expect(asked.quick).toBeGreaterThan(100);
  proposals.propose("slow", [event("once more")], nowMs);
  proposals.propose("quick", [event("once more")], nowMs);
  expect(proposals.take(nowMs + 5000)).toBe("quick");
  expect(proposals.take(nowMs + 5000)).toBe("slow");
});
