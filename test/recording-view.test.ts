import { spawnSync } from "node:child_process";
import { get } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { RecordingStatus } from "../core/contracts/recording.ts";
import { serveHealth } from "../core/engine/live/health-server.ts";
import { standing } from "../core/engine/live/analysis-messages.ts";
import { HistoryKeeper } from "../core/engine/live/recording-history.ts";
import { recordingLines } from "../core/cli/recording-lines.ts";
import { BACKTRAIL } from "./sample-captures.ts";

const LOSSES = { kernel: 12, driver: 0, own: 3 };
const STATUS: RecordingStatus = {
  case: "/srv/watch",
  recorder: {
    at: "2026-01-02T03:04:05.000Z",
    state: "recording",
    pid: 1,
    since: "2026-01-02T03:00:00.000Z",
    driver: { name: "tcpdump", version: "4.99.3", writesSegments: false, reason: "it is the first choice" },
    settings: {
      ...{ filter: "", snapLength: 262_144, promiscuous: true, rotateOctets: 1e6, rotateSeconds: 300 },
      ...{ keepOctets: 4e9, keepSeconds: null, leastFreeOctets: 1e6, syncSeconds: 2 },
    },
    interfaces: [
      {
        ...{ name: "eth1", state: "recording", packets: 1_234_567, octets: 9e8, losses: LOSSES },
        ...{ packetsPerSecond: 20_148, octetsPerSecond: 7_400_000 },
      },
      {
        ...{ name: "eth2", state: "link-down", packets: 0, octets: 0, losses: { kernel: null, driver: 0, own: 0 } },
        ...{ packetsPerSecond: 0, octetsPerSecond: 0 },
      },
    ],
    segment: { name: "segment-1", octets: 5e8, packets: 9 },
    ring: { segments: 4, octets: 5e8, heldOctets: 2e8 },
    diskFreeOctets: 7e10,
    queuedOctets: 0,
    backlogOctets: 0,
    alarms: [{ at: "2026-01-02T03:04:00.000Z", code: "link-down", message: "eth2 has no link." }],
  },
  analysis: {
    at: "2026-01-02T03:04:05.000Z",
    ...{
      pid: 2,
      isRunning: true,
      packets: 1_200_000,
      behindOctets: 4e7,
      analysedTo: "1",
      lagSeconds: 5.4,
      findings: 39,
    },
    ...{ evaluatedAt: "2026-01-02T03:04:01.000Z", evaluationSeconds: 0.44, promptSeconds: 0.1, segmentsShed: 0 },
    waitsForDisk: false,
    ...{ baseline: null, windowProblem: null, ending: null },
  },
  alerts: [{ name: "siem", waiting: 43, delivered: 0, rejected: 0, problem: "connect ECONNREFUSED" }],
};

describe("the state of a recording in a terminal", () => {
  it("has interfaces with losses by cause, the ring, analysis, alerts and alarms", () => {
    const keeper = new HistoryKeeper();
    for (let second = 0; second < 3; second++) keeper.add(STATUS);
    expect(recordingLines(STATUS, keeper.history)).toEqual([
      "interface  packets/s  octets/s    packets  lost: kernel  interface  recorder  last 30 s",
      "eth1          20,148    7.4 MB  1,234,567            12          0         3  \u2588\u2588\u2588",
      "eth2         no link       0 B          0      not told          0         0",
      "Segments  1 GB of 4 GB [#####---------------] in 5 segments, 200 MB held by findings, 70 GB free",
      "Analysis  40 MB, 5 s behind the wire, 39 findings, latest records asked in 0.1 s, all last at 03:04:01, in 0.4 s",
      "Alerts    siem: 43 waiting, connect ECONNREFUSED",
      "ALARM     eth2 has no link.",
    ]);
    // The newest seconds and each word of the rest are seen in a terminal of the usual 80 columns, and no figure where it has no room.
    const long = new HistoryKeeper();
    for (let second = 0; second < 60; second++) long.add(STATUS);
    expect(recordingLines(STATUS, long.history, 94).slice(0, 2)).toEqual([
      "interface  packets/s  octets/s    packets  lost: kernel  interface  recorder  last 16 s",
      `eth1          20,148    7.4 MB  1,234,567            12          0         3  ${"\u2588".repeat(16)}`,
    ]);
    expect(recordingLines(STATUS, long.history, 79)).toEqual([
      "interface  packets/s  octets/s    packets  lost: kernel  interface  recorder",
      "eth1          20,148    7.4 MB  1,234,567            12          0         3",
      "eth2         no link       0 B          0      not told          0         0",
      "Segments  1 GB of 4 GB [#####---------------] in 5 segments, 200 MB held by",
      "          findings, 70 GB free",
      "Analysis  40 MB, 5 s behind the wire, 39 findings, latest records asked in 0.1",
      "          s, all last at 03:04:01, in 0.4 s",
      "Alerts    siem: 43 waiting, connect ECONNREFUSED",
      "ALARM     eth2 has no link.",
    ]);
    expect(recordingLines(STATUS, long.history, -1).join("")).toContain("eth2");
    const ending = { ...STATUS, analysis: { ...STATUS.analysis!, ending: { done: 57, all: 257 } } };
    expect(recordingLines(ending, keeper.history)[4]).toBe(
      "Analysis  all is read and judged for the last time: 57 of 257 detections",
    );
    const waiting = { ...STATUS, analysis: { ...STATUS.analysis!, waitsForDisk: true } };
    expect(recordingLines(waiting, keeper.history)[4]).toMatch(
      /^Analysis {2}waits for room on the disk, 40 MB, 5 s behind the wire, /,
    );
    const stopped = { ...STATUS, recorder: { ...STATUS.recorder!, state: "stopped", backlogOctets: 2e9 } } as const;
    expect(recordingLines(stopped, keeper.history)[1]).toMatch(/^eth1 +ended {2}/);
    expect(recordingLines(stopped, keeper.history)[3]).toMatch(/70 GB free, 2 GB wait in files$/);
    const silent = standing(STATUS.analysis, true, Date.parse("2026-01-02T03:04:45.000Z"));
    expect(recordingLines({ ...STATUS, analysis: silent }, keeper.history)[4]).toContain(
      "Analysis  not running, 45 s behind the wire, 39 findings",
    );
    const lost = { ...STATUS.recorder!.interfaces[0]!, losses: { kernel: 20, driver: 0, own: 3 } };
    keeper.add({ ...STATUS, recorder: { ...STATUS.recorder!, interfaces: [lost] } });
    expect(keeper.history.interfaces[0]!.lost).toEqual([0, 0, 0, 8]);
  });
});

describe("the options of a recording", () => {
  it("refuse a buffer of the kernel that libpcap cannot count, in place of which it would take a small one", () => {
    const asked = (size: string) =>
      spawnSync(process.execPath, [BACKTRAIL, "record", "--buffer", size, "--list"], { encoding: "utf8" });
    expect(asked("2G").stderr).toContain("It must be 2047M at most");
    expect(asked("2047M").status).toBe(0);
  });
});

function asked(port: number, path: string, host = `127.0.0.1:${port}`): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    get({ port, path, host: "127.0.0.1", headers: { host } }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (body += piece));
      answer.on("end", () => resolve({ code: answer.statusCode ?? 0, body }));
    }).on("error", reject);
  });
}

describe("the health of a recording", () => {
  it("is told on loopback to programs of this machine: well or not, and metrics", async () => {
    let status = STATUS;
    const server = await serveHealth(0, () => status);
    const { port } = server.address() as AddressInfo;
    const ill = await asked(port, "/health");
    expect(ill.code).toBe(503);
    expect(JSON.parse(ill.body)).toMatchObject({ ok: false, alerts: [{ name: "siem", waiting: 43 }] });
    status = { ...STATUS, recorder: { ...STATUS.recorder!, alarms: [] } };
    expect((await asked(port, "/health")).code).toBe(200);
    expect((await asked(port, "/health", "sensor.example")).code).toBe(403);
    const { body } = await asked(port, "/metrics");
    expect(body.split("\n")).toEqual(
      expect.arrayContaining([
        "# TYPE backtrail_packets_total counter",
        'backtrail_packets_total{interface="eth1"} 1234567',
        'backtrail_lost_total{interface="eth1",by="kernel"} 12',
        'backtrail_interface_up{interface="eth2"} 0',
        "backtrail_analysis_lag_seconds 5.4",
        'backtrail_alerts_waiting{destination="siem"} 43',
      ]),
    );
    server.close();
  });
});
