import { expect, it } from "vitest";
import type { JournalEntry, Json } from "../../case/journal.ts";
import { RecordingLosses } from "./recording-losses.ts";

const at = (time: string) => `2026-03-01T${time}:00.000Z`;
const ns = (time: string) => `${Date.parse(at(time))}000000`;

/** What a recording's journal says, each with its time of the day. */
function lossesOf(
  ...entries: readonly (readonly [time: string, action: string, detail?: { readonly [key: string]: Json }])[]
): { readonly losses: RecordingLosses; readonly news: readonly boolean[] } {
  const losses = new RecordingLosses();
  const news = entries.map(([time, action, detail = {}]) =>
    losses.take({ action, at: at(time), object: null, detail } as unknown as JournalEntry),
  );
  return { losses, news };
}

const ETH0 = { interface: "eth0" };
const STARTED = { interfaces: ["eth0"], driver: { name: "tcpdump" } };

it("has an interface without link as a gap, as one that is gone", () => {
  const { losses, news } = lossesOf(
    ["09:00", "recording-started", STARTED],
    ["10:00", "link-down", ETH0],
    ["10:30", "link-up", ETH0],
    ["11:00", "recording-stopped"],
  );
  expect(losses.gaps()).toEqual([{ from: ns("10:00"), to: ns("10:30") }]);
  expect(losses.sentences()).toEqual([
    `Nothing was recorded between ${at("10:00")} and ${at("10:30")}: eth0 had no link.`,
  ]);
  expect(news).toEqual([false, true, true, false]);
});

it("ends what was away when the recorder was killed where it was last heard of, and begins the next gap there", () => {
  const { losses } = lossesOf(
    ["09:00", "recording-started", STARTED],
    ["10:00", "interface-lost", ETH0],
    ["20:00", "verified"],
    ["21:00", "recording-started", STARTED],
  );
  expect(losses.gaps()).toEqual([
    { from: ns("10:00"), to: ns("20:00") },
    { from: ns("20:00"), to: ns("21:00") },
  ]);
  expect(losses.sentences()).toEqual([
    `Nothing was recorded between ${at("10:00")} and ${at("20:00")}: eth0 was away.`,
    `Nothing was recorded between ${at("20:00")} and ${at("21:00")}: the recorder was ended by force.`,
  ]);
});

it("has what goes on as a gap up to now, and says since when", () => {
  const { losses } = lossesOf(["09:00", "recording-started", STARTED], ["10:00", "disk-full"]);
  expect(losses.gaps(at("10:05"))).toEqual([{ from: ns("10:00"), to: ns("10:05") }]);
  expect(losses.sentences()).toEqual([`Nothing has been recorded since ${at("10:00")}: the disk was full.`]);
  const one = lossesOf(
    ["09:00", "recording-started", { ...STARTED, interfaces: ["eth0", "eth1"] }],
    ["10:00", "link-down", ETH0],
  ).losses;
  // The other is still recorded.
  expect(one.gaps(at("10:05"))).toEqual([]);
  expect(one.sentences()).toEqual([`Nothing of eth0 has been recorded since ${at("10:00")}: eth0 had no link.`]);
});

it("ends what had no link when the interface is back, and begins it again where it still has none", () => {
  const { losses } = lossesOf(
    ["09:00", "recording-started", STARTED],
    ["10:00", "link-down", ETH0],
    ["10:01", "interface-lost", ETH0],
    ["10:05", "interface-back", ETH0],
    ["11:00", "interface-lost", ETH0],
    ["11:05", "interface-back", ETH0],
    ["11:05", "link-down", ETH0],
    ["11:30", "link-up", ETH0],
  );
  expect(losses.gaps(at("12:00"))).toEqual([
    { from: ns("10:01"), to: ns("10:05") },
    { from: ns("10:00"), to: ns("10:05") },
    { from: ns("11:00"), to: ns("11:05") },
    { from: ns("11:05"), to: ns("11:30") },
  ]);
});

it("has no gap that runs backwards where the clock was set back", () => {
  const { losses } = lossesOf(
    ["09:00", "recording-started", STARTED],
    ["20:00", "recording-stopped"],
    ["10:00", "recording-started", STARTED],
    ["11:00", "recording-stopped"],
    ["11:30", "recording-started", STARTED],
  );
  expect(losses.gaps(at("12:00"))).toEqual([{ from: ns("11:00"), to: ns("11:30") }]);
});
