import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pcapStream } from "../../test/pcap-stream.ts";
import type { CaptureDriver, DriverEvents } from "./driver.ts";
import { InterfaceCounts } from "./interface-counts.ts";
import { LiveInterface } from "./live-interface.ts";
import { RECORD_DEFAULTS } from "./record-options.ts";

const { system } = vi.hoisted(() => ({ system: { driverDrops: 0 } }));
vi.mock("./network-interfaces.ts", async (original) => ({
  ...(await original()),
  driverDrops: () => system.driverDrops,
}));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const idle = () => undefined;

/** An interface whose driver does not end, and how to have it give a frame. */
function open(spools: boolean, isFull = false) {
  const given: { events: DriverEvents | null } = { events: null };
  const driver: CaptureDriver = {
    ...{ name: "dumpcap", writesSegments: false, spools, lateMs: 300 },
    version: () => Promise.resolve({ version: "0" }),
    check: () => Promise.resolve(null),
    open: (_, __, ___, events) => {
      given.events = events;
      events.data(pcapStream([]));
      return { counters: null, refresh: idle, pause: idle, resume: idle, stop: idle };
    },
  };
  const events = { begun: idle, spent: idle, left: idle, ended: idle, changed: idle };
  const live: LiveInterface = new LiveInterface("lo", driver, { ...RECORD_DEFAULTS, interfaces: ["lo"] }, "", {
    ...events,
    piece: () => void live.packets++,
  });
  live.open();
  const state = { isOver: false };
  if (isFull) live.halt();
  void live.stop().then(() => (state.isOver = true));
  const pass = async (seconds: number, frames: number): Promise<boolean> => {
    for (let n = 0; n < frames; n++) given.events!.data(pcapStream([1]).subarray(24));
    await vi.advanceTimersByTimeAsync(1000 * seconds);
    return state.isOver;
  };
  return { live, pass, end: () => given.events!.ended("") };
}

describe("a driver that does not end when it is told to", () => {
  it("is waited for while frames come from its files, and left alone after a minute without any", async () => {
    const { pass } = open(true);
    // A frame in each minute: it goes on as long as that takes.
    for (let minute = 0; minute < 10; minute++) expect(await pass(60, 1)).toBe(false);
    expect(await pass(59, 0)).toBe(false);
    expect(await pass(1, 0)).toBe(true);
  });

  it("is waited for no longer than it runs while the disk is full", async () => {
    const { pass, end } = open(true, true);
    expect(await pass(11, 0)).toBe(false);
    end();
    expect(await pass(0, 0)).toBe(true);
  });

  it("is left alone after some seconds where it has no files", async () => {
    const { pass } = open(false);
    expect(await pass(11, 5)).toBe(false);
    expect(await pass(1, 5)).toBe(true);
  });
});

describe("what the interface itself lost", () => {
  it("is counted from nothing when it went and came back", () => {
    system.driverDrops = 5;
    const { live } = open(false);
    const counts = new InterfaceCounts([live]);
    const lost = [7, 7, 0, 3, 4].map((drops) => {
      system.driverDrops = drops;
      return counts.takeNew()[0]!.driverDropped;
    });
    expect(lost).toEqual([2, 0, 0, 3, 1]);
  });
});

describe("a driver that cannot be opened", () => {
  it("is told once and tried again every second", async () => {
    let tried = 0;
    let isPossible = false;
    const given: { events: DriverEvents | null } = { events: null };
    const driver: CaptureDriver = {
      ...{ name: "dumpcap", writesSegments: false, spools: true, lateMs: 300 },
      version: () => Promise.resolve({ version: "0" }),
      check: () => Promise.resolve(null),
      open: (_, __, ___, events) => {
        tried++;
        if (!isPossible) throw new Error("the lock cannot be written");
        given.events = events;
        return { counters: null, refresh: idle, pause: idle, resume: idle, stop: idle };
      },
    };
    const told: string[] = [];
    const events = { begun: idle, spent: idle, left: idle, ended: idle, piece: idle };
    const live = new LiveInterface("lo", driver, { ...RECORD_DEFAULTS, interfaces: ["lo"] }, "", {
      ...events,
      changed: (what, message) => told.push(`${what}: ${message}`),
    });
    live.open();
    live.tick();
    expect([live.isOpen, live.status().state]).toEqual([false, "lost"]);
    isPossible = true;
    live.tick();
    expect(tried).toBe(3);
    // It ends, and cannot be opened again: nothing is thrown to whoever tells of it.
    isPossible = false;
    live.tick();
    given.events!.ended("");
    live.tick();
    expect(tried).toBe(5);
    const lost = "interface-lost: lo is not recorded: the lock cannot be written. It is tried again every second";
    expect(told).toEqual([
      expect.stringContaining(lost),
      expect.stringContaining("interface-back"),
      expect.stringContaining(lost),
    ]);
  });
});
