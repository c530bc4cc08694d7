import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, TRIAL_START, probe } from "../../../test/analyzer-harness.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { releaseValue } from "../pair.ts";
import { dhcp } from "./dhcp.ts";
import { readDhcpMessage } from "./message.ts";

const ON_PORT = { carrier: "udp", respPort: 67, onPort: true } as const;
const MAC = [0x90, 0xb1, 0x1c, 0x99, 0x49, 0x29];

interface Parts {
  reply?: boolean;
  xid?: number;
  yiaddr?: number[];
  giaddr?: number[];
  options?: [code: number, data: number[]][];
}

/** A message as RFC 2131 2 lays it out. */
function message({ reply = false, xid = 1984, yiaddr, giaddr, options = [] }: Parts): Uint8Array {
  const octets = new Uint8Array(240);
  octets.set([reply ? 2 : 1, 1, 6, 0, xid >>> 24, (xid >> 16) & 255, (xid >> 8) & 255, xid & 255]);
  octets.set(yiaddr ?? [0, 0, 0, 0], 16);
  octets.set(giaddr ?? [0, 0, 0, 0], 24);
  octets.set(MAC, 28);
  octets.set([0x63, 0x82, 0x53, 0x63], 236);
  const all = options.flatMap(([code, data]) => [code, data.length, ...data]);
  return Uint8Array.from([...octets, ...all, 255]);
}

const text = (value: string): number[] => [...Buffer.from(value, "latin1")];

const DISCOVER = message({
  options: [
    [53, [1]],
    [12, text("btest.is.cool")],
    [50, [10, 0, 0, 9]],
    [55, [1, 3, 6]],
    [60, text("MSFT 5.0")],
  ],
});
const OFFER = message({
  reply: true,
  yiaddr: [10, 0, 0, 9],
  options: [
    [53, [2]],
    [54, [10, 0, 0, 1]],
    [51, [0, 0, 3, 132]],
    [15, text("corp.example\0")],
    [6, [10, 0, 0, 1, 10, 0, 0, 2]],
  ],
});

function broadcast(pair: Map<string, unknown>): Trial {
  const ends = { origH: "0.0.0.0", origP: 68, respH: "255.255.255.255", respP: 67 };
  return new Trial(dhcp, { carrier: "udp", uid: "CBroadcast", pair, ...ends });
}
function unicast(pair: Map<string, unknown>): Trial {
  const ends = { origH: "10.0.0.9", origP: 68, respH: "10.0.0.1", respP: 67 };
  return new Trial(dhcp, { carrier: "udp", uid: "CUnicast", pair, ...ends });
}
const at = (milliseconds: number) => ({
  ts: TRIAL_START + BigInt(milliseconds) * 1_000_000n,
  capture: 1,
  frame: milliseconds + 1,
});

describe("dhcp", () => {
  it("joins messages of one identifier over connections", () => {
    const pair = new Map<string, unknown>();
    const [client, server] = [broadcast(pair), unicast(pair)];
    client.send(true, DISCOVER, at(0));
    server.send(false, OFFER, at(20));
    expect(client.rows).toEqual([]);
    server.close();
    client.close();
    expect(client.rows).toHaveLength(1);
    expect(server.rows).toEqual([]);
    expect(client.rows[0]!.row).toMatchObject({
      uids: ["CBroadcast", "CUnicast"],
      client_addr: "10.0.0.9",
      server_addr: "10.0.0.1",
      mac: "90:b1:1c:99:49:29",
      host_name: "btest.is.cool",
      domain: "corp.example",
      requested_addr: "10.0.0.9",
      assigned_addr: "10.0.0.9",
      lease_time: 900e9,
      msg_types: ["DISCOVER", "OFFER"],
      duration: 20e6,
      servers: ["10.0.0.1"],
      dns_servers: ["10.0.0.1", "10.0.0.2"],
      vendor_class: "MSFT 5.0",
      param_list: [1, 3, 6],
    });
  });

  it("begins a new transaction after a silence, and one that lasts too long", () => {
    const client = broadcast(new Map());
    for (const second of [0, 4, 8, 30]) client.send(true, DISCOVER, at(second * 1000));
    expect(client.table("dhcp").map((row) => row["msg_types"])).toEqual([["DISCOVER", "DISCOVER", "DISCOVER"]]);
    for (const second of [34, 38, 42, 46, 50, 54, 58, 62, 66]) client.send(true, DISCOVER, at(second * 1000));
    client.close();
    expect(client.table("dhcp").map((row) => row["duration"])).toEqual([8e9, 32e9, 0]);
  });

  it("writes a transaction early when it has fifty messages", () => {
    const client = broadcast(new Map());
    for (let i = 0; i < 60; i++) client.send(true, DISCOVER);
    client.close();
    expect(client.table("dhcp").map((row) => (row["msg_types"] as string[]).length)).toEqual([50, 10]);
  });

  it("keeps a bounded number of transactions in a flood of identifiers", () => {
    const client = broadcast(new Map());
    for (let xid = 0; xid < 20_010; xid++) client.send(true, message({ xid, options: [[53, [1]]] }), at(0));
    expect(client.rows).toHaveLength(10);
  });

  it("writes what is under way when the hosts share it no longer", () => {
    const client = broadcast(new Map());
    for (let xid = 0; xid < 10; xid++) client.send(true, message({ xid, options: [[53, [1]]] }), at(0));
    const { pair } = client.conn;
    expect(pair.carried).toBeGreaterThan(10_000);
    for (const value of pair.values()) releaseValue(value);
    expect(client.rows).toHaveLength(10);
    expect(client.forgotten.get("DHCP transaction")).toBe(10);
    expect(pair.carried).toBe(0);
  });

  it("tells messages from others", () => {
    expect(probe(dhcp, DISCOVER, ON_PORT)).toBe("yes");
    expect(probe(dhcp, DISCOVER, { carrier: "udp", respPort: 6767 })).toBe("yes");
    expect(probe(dhcp, message({}), { carrier: "udp", respPort: 6767 })).toBe("no");
    expect(probe(dhcp, DISCOVER.subarray(0, 200), ON_PORT)).toBe("no");
  });

  it("takes messages cut anywhere, and any octets", () => {
    for (let length = 0; length < OFFER.length; length++) {
      const trial = unicast(new Map());
      trial.send(false, OFFER.subarray(0, length));
      trial.close();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
        const bytes = Uint8Array.from([...OFFER.subarray(0, 240), ...tail]);
        const r = new ByteReader(bytes);
        expect(readDhcpMessage(r)).not.toBeNull();
        expect(r.pos).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
