import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RecordTables, timeOf } from "../../test/record-tables.ts";
import type { Estate, Role } from "../contracts/estate.ts";
import { inferEstate } from "./infer.ts";
import { EMPTY_SCOPE, parseScope } from "./scope.ts";

const day = (number: number, clock: string) => timeOf(`2024-03-${String(number).padStart(2, "0")} ${clock}`);

let tables: RecordTables;
beforeEach(async () => {
  tables = await RecordTables.create();
});
afterEach(() => tables.close());

function connection(
  ts: bigint,
  from: string,
  to: string,
  port: number,
  sent: number,
  received: number,
  service: string | null = null,
) {
  return {
    ts,
    "id.orig_h": from,
    "id.orig_p": 50000,
    "id.resp_h": to,
    "id.resp_p": port,
    proto: "tcp",
    service,
    orig_bytes: sent,
    resp_bytes: received,
    duration: 60e9,
    conn_state: "SF",
    orig_pkts: 9,
    resp_pkts: 9,
  };
}

async function nights(count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    for (const agent of ["10.1.0.11", "10.1.0.12", "10.1.0.13"]) {
      await tables.add("conn", connection(day(number, "22:00:00"), "10.1.5.1", agent, 6160, 4000, 3000));
      await tables.add("conn", connection(day(number, "22:05:00"), agent, "10.1.5.2", 2500, 5_000_000, 20_000));
    }
    await tables.add(
      "conn",
      connection(day(number, "09:00:00"), "10.1.0.50", "10.1.0.20", 445, 20_000, 900_000, "smb"),
    );
  }
}

function roleOf(estate: Estate, address: string, role: Role): number {
  return (
    estate.assets.find((asset) => asset.address === address)?.roles.find((entry) => entry.role === role)?.confidence ??
    0
  );
}

describe("inferEstate", () => {
  it("finds server, repository and agents from a week of nights, with reasons", async () => {
    await nights(7);
    await tables.finish();
    const estate = await inferEstate(tables, EMPTY_SCOPE);
    expect(roleOf(estate, "10.1.5.1", "backup-server")).toBeGreaterThanOrEqual(0.6);
    expect(roleOf(estate, "10.1.5.2", "repository")).toBeGreaterThanOrEqual(0.9);
    expect(roleOf(estate, "10.1.0.11", "agent")).toBeGreaterThanOrEqual(0.6);
    expect(estate.assets.filter(({ inEstate }) => inEstate).map(({ address }) => address)).toEqual([
      "10.1.5.1",
      "10.1.5.2",
    ]);
    expect(estate.assets.find(({ address }) => address === "10.1.5.2")?.roles[0]?.reasons[0]).toContain(
      "received backup data on port 2500 from 3 hosts on 7 days",
    );
    expect(estate.windows).toEqual([
      {
        name: "backups to 10.1.5.2, about 22:05",
        days: [1, 2, 3, 4, 5, 6, 7],
        startMinute: 1310,
        endMinute: 1341,
        zone: "UTC",
        source: "inferred",
      },
    ]);
    expect(
      await tables.rows(
        "SELECT way, len(senders) AS senders, runs, regularity, octets, spread, window_start, window_end FROM jobs",
      ),
    ).toEqual([
      {
        way: "to store",
        senders: 3,
        runs: 7,
        regularity: 1,
        octets: 15_000_000,
        spread: 0,
        window_start: 1310,
        window_end: 1341,
      },
    ]);
    expect(
      await tables.rows(
        "SELECT count(*) AS runs, min(octets) AS octets, min(len(senders)) AS senders, min(connections) AS connections FROM job_runs",
      ),
    ).toEqual([{ runs: 7, octets: 15_000_000, senders: 3, connections: 3 }]);
    expect(await tables.rows("SELECT bool_and(in_window) AS inside, count(*) AS n FROM transfers")).toEqual([
      { inside: true, n: 42 },
    ]);
    const rows = await tables.rows("SELECT address, in_estate, internal FROM assets ORDER BY address");
    expect(rows.length).toBe(7);
    expect(await tables.rows("SELECT role FROM asset_roles WHERE address = '10.1.5.2' AND confidence > 0.9")).toEqual([
      { role: "repository" },
    ]);
  });

  it("does not take an intruder's host for estate", async () => {
    await nights(7);
    // One afternoon: reads archives, stages them on a workstation's share, calls the agents and the console once.
    const intruder = "10.1.0.66";
    for (const agent of ["10.1.0.11", "10.1.0.12", "10.1.0.13"])
      await tables.add("conn", connection(day(7, "14:00:00"), intruder, agent, 6160, 900, 700));
    await tables.add("conn", connection(day(7, "14:10:00"), intruder, "10.1.5.1", 9392, 90_000, 70_000));
    const file = {
      "id.orig_h": "10.1.0.67",
      "id.orig_p": 50001,
      "id.resp_h": intruder,
      "id.resp_p": 445,
      path: "\\\\WS66\\out",
      name: "a.vbk",
      outcome: "confirmed",
    };
    await tables.add("smb_operations", {
      ...file,
      ts: day(7, "15:00:00"),
      action: "open",
      create_action: "CREATED",
      size: 0,
    });
    await tables.add("smb_operations", {
      ...file,
      ts: day(7, "15:01:00"),
      action: "transfer",
      bytes_written: 5_000_000,
    });
    await tables.finish();
    const estate = await inferEstate(tables, EMPTY_SCOPE);
    expect(estate.assets.filter(({ inEstate }) => inEstate).map(({ address }) => address)).toEqual([
      "10.1.5.1",
      "10.1.5.2",
    ]);
    for (const role of ["backup-server", "repository", "console"] as const)
      expect(roleOf(estate, intruder, role)).toBeLessThan(0.6);
  });

  it("recognises an archive share in a short capture", async () => {
    const file = {
      "id.orig_h": "10.1.0.67",
      "id.orig_p": 50001,
      "id.resp_h": "10.1.0.9",
      "id.resp_p": 445,
      path: "\\\\NAS01\\bk",
      name: "jobs\\a.VBK",
      outcome: "confirmed",
    };
    await tables.add("conn", connection(day(1, "10:00:00"), "10.1.0.67", "10.1.0.9", 445, 3000, 3000, "smb"));
    await tables.add("smb_operations", {
      ...file,
      ts: day(1, "10:00:01"),
      action: "open",
      create_action: "OPENED",
      size: 900_000,
    });
    await tables.add("smb_mapping", {
      ts: day(1, "10:00:00"),
      "id.orig_h": "10.1.0.67",
      "id.orig_p": 50001,
      "id.resp_h": "10.1.0.9",
      "id.resp_p": 445,
      path: "\\\\NAS01\\bk",
      share_type: "DISK",
      outcome: "confirmed",
    });
    await tables.finish();
    const estate = await inferEstate(tables, EMPTY_SCOPE);
    expect(estate.assets[0]).toMatchObject({ address: "10.1.0.9", name: "NAS01", inEstate: true, internal: true });
  });

  it("lets the scope decide", async () => {
    await nights(7);
    await tables.finish();
    const scope = parseScope(`
site: { networks: [10.1.5.0/24] }
assets:
  - { address: 10.1.5.2, name: REPO, roles: [tape] }
  - { address: 10.1.5.1, estate: false }
  - { network: 10.1.0.0/28, roles: [agent] }
  - { address: 10.9.9.9, roles: [repository] }
  - { address: 10.1.5.99, roles: [repository] }
admin: { sources: [10.1.0.50] }
`);
    const estate = await inferEstate(tables, scope);
    const byAddress = new Map(estate.assets.map((asset) => [asset.address, asset]));
    // Neither was seen: what they are told to be must not wait for their first packet.
    expect(["10.1.5.99", "10.9.9.9"].map((address) => byAddress.get(address)?.internal)).toEqual([true, false]);
    expect(byAddress.get("10.1.5.2")).toMatchObject({
      name: "REPO",
      inEstate: true,
      roles: [{ role: "tape", confidence: 1, source: "scope" }],
    });
    expect(byAddress.get("10.1.5.1")).toMatchObject({ inEstate: false });
    expect(byAddress.get("10.1.0.11")).toMatchObject({ internal: false, roles: [{ role: "agent", source: "scope" }] });
    expect(byAddress.get("10.9.9.9")).toMatchObject({ inEstate: true });
    expect(byAddress.get("10.1.0.50")?.roles[0]).toMatchObject({ role: "jump-host", source: "scope" });
  });

  it("says nothing about empty evidence", async () => {
    expect(await inferEstate(tables, EMPTY_SCOPE)).toEqual({ assets: [], networks: [], windows: [] });
  });
});
