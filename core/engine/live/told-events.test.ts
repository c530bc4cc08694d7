import { expect, it } from "vitest";
import { someFinding } from "../../../test/some-finding.ts";
import { ToldEvents } from "./told-events.ts";

const HOUR_NS = 3_600_000_000_000n;

it("knows an event that was told when it is seen again, as far as it says nothing more", () => {
  const first = someFinding({ detection: "A", severity: "medium", user: "CORP\\ann", tsFirst: "1000", tsLast: "2000" });
  const told = new ToldEvents();
  told.replace(["A", "B"], [first]);
  const later = (hours: bigint) => ({
    tsFirst: String(2000n + hours * HOUR_NS),
    tsLast: String(3000n + hours * HOUR_NS),
  });
  for (const again of [{ user: null }, { user: "ann@corp.example" }, { severity: "low" }, later(12n)] as const)
    expect(told.has({ ...first, ...again })).toBe(true);
  for (const other of [
    { detection: "B" },
    { user: "bob" },
    { severity: "high" },
    { outcome: "refused" },
    { target: "10.9.9.9" },
    later(13n),
  ] as const)
    expect(told.has({ ...first, ...other })).toBe(false);
  told.replace(["A"], []);
  expect(told.has(first)).toBe(false);
});
