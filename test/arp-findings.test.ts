import { afterAll, beforeAll, expect, it } from "vitest";
import type { Finding } from "../core/contracts/finding.ts";
import { DETECTIONS } from "../core/detections/index.ts";
import { runDetections } from "../core/detections/run.ts";
import { inferEstate } from "../core/estate/infer.ts";
import { parseScope } from "../core/estate/scope.ts";
import { connection } from "./detection-rows.ts";
import { asksAll, inOrder, repeated, tells } from "./arp-frames.ts";
import type { TimedFrame } from "./net-frames.ts";
import { frameBatch } from "./net-frames.ts";
import { runNet } from "./net-run.ts";
import { RecordTables } from "./record-tables.ts";

/** From ARP packets to what is found. */

const DAY = 86_400;
let tables: RecordTables;
let findings: readonly Finding[];

/** Both directions, begun before the capture. */
const BETWEEN = inOrder(
  repeated(20, 2, (at) => [tells(at, 6, 1, 7, 7), tells(at + 0.5, 6, 7, 1, 1)]),
  asksAll(15, 1, 1, 9),
  asksAll(16, 6, 6, 9),
);
/** One direction; the router's true answer comes between. */
const ONE_WAY = inOrder(
  repeated(20, 2, (at) => tells(DAY + at, 26, 21, 27, 27)),
  [asksAll(DAY + 15, 27, 27, 21), tells(DAY + 15.1, 21, 21, 27, 27)],
  asksAll(DAY + 16, 26, 26, 9),
);
/** Two that both go on, of one of which nothing else is known, then of one that sends from the address. */
const both = (at: number, address: number, target: number): TimedFrame[] =>
  repeated(20, 2, (s) => [
    tells(at + s, address + 1, address, target, target),
    tells(at + s + 1, address + 2, address, target, target),
  ]);
/** Of many hardware addresses each goes on. */
const CROWD = inOrder(
  asksAll(3 * DAY, 41, 40, 9),
  repeated(8, 2, (at) => Array.from({ length: 30 }, (_, i) => tells(3 * DAY + at + i / 100, 300 + i, 40, 47, 47))),
);
/** A way to the outside that had been that before. */
const GATEWAY = inOrder(
  repeated(20, 2, (at) => [tells(4 * DAY + at, 66, 61, 67, 67), tells(4 * DAY + at + 0.5, 66, 67, 61, 61)]),
  asksAll(4 * DAY + 15, 61, 61, 9),
);
const SWEEP = Array.from({ length: 80 }, (_, i) => asksAll(5 * DAY + i / 10, 56, 56, 100 + i));

const mac = (n: number): string => `02:00:00:00:00:${n.toString(16).padStart(2, "0")}`;
const sends = (from: number, to: string, fields: Readonly<Record<string, unknown>>): Promise<void> =>
  connection(tables, "2023-11-10 10:00:00", `10.0.0.${from}`, to, 443, fields);

beforeAll(async () => {
  tables = await RecordTables.create();
  const frames = [BETWEEN, ONE_WAY, both(2 * DAY, 30, 37), both(2 * DAY + 60, 70, 77), CROWD, GATEWAY, SWEEP];
  await tables.add("weird", ...runNet([frameBatch(frames.flat(), 1)]).weird);
  await sends(21, "10.0.0.27", { orig_l2_addr: mac(21) });
  await sends(70, "10.0.0.27", { orig_l2_addr: mac(71) });
  await sends(67, "203.0.113.9", { orig_l2_addr: mac(67), resp_l2_addr: mac(66) });
  await tables.finish();
  await inferEstate(tables, parseScope(""));
  const detections = DETECTIONS.filter(({ id }) => id === "BT-CA-021" || id === "BT-DI-023");
  ({ findings } = await runDetections(tables, detections));
});
afterAll(() => tables.close());

const told = (start: string): readonly [string, string] => {
  const found = findings.filter(({ explanation }) => explanation.startsWith(start));
  expect(found).toHaveLength(1);
  return [found[0]!.severity, found[0]!.explanation.slice(start.length + 1)];
};

it("finds who stands between two others, in whatever order he was seen", () => {
  expect(told("10.0.0.6")).toEqual([
    "high",
    `told 10.0.0.1, 10.0.0.7 by ARP, without being asked, that 10.0.0.1, 10.0.0.7 had the hardware address ${mac(6)}, while ${mac(1)} claimed some of them too, so as to stand between two of them (noted 6 times).`,
  ]);
  expect(told("10.0.0.26")).toEqual([
    "low",
    `told 10.0.0.27 by ARP, without being asked, that 10.0.0.21 had the hardware address ${mac(26)}, while ${mac(21)} claimed that address too and sent from it (noted once).`,
  ]);
});

it("is less sure of one through which the others went out before", () =>
  expect(told("A machine told 10.0.0.61, 10.0.0.67")[0]).toBe("medium"));

it("names both where it cannot be known who is right, and the other where one sends from the address", () => {
  expect(told(`The hardware addresses ${mac(31)} and ${mac(32)}`)).toEqual([
    "low",
    "each claimed 10.0.0.30 by ARP without being asked (noted 2 times).",
  ]);
  expect(told("A machine told 10.0.0.77")[1]).toContain(`hardware address ${mac(72)}, while ${mac(71)} claimed`);
});

it("finds a flood of hardware addresses once", () =>
  expect(told("30 hardware addresses")).toEqual([
    "low",
    "each claimed 10.0.0.40 by ARP without being asked (noted 30 times).",
  ]));

it("finds a sweep, of no more addresses than were counted", () =>
  expect(told("10.0.0.56")).toEqual([
    "low",
    "tried 32 addresses with ARP within 10 s; which of them answered is not in the records.",
  ]));

it("finds nothing else", () => expect(findings).toHaveLength(7));
