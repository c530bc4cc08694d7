import { expect, it } from "vitest";
import type { Finding } from "../../contracts/finding.ts";
import { someFinding } from "../../../test/some-finding.ts";
import { Proposals } from "./proposals.ts";

const HOUR_NS = 3_600_000_000_000n;

function event(object: string, severity: Finding["severity"] = "high", hour = 0n): Finding {
  const at = String(hour * HOUR_NS);
  return someFinding({ object, severity, tsFirst: at, tsLast: at });
}

const none: ReadonlySet<string> = new Set();

it("asks for a detection when it proposes an event for the first time, or as something else, and not again", () => {
  const proposals = new Proposals();
  proposals.propose("A", [event("a")]);
  expect([...proposals.take(9, 0)]).toEqual(["A"]);
  proposals.judged(new Set(["A"]), new Set(["A"]), 0, 9);
  proposals.propose("A", [event("a")]);
  expect([...proposals.take(9, 0)]).toEqual([]);
  proposals.propose("A", [event("a", "critical")]);
  expect([...proposals.take(9, 0)]).toEqual(["A"]);
  // It left the latest records and is back: within twelve hours it is a repeat, later another event.
  proposals.propose("A", []);
  proposals.propose("A", [event("a", "high", 12n)]);
  expect([...proposals.take(9, 0)]).toEqual([]);
  proposals.propose("A", [event("a", "high", 25n)]);
  expect([...proposals.take(9, 0)]).toEqual(["A"]);
});

it("asks again for what was withdrawn, once", () => {
  const proposals = new Proposals();
  proposals.propose("A", [event("a")]);
  expect([...proposals.take(9, 0)]).toEqual(["A"]);
  proposals.forget(["A", "B"]);
  proposals.propose("A", [event("a")]);
  expect([...proposals.take(9, 0)]).toEqual(["A"]);
  proposals.propose("A", [event("a")]);
  expect([...proposals.take(9, 0)]).toEqual([]);
});

it("asks for a detection whose events the whole case denies for a small part of the time, and keeps what it proposed meanwhile", () => {
  const proposals = new Proposals();
  const costMs = 100;
  let asked = 0;
  for (let second = 0; second < 600; second++) {
    proposals.propose("A", [event(`object ${second}`)]);
    const taken = proposals.take(9, second * 1000);
    asked += taken.size;
    proposals.judged(taken, none, second * 1000, costMs);
  }
  expect(asked).toBeGreaterThan(100);
  expect((asked * costMs) / 600_000).toBeLessThan(0.03);
  proposals.propose("A", []);
  expect([...proposals.take(9, 1e9)]).toEqual(["A"]);
});
