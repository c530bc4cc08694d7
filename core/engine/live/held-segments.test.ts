import { expect, it } from "vitest";
import { someFinding } from "../../../test/some-finding.ts";
import type { Case } from "../../case/case.ts";
import type { RecordPlace } from "../../case/query.ts";
import { HeldSegments } from "./held-segments.ts";

/** Captures of a case and a record in each place, which a test changes as a recording goes on. */
function recording() {
  const captures = new Map<number, string>();
  const places = new Map<string, readonly [capture: number, last: number]>();
  const asked: string[] = [];
  const source = {
    folder: "/case",
    ledger: { summaries: () => [...captures].map(([number, path]) => ({ number, path })) },
    store: {
      types: [{ name: "conn" }],
      filledTables: () => Promise.resolve(new Set(["conn"])),
      rows: (_: string, { rids }: { readonly rids: string }) => {
        const wanted = JSON.parse(rids) as readonly string[];
        asked.push(...wanted);
        const found = wanted.flatMap((rid) => (places.has(rid) ? [[rid, ...places.get(rid)!] as const] : []));
        return Promise.resolve(found.map(([rid, capture, last]) => ({ rid, capture, last_capture: last })));
      },
    },
  } as unknown as Case;
  return { captures, places, asked, source };
}

const NONE_OPEN = () => Promise.resolve([]);
const nameOf = (number: number) => `segment-0000000${number}-20261130T000000Z.pcapng`;
const pathOf = (number: number) => `/case/evidence/live/${nameOf(number)}`;

it("looks again for what lies in a segment that has begun since, until all of it is held", async () => {
  const { captures, places, asked, source } = recording();
  captures.set(1, "/elsewhere/before.pcap").set(2, pathOf(1)).set(3, pathOf(2));
  places.set("C1.1", [1, 2]).set("C2.1", [2, 4]);
  const held = new HeldSegments(source, NONE_OPEN);
  const findings = [
    someFinding({ id: "F-1", records: ["C1.1"] }),
    someFinding({ id: "F-2", records: ["C2.1", "C3.1"] }),
  ];
  expect(await held.names(findings)).toEqual([nameOf(1), nameOf(2)]);
  captures.set(4, pathOf(3)).set(5, pathOf(4));
  asked.length = 0;
  expect(await held.names(findings)).toEqual([nameOf(1), nameOf(2), nameOf(3)]);
  places.set("C3.1", [4, 4]);
  await held.names(findings);
  await held.names(findings);
  expect(asked).toEqual(["C2.1", "C3.1", "C2.1", "C3.1"]);
});

it("holds nothing for a finding that does not stand any more", async () => {
  const { captures, places, source } = recording();
  captures.set(1, pathOf(1)).set(2, pathOf(2)).set(3, pathOf(3));
  places.set("C1.1", [1, 1]).set("C2.1", [2, 2]);
  const held = new HeldSegments(source, NONE_OPEN);
  const [first, second] = [
    someFinding({ id: "F-1", records: ["C1.1"] }),
    someFinding({ id: "F-2", records: ["C2.1"] }),
  ];
  expect(await held.names([first, second])).toEqual([nameOf(1), nameOf(2)]);
  expect(await held.names([second])).toEqual([nameOf(2)]);
  expect(await held.names([])).toEqual([]);
});

it("holds what a connection that is open has said up to now, and what it says later", async () => {
  const { captures, places, source } = recording();
  captures.set(1, pathOf(1)).set(2, pathOf(2)).set(3, pathOf(3));
  let last = 1;
  const open = (rids: readonly string[]) =>
    Promise.resolve(rids.map((rid) => ({ rid, capture: 1, lastCapture: last }) as unknown as RecordPlace));
  const held = new HeldSegments(source, open);
  const findings = [someFinding({ id: "F-1", records: ["C1.0"] })];
  expect(await held.names(findings)).toEqual([nameOf(1)]);
  last = 2;
  expect(await held.names(findings)).toEqual([nameOf(1), nameOf(2)]);
  places.set("C1.0", [1, 3]);
  expect(await held.names(findings)).toEqual([nameOf(1), nameOf(2), nameOf(3)]);
});
