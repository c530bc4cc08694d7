import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { datagram, ethernet, frameBatch, ipv4, ipv6, joined, octetsOf, tcp, udp } from "../../test/net-frames.ts";
import { runNet } from "../../test/net-run.ts";
import { PacketDecoder } from "./decoder.ts";
import { PACKET_FLAG, PACKET_KIND, shardOf, TUNNEL } from "./packet-batch.ts";

const inner = ipv4("192.168.1.1", "192.168.1.2", 17, udp(1111, 2222, octetsOf("inside")));

/** First row of a frame: kind and ports. */
function decoded(octets: Uint8Array, linkType = 1, wire?: number) {
  const frame = wire === undefined ? { octets, at: 0 } : { octets, at: 0, wire };
  const decoder = new PacketDecoder();
  const batch = decoder.decode(frameBatch([frame], linkType));
  const rows = Array.from({ length: batch.count }, (_, row) => ({
    kind: batch.kind[row],
    ports: [batch.srcPort[row], batch.dstPort[row]],
    carries: batch.carries[row],
    level: batch.level[row],
    vlans: [batch.vlan[row], batch.innerVlan[row]],
    captured: batch.payloadCaptured[row],
    length: batch.payloadLength[row],
    flags: batch.flags[row]!,
  }));
  return { rows, counters: decoder.counters };
}

describe("link layers", () => {
  const packet = inner;
  const snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
  const mac = [1, 2, 3, 4, 5, 6];
  const cases: readonly [name: string, linkType: number, octets: Uint8Array][] = [
    ["Ethernet", 1, ethernet(0x0800, packet)],
    ["802.1Q in 802.1Q", 1, ethernet(0x0800, packet, [13, 10])],
    ["802.2 SNAP", 1, joined(mac, mac, [0, 100], snap, packet)],
    ["VN-Tag", 1, ethernet(0x8926, joined([0, 0, 0, 1, 8, 0], packet))],
    ["MPLS", 1, ethernet(0x8847, joined([0, 1, 0x00, 64, 0, 2, 0x01, 64], packet))],
    [
      "MPLS pseudo-wire with control word",
      1,
      ethernet(0x8847, joined([0, 2, 1, 64, 0, 0, 0, 0], ethernet(0x0800, packet))),
    ],
    ["PPPoE", 1, ethernet(0x8864, joined([0x11, 0, 0, 1, 0, packet.length + 2, 0, 0x21], packet))],
    ["provider backbone", 1, ethernet(0x88e7, joined([0, 0, 0, 9], ethernet(0x0800, packet)))],
    ["null, little-endian", 0, joined([2, 0, 0, 0], packet)],
    ["loop", 108, joined([0, 0, 0, 2], packet)],
    ["PPP", 9, joined([0xff, 3, 0, 0x21], packet)],
    ["PPP, compressed", 9, joined([0x21], packet)],
    ["raw", 101, packet],
    ["raw IPv4", 228, packet],
    ["Linux cooked", 113, joined([0, 0, 0, 1, 0, 6, ...mac, 0, 0, 8, 0], packet)],
    ["Linux cooked v2", 276, joined([8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, ...mac, 0, 0], packet)],
    ["NFLOG", 239, joined([2, 0, 0, 1, 8, 0, 5, 0, 1, 2, 3, 4, 4 + packet.length, 0, 9, 0], packet)],
    ["802.11 data", 105, joined([8, 2, 0, 0], mac, mac, mac, [0, 0], snap, packet)],
    [
      "802.11 QoS data behind radiotap",
      127,
      joined([0, 0, 8, 0, 0, 0, 0, 0], [0x88, 2, 0, 0], mac, mac, mac, [0, 0, 0, 0], snap, packet),
    ],
    ["FDDI", 10, joined([0x50], mac, mac, snap, packet)],
  ];
  it.each(cases)("%s", (_, linkType, octets) => {
    const { rows } = decoded(octets, linkType);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ kind: PACKET_KIND.ipv4, ports: [1111, 2222], length: 6, captured: 6 });
  });

  it("keeps VLANs", () => {
    expect(decoded(ethernet(0x0800, inner, [13, 10])).rows[0]).toMatchObject({ vlans: [13, 10] });
  });

  it("names what it does not read", () => {
    const { rows, counters } = decoded(new Uint8Array(40), 195);
    expect(rows).toMatchObject([{ kind: PACKET_KIND.other }]);
    expect([...counters.unsupported]).toEqual([["IEEE 802.15.4 (LINKTYPE 195)", 1]]);
    expect([...decoded(ethernet(0x88cc, new Uint8Array(30))).counters.otherTypes]).toEqual([[0x88cc, 1]]);
  });
});

describe("tunnels", () => {
  const outerUdp = (port: number, payload: Uint8Array) =>
    ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 17, udp(5555, port, payload)));
  const gre = (header: readonly number[], payload: Uint8Array) =>
    ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 47, joined(header, payload)));
  const inside = ethernet(0x0800, inner);
  const cases: readonly [name: string, carries: number, octets: Uint8Array][] = [
    ["IP in IP", TUNNEL.ip, ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 4, inner))],
    ["GRE", TUNNEL.gre, gre([0, 0, 8, 0], inner)],
    ["GRE with key and sequence", TUNNEL.gre, gre([0x30, 0, 8, 0, 0, 0, 0, 7, 0, 0, 0, 1], inner)],
    ["GRE bridging", TUNNEL.gre, gre([0, 0, 0x65, 0x58], inside)],
    ["ERSPAN I", TUNNEL.gre, gre([0, 0, 0x88, 0xbe], inside)],
    ["ERSPAN II", TUNNEL.gre, gre([0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 5, 0, 0, 0, 0], inside)],
    ["ERSPAN III", TUNNEL.gre, gre([0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0], inside)],
    ["VXLAN", TUNNEL.vxlan, outerUdp(4789, joined([8, 0, 0, 0, 0, 0, 9, 0], inside))],
    [
      "GENEVE with an option",
      TUNNEL.geneve,
      outerUdp(6081, joined([1, 0, 0x65, 0x58, 0, 0, 9, 0, 1, 2, 3, 4], inside)),
    ],
    ["GTP-U", TUNNEL.gtp, outerUdp(2152, joined([0x30, 0xff, 0, inner.length, 0, 0, 0, 1], inner))],
    [
      "GTP-U with sequence number",
      TUNNEL.gtp,
      outerUdp(2152, joined([0x32, 0xff, 0, inner.length + 4, 0, 0, 0, 1, 0, 1, 0, 0], inner)),
    ],
  ];
  it.each(cases)("%s", (_, carries, octets) => {
    const { rows } = decoded(octets);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ carries, level: 0 });
    expect(rows[0]!.flags & PACKET_FLAG.carriesIp).not.toBe(0);
    expect(rows[1]).toMatchObject({ ports: [1111, 2222], level: 1, carries: 0, length: 6 });
  });

  it("sees Teredo by its addresses, on any port", () => {
    const teredo = Uint8Array.from([0x20, 1, 0, 0, ...new Array<number>(11).fill(1), 1]);
    const packet = ipv6(teredo, new Uint8Array(16).fill(0x26), 17, udp(7, 8, octetsOf("x")));
    expect(decoded(outerUdp(32900, packet)).rows.map(({ carries }) => carries)).toEqual([TUNNEL.teredo, 0]);
  });

  it("names the connection that carries another, in any shard", () => {
    const frames = [1, 2].map((at) => ({ octets: outerUdp(4789, joined([8, 0, 0, 0, 0, 0, 9, 0], inside)), at }));
    for (const shards of [1, 5]) {
      const run = runNet([frameBatch(frames)], { shards });
      const outer = run.conn.find((row) => row["id.resp_p"] === 4789)!;
      const within = run.conn.find((row) => row["id.resp_p"] === 2222)!;
      expect(within["tunnel_parents"]).toEqual([outer["uid"]]);
      expect(outer).toMatchObject({ service: "vxlan", orig_pkts: 2 });
      expect(run.tunnel.map((row) => [row["uid"], row["action"], row["network"]])).toEqual([
        [outer["uid"], "Tunnel::DISCOVER", 9],
        [outer["uid"], "Tunnel::CLOSE", 9],
      ]);
    }
  });

  it("stops at the depth it is given, and counts the rest", () => {
    let packet = inner;
    for (let i = 0; i < 9; i++) packet = ipv4("10.0.0.1", "10.0.0.2", 4, packet);
    const decoder = new PacketDecoder({ tunnelDepth: 3 });
    const batch = decoder.decode(frameBatch([{ octets: ethernet(0x0800, packet), at: 0 }]));
    expect(batch.count).toBe(4);
    expect(decoder.counters.tooDeep).toBe(1);
    expect(batch.strays).toMatchObject([{ name: "exceeded_tunnel_max_depth_in_tunnel", source: "IPTUNNEL" }]);
  });
});

describe("fragments", () => {
  const whole = udp(1111, 2222, octetsOf("0123456789".repeat(10)));
  const part = (from: number, to: number, more: boolean, payload = whole) => {
    return ethernet(
      0x0800,
      ipv4("10.0.0.1", "10.0.0.2", 17, payload.subarray(from, to), 9, (more ? 0x2000 : 0) | (from / 8)),
    );
  };
  const text = "0123456789".repeat(10);
  const orders = [
    [part(0, 40, true), part(40, 80, true), part(80, 108, false)],
    [part(80, 108, false), part(0, 40, true), part(40, 80, true)],
    [part(40, 80, true), part(0, 48, true), part(40, 108, false)],
  ];
  it.each(orders.map((order, i) => [i, order] as const))("puts a datagram together, order %i", (_, order) => {
    const frames = order.map((octets, i) => ({ octets, at: i }));
    const run = runNet([frameBatch(frames)]);
    expect([...run.streams.values()]).toEqual([{ orig: text, resp: "" }]);
    expect(run.conn[0]).toMatchObject({ orig_pkts: 1, orig_ip_bytes: 128 });
  });

  it("names the earlier frames of a datagram", () => {
    const decoder = new PacketDecoder();
    const first = decoder.decode(frameBatch(orders[0]!.slice(0, 2).map((octets, at) => ({ octets, at }))));
    const second = decoder.decode(frameBatch([{ octets: orders[0]![2]!, at: 2 }], 1, 2));
    expect(first.parts).toEqual([]);
    expect(second.parts.map(({ row, ordinal }) => [row, ordinal])).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });

  it("keeps what came first and counts contradictions", () => {
    const liar = whole.slice();
    liar.fill(0x21, 50, 60);
    const frames = [part(0, 64, true), part(48, 108, false, liar)].map((octets, at) => ({ octets, at }));
    const run = runNet([frameBatch(frames)]);
    expect([...run.streams.values()][0]!.orig).toBe(text);
    expect(run.decoder.counters.fragmentContradictions).toBe(1);
  });

  it("gives up what stays incomplete", () => {
    const late = [part(0, 40, true), part(40, 108, false)].map((octets, i) => ({ octets, at: i * 61 }));
    const run = runNet([frameBatch(late)]);
    expect(run.streams.size).toBe(0);
    expect(run.decoder.counters).toMatchObject({ fragmentsExpired: 1, fragmentsPending: 1 });
    const flood = Array.from({ length: 50 }, (_, id) => ({
      octets: ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 17, whole.subarray(0, 40), id, 0x2000)),
      at: 0,
    }));
    const limits = { datagrams: 10, octets: 1e6, timeoutNs: 60e9 };
    const { counters } = runNet([frameBatch(flood)], { decoder: { fragments: limits } }).decoder;
    expect(counters).toMatchObject({ fragmentsDropped: 40, fragmentsPending: 10 });
  });

  it("counts the lists of parts among what it holds", () => {
    const parts = Array.from({ length: 200 }, (_, i) => ({
      octets: ethernet(0x0800, ipv4("10.0.0.1", "10.0.0.2", 17, whole.subarray(0, 8), 7, 0x2000 | (2 * i))),
      at: 0,
    }));
    const counted = (octets: number) =>
      runNet([frameBatch(parts)], { decoder: { fragments: { datagrams: 10, octets, timeoutNs: 60e9 } } }).decoder
        .counters;
    // 4,096 octets of a buffer, 200 frames and 200 ranges.
    expect(counted(8000).fragmentsDropped).toBe(1);
    expect(counted(9500)).toMatchObject({ fragmentsDropped: 0, fragmentsPending: 1 });
  });
});

describe("checksums", () => {
  const good = datagram("10.0.0.1:1", "10.0.0.2:2", "x");
  const damaged = good.slice();
  damaged[14 + 8] = 1; // time to live
  it("are looked at only on request", () => {
    expect(runNet([frameBatch([{ octets: damaged, at: 0 }])]).conn).toHaveLength(1);
    expect(
      runNet([frameBatch([{ octets: damaged, at: 0 }])], { decoder: { verifyChecksums: true } }).conn,
    ).toHaveLength(0);
  });
  it("tell of a mobility header (RFC 6275 6.1.1) whose own does not fit", () => {
    const header = joined([59, 1, 1, 0, 0, 0, 0, 0], new Uint8Array(8));
    const names = [0, 0xab4f].map((sum) => {
      const packet = ipv6(new Uint8Array(16).fill(1), new Uint8Array(16).fill(2), 135, header);
      new DataView(packet.buffer, packet.byteOffset).setUint16(40 + 4, sum);
      const batch = frameBatch([{ octets: ethernet(0x86dd, packet), at: 0 }]);
      return runNet([batch], { decoder: { verifyChecksums: true } }).weird.map((row) => row["name"]);
    });
    expect(names).toEqual([["bad_MH_checksum"], []]);
  });
  it("mark a segment as Zeek does", () => {
    const segment = tcp({ from: "10.0.0.1:1000", to: "10.0.0.2:2000", seq: 1, flags: "S" });
    const run = runNet([frameBatch([{ octets: segment, at: 0 }])], { decoder: { verifyChecksums: true } });
    expect(run.conn[0]).toMatchObject({ history: "C", orig_pkts: 0, conn_state: "OTH" });
  });
});

describe("any octets", () => {
  const linkTypes = fc.constantFrom(0, 1, 9, 10, 12, 50, 51, 101, 104, 105, 108, 113, 127, 204, 228, 229, 239, 276);
  const seeds = [
    ethernet(0x0800, inner, [5]),
    tcp({ from: "10.0.0.1:1", to: "10.0.0.2:2", seq: 1, flags: "PA", payload: "abc" }),
    ethernet(
      0x0800,
      ipv4("10.0.0.1", "10.0.0.2", 17, udp(9, 4789, joined([8, 0, 0, 0, 0, 0, 9, 0], ethernet(0x0800, inner)))),
    ),
    ethernet(
      0x86dd,
      ipv6(
        new Uint8Array(16),
        new Uint8Array(16),
        0,
        joined([44, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 1], udp(1, 2, octetsOf("abcdefgh"))),
      ),
    ),
  ];
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc
      .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }), fc.nat(120))
      .map(([seed, changes, cut]) => {
        const bytes = seed.slice(0, Math.max(1, seed.length - (cut > 60 ? 0 : cut)));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      }),
  );
  it("are decoded and tracked without an exception", () => {
    fc.assert(
      fc.property(
        fc.array(octets, { minLength: 1, maxLength: 8 }),
        linkTypes,
        fc.boolean(),
        (frames, linkType, verify) => {
          const batch = frameBatch(
            frames.map((bytes, i) => ({ octets: bytes, at: i, wire: bytes.length + (i % 3) * 50 })),
            linkType,
          );
          const run = runNet([batch], { decoder: { verifyChecksums: verify } });
          expect(run.decoder.counters.frames).toBe(frames.length);
        },
      ),
      { numRuns: 400 },
    );
  });
  it("cut short anywhere, are still a frame", () => {
    for (const seed of seeds) {
      for (let end = 0; end < seed.length; end++) {
        expect(decoded(seed.subarray(0, end), 1, seed.length).rows.length).toBeLessThanOrEqual(3);
      }
    }
  });
});

describe("host pairs", () => {
  it("have one hash for both directions, and a shard each", () => {
    const frames = [datagram("10.0.0.1:1", "10.0.0.2:2", "x"), datagram("10.0.0.2:2", "10.0.0.1:1", "y")];
    const batch = new PacketDecoder().decode(frameBatch(frames.map((octets, at) => ({ octets, at }))));
    expect(batch.pairHash[0]).toBe(batch.pairHash[1]);
    for (const shards of [1, 2, 3, 8]) {
      const shard = shardOf(batch.pairHash[0]!, shards);
      expect(shard >= 0 && shard < shards).toBe(true);
    }
    expect(shardOf(0xffffffff, 8)).toBe(7);
  });
});
