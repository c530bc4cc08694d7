import { expect, it } from "vitest";
import { talk, tls } from "../../test/row-stories/talk.ts";
import { RecordTables, timeOf } from "../../test/record-tables.ts";
import type { Incident } from "../contracts/story.ts";
import { inferEstate } from "../estate/infer.ts";
import { EMPTY_SCOPE } from "../estate/scope.ts";
import { leadsOf } from "./first-contact.ts";

const DESK = "10.0.0.7";

const begunAt = (clock: string, source: string): Incident =>
  ({ foothold: { source, tsFirst: String(timeOf(clock)) }, steps: [] }) as unknown as Incident;

it("the lead is the largest download from a host that nobody reached before, in the hours before the first act", async () => {
  const tables = await RecordTables.create();
  try {
    const fetch = (clock: string, from: string, to: string, name: string, octets: number): Promise<void> =>
      tls(tables, clock, from, to, name, 900, octets, { resp_sealed_octets: octets });
    await fetch("2024-03-01 09:00:00", "10.0.0.8", "198.51.100.1", "news.example", 900_000);
    await fetch("2024-03-03 08:00:00", DESK, "198.51.100.1", "news.example", 900_000);
    // A known name behind another address, an early one, a small one, and one of another machine.
    await fetch("2024-03-03 08:10:00", DESK, "198.51.100.2", "news.example", 800_000);
    await fetch("2024-03-03 03:00:00", DESK, "198.51.100.3", "early.example", 700_000);
    await fetch("2024-03-03 08:20:00", DESK, "198.51.100.4", "small.example", 9000);
    await fetch("2024-03-03 08:25:00", "10.0.0.9", "198.51.100.5", "other.example", 900_000);
    await fetch("2024-03-03 08:30:00", DESK, "203.0.113.45", "invoices.example", 480_000);
    await talk(tables, { clock: "2024-03-03 09:00:00", from: DESK, to: "10.0.0.20", port: 445 });
    await tables.finish();
    await inferEstate(tables, EMPTY_SCOPE);
    const leads = await leadsOf(tables, [
      begunAt("2024-03-03 09:00:00", DESK),
      begunAt("2024-03-01 10:00:00", "10.0.0.8"),
    ]);
    expect([...leads]).toEqual([
      [DESK, { ts: String(timeOf("2024-03-03 08:30:00")), target: "203.0.113.45", octets: 480_000, others: 1 }],
    ]);
  } finally {
    tables.close();
  }
});
