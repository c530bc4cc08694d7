import { describe, expect, it } from "vitest";
import type { JobWindow } from "../contracts/estate.ts";
import { windowSpans } from "./job-windows.ts";

const nightly = (zone: string, rest: Partial<JobWindow> = {}): JobWindow => ({
  name: "Nightly",
  days: [1, 2, 3, 4, 5, 6, 7],
  startMinute: 22 * 60,
  endMinute: 5 * 60,
  zone,
  source: "scope",
  ...rest,
});
const utc = (text: string) => Date.parse(`${text}Z`);
const written = (spans: [number, number][]) => spans.map((span) => span.map((at) => new Date(at).toISOString()));

describe("job windows", () => {
  it("are placed in their own zone, over midnight, and through a change of the clocks", () => {
    // Berlin goes from UTC+1 to UTC+2 on 2026-03-29 at 01:00 UTC.
    const spans = windowSpans([nightly("Europe/Berlin")], utc("2026-03-28T12:00"), utc("2026-03-30T12:00"));
    expect(written(spans)).toEqual([
      ["2026-03-28T21:00:00.000Z", "2026-03-29T03:00:00.000Z"],
      ["2026-03-29T20:00:00.000Z", "2026-03-30T03:00:00.000Z"],
    ]);
  });

  it("keep to their days, and are not drawn over months", () => {
    const sunday = nightly("UTC", { days: [7], startMinute: 60, endMinute: 120 });
    expect(written(windowSpans([sunday], utc("2026-03-01T00:00"), utc("2026-03-05T00:00")))).toEqual([
      ["2026-03-01T01:00:00.000Z", "2026-03-01T02:00:00.000Z"],
    ]);
    expect(windowSpans([sunday], utc("2026-01-01T00:00"), utc("2026-05-01T00:00"))).toEqual([]);
  });
});
