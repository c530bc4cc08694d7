import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TimedFrame } from "../../test/net-frames.ts";
import { datagram, ethernet, frameBatch, frameBatches, ipv4, joined, tcp } from "../../test/net-frames.ts";
import { runNet, sortedRows } from "../../test/net-run.ts";

const A = "10.0.0.1:40000";
const B = "10.0.0.2:445";

/** Frames at intervals of 10 ms. */
function timed(...frames: readonly Uint8Array[]): TimedFrame[] {
  return frames.map((octets, i) => ({ octets, at: i * 0.01 }));
}

const handshake = [
  tcp({ from: A, to: B, seq: 100, flags: "S" }),
  tcp({ from: B, to: A, seq: 500, ack: 101, flags: "SA" }),
  tcp({ from: A, to: B, seq: 101, ack: 501, flags: "A" }),
];

describe("TCP", () => {
  it("follows a connection from SYN to FIN", () => {
    const frames = timed(
      ...handshake,
      tcp({ from: A, to: B, seq: 101, ack: 501, flags: "PA", payload: "hello" }),
      tcp({ from: B, to: A, seq: 501, ack: 106, flags: "PA", payload: "world!" }),
      tcp({ from: A, to: B, seq: 106, ack: 507, flags: "FA" }),
      tcp({ from: B, to: A, seq: 507, ack: 107, flags: "FA" }),
      tcp({ from: A, to: B, seq: 107, ack: 508, flags: "A" }),
    );
    const run = runNet([frameBatch(frames)]);
    expect(run.conn).toHaveLength(1);
    expect(run.conn[0]).toMatchObject({
      ...{ "id.orig_h": "10.0.0.1", "id.orig_p": 40000, "id.resp_h": "10.0.0.2", "id.resp_p": 445, n: 0 },
      ...{ proto: "tcp", conn_state: "SF", history: "ShADdFf", orig_bytes: 5, resp_bytes: 6, missed_bytes: 0 },
      // The last ACK comes after both sides have closed and does not count for the duration.
      ...{ duration: 60_000_000, orig_pkts: 5, orig_ip_bytes: 205, resp_pkts: 3, resp_ip_bytes: 126, ip_proto: 6 },
      ...{ local_orig: true, saw_start: true, frame: 1, last_frame: 8, orig_l2_addr: "02:00:00:00:00:02" },
    });
    expect([...run.streams.values()]).toEqual([{ orig: "hello", resp: "world!" }]);
    expect(new Set(run.sessions[0])).toEqual(new Set([0]));
    expect(run.closedAt).toEqual([7, 8]);
  });

  it("tells that all was said once both sides have closed and nothing that they said is missing", () => {
    const fin = (seq: number) => tcp({ from: A, to: B, seq, ack: 501, flags: "FA" });
    const closing = tcp({ from: B, to: A, seq: 501, ack: 101, flags: "FA" });
    const data = (seq: number, payload: string) => tcp({ from: A, to: B, seq, ack: 502, flags: "PA", payload });
    const late = runNet([frameBatch(timed(...handshake, closing, fin(107), data(104, "def"), data(101, "abc")))]);
    expect(late.closedAt).toEqual([7, 7]);
    expect([...late.streams.values()][0]!.orig).toBe("abcdef");
    // What somebody says beyond his end is passed on all the same.
    const beyond = runNet([frameBatch(timed(...handshake, closing, fin(101), data(101, "abc")))]);
    expect(beyond.closedAt).toEqual([5, 6]);
    expect([...beyond.streams.values()][0]!.orig).toBe("abc");
    // A FIN behind octets that were given on ends nothing: its side goes on.
    const answer = (seq: number) => tcp({ from: B, to: A, seq, ack: 102, flags: "PA", payload: "more" });
    const stale = tcp({ from: B, to: A, seq: 501, ack: 101, flags: "FA" });
    const goesOn = runNet([frameBatch(timed(...handshake, answer(501), stale, fin(101), answer(505)))]);
    expect(goesOn.closedAt.every((packet) => packet >= 7)).toBe(true);
    expect([...goesOn.streams.values()][0]!.resp).toBe("moremore");
    const reset = timed(...handshake, closing, tcp({ from: A, to: B, seq: 101, flags: "R" }));
    expect(runNet([frameBatch(reset)]).closedAt).toEqual([5]);
  });

  it("names unanswered, rejected and reset connections", () => {
    const states = (...frames: readonly Uint8Array[]) =>
      runNet([frameBatch(timed(...frames))]).conn.map((row) => [row["conn_state"], row["history"]]);
    expect(states(handshake[0]!)).toEqual([["S0", "S"]]);
    expect(states(...handshake.slice(0, 2))).toEqual([["S1", "Sh"]]);
    const refusal = tcp({ from: B, to: A, seq: 0, ack: 101, flags: "RA" });
    expect(states(handshake[0]!, refusal)).toEqual([["REJ", "Sr"]]);
    // A further SYN after the rejection is a connection of its own.
    expect(states(handshake[0]!, refusal, handshake[0]!, refusal)).toEqual([
      ["REJ", "Sr"],
      ["REJ", "Sr"],
    ]);
    expect(states(...handshake, tcp({ from: A, to: B, seq: 101, flags: "R" }))).toEqual([["RSTO", "ShAR"]]);
    expect(states(...handshake, tcp({ from: B, to: A, seq: 501, ack: 101, flags: "RA" }))).toEqual([["RSTR", "ShAr"]]);
  });

  it("takes the likely server for the responder in mid-stream", () => {
    const frames = timed(tcp({ from: B, to: A, seq: 7, ack: 9, flags: "PA", payload: "data" }));
    const [row] = runNet([frameBatch(frames)]).conn;
    expect(row).toMatchObject({ "id.orig_h": "10.0.0.1", history: "^d", conn_state: "OTH", saw_start: false });
  });

  it("puts segments in order, and says where octets are missing", () => {
    const data = (seq: number, payload: string) => tcp({ from: A, to: B, seq, ack: 501, flags: "PA", payload });
    const disorder = timed(...handshake, data(104, "def"), data(107, "ghi"), data(101, "abc"));
    expect([...runNet([frameBatch(disorder)]).streams.values()][0]!.orig).toBe("abcdefghi");

    const hole = timed(...handshake, data(104, "def"), tcp({ from: B, to: A, seq: 501, ack: 107, flags: "A" }));
    const run = runNet([frameBatch(hole)]);
    expect([...run.streams.values()][0]!.orig).toBe("<3>def");
    expect(run.conn[0]).toMatchObject({ missed_bytes: 3, history: "ShADaG" });

    const open = timed(...handshake, data(101, "abc"), data(107, "ghi"));
    expect([...runNet([frameBatch(open)]).streams.values()][0]!.orig).toBe("abc<3>ghi");
  });

  it("keeps the octets that came first where segments overlap, and says so", () => {
    const data = (seq: number, payload: string) => tcp({ from: A, to: B, seq, ack: 501, flags: "PA", payload });
    const run = runNet([frameBatch(timed(...handshake, data(105, "EFGH"), data(103, "cdef"), data(101, "ab")))]);
    expect([...run.streams.values()][0]!.orig).toBe("abcdEFGH");
    expect(run.weird.map((row) => row["name"])).toContain("rexmit_inconsistency");
  });

  it("follows sequence numbers over their wrap", () => {
    const start = 0xfffffff0;
    const frames = timed(
      tcp({ from: A, to: B, seq: start, flags: "S" }),
      tcp({ from: B, to: A, seq: 500, ack: start + 1, flags: "SA" }),
      ...[0, 1, 2, 3].map((i) =>
        tcp({ from: A, to: B, seq: start + 1 + i * 10, ack: 501, flags: "PA", payload: `${i}`.repeat(10) }),
      ),
    );
    const run = runNet([frameBatch(frames)]);
    expect([...run.streams.values()][0]!.orig).toBe("0".repeat(10) + "1".repeat(10) + "2".repeat(10) + "3".repeat(10));
    expect(run.conn[0]).toMatchObject({ orig_bytes: 40, history: "ShD" });
  });

  it("hands on what a snap length left, and a gap for the rest", () => {
    const whole = tcp({ from: A, to: B, seq: 101, ack: 501, flags: "PA", payload: "0123456789" });
    const next = tcp({ from: A, to: B, seq: 111, ack: 501, flags: "PA", payload: "abc" });
    const frames = [
      ...timed(...handshake),
      { octets: whole.subarray(0, whole.length - 6), at: 1, wire: whole.length },
      { octets: next, at: 2 },
    ];
    const run = runNet([frameBatch(frames)]);
    expect([...run.streams.values()][0]!.orig).toBe("0123<6>abc");
    expect(run.conn[0]).toMatchObject({ cut_bytes: 6, orig_bytes: 13 });
  });

  it("counts mirror copies apart, and delivers their octets once", () => {
    const copy = tcp({ from: A, to: B, seq: 101, ack: 501, flags: "PA", payload: "once", id: 77 });
    const frames = [...timed(...handshake), { octets: copy, at: 1 }, { octets: copy, at: 1.0002 }];
    const run = runNet([frameBatch(frames)]);
    expect([...run.streams.values()][0]!.orig).toBe("once");
    expect(run.conn[0]).toMatchObject({ duplicate_pkts: 1, orig_pkts: 4 });
    const again = tcp({ from: A, to: B, seq: 101, ack: 501, flags: "PA", payload: "once", id: 78 });
    const retransmitted = [...timed(...handshake), { octets: copy, at: 1 }, { octets: again, at: 1.0002 }];
    expect(runNet([frameBatch(retransmitted)]).conn[0]).toMatchObject({ duplicate_pkts: 0, history: "ShADT" });
  });

  it("hands on copies of a datagram where they are to be kept, and counts them all the same", () => {
    const frame = datagram("10.0.0.1:5000", "10.0.0.2:5001", "ask", 77);
    const batch = () => [
      frameBatch([
        { octets: frame, at: 1 },
        { octets: frame, at: 1.0002 },
      ]),
    ];
    const streams = [false, true].map((keepDuplicates) => {
      const run = runNet(batch(), { tracker: { keepDuplicates } });
      expect(run.conn[0]).toMatchObject({ duplicate_pkts: 1, orig_pkts: 2 });
      return [...run.streams.values()][0]!.orig;
    });
    expect(streams).toEqual(["ask", "askask"]);
  });

  it("swaps roles when a SYN-ACK overtook its SYN", () => {
    const frames = timed(
      tcp({ from: "10.0.0.2:9999", to: A, seq: 500, ack: 101, flags: "SA" }),
      tcp({ from: A, to: "10.0.0.2:9999", seq: 100, flags: "S" }),
      tcp({ from: A, to: "10.0.0.2:9999", seq: 101, ack: 501, flags: "A" }),
    );
    expect(runNet([frameBatch(frames)]).conn[0]).toMatchObject({ "id.orig_h": "10.0.0.1", conn_state: "S1" });
  });

  it("gives back the stream whatever its segmentation, order and repetition", () => {
    const stream = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 200 });
    const pieces = fc.array(fc.tuple(fc.nat(199), fc.integer({ min: 1, max: 60 })), { maxLength: 30 });
    fc.assert(
      fc.property(stream, pieces, fc.integer({ min: 0, max: 0xfffffffe }), (text, extra, start) => {
        const all = [...extra, ...Array.from({ length: Math.ceil(text.length / 7) }, (_, i) => [i * 7, 7] as const)];
        const frames = timed(
          tcp({ from: A, to: B, seq: start, flags: "S" }),
          tcp({ from: B, to: A, seq: 500, ack: start + 1, flags: "SA" }),
          ...all
            .filter(([at]) => at < text.length)
            .map(([at, octets]) =>
              tcp({ from: A, to: B, seq: start + 1 + at, ack: 501, flags: "PA", payload: text.slice(at, at + octets) }),
            ),
        );
        const run = runNet([frameBatch(frames)]);
        expect([...run.streams.values()][0]!.orig).toBe(text);
        expect(run.conn[0]).toMatchObject({ orig_bytes: text.length });
      }),
    );
  });
});

describe("other transports", () => {
  it("ends UDP after a minute of silence", () => {
    const ask = datagram("10.0.0.1:5000", "10.0.0.9:7000", "ask");
    const answer = datagram("10.0.0.9:7000", "10.0.0.1:5000", "answer");
    const run = runNet([frameBatch([0, 1, 60.5, 120.6].map((at, i) => ({ octets: i === 1 ? answer : ask, at })))]);
    expect(run.conn.map((row) => [row["conn_state"], row["history"], row["orig_bytes"], row["resp_bytes"]])).toEqual([
      ["SF", "Dd", 6, 6],
      ["S0", "D", null, null],
    ]);
  });

  it("pairs ICMP requests with replies", () => {
    const icmp = (from: string, to: string, type: number) =>
      ethernet(0x0800, ipv4(from, to, 1, joined([type, 0, 0, 0, 0, 1, 0, 1], [1, 2, 3, 4])));
    const frames = timed(icmp("10.0.0.1", "10.0.0.2", 8), icmp("10.0.0.2", "10.0.0.1", 0));
    const run = runNet([frameBatch(frames)]);
    expect(run.conn).toHaveLength(1);
    expect(run.conn[0]).toMatchObject({ "id.orig_p": 8, "id.resp_p": 0, proto: "icmp", orig_bytes: 4, resp_bytes: 4 });
  });

  it("logs other IP protocols without ports", () => {
    const frames = timed(ethernet(0x0800, ipv4("10.0.0.1", "224.0.0.22", 2, new Uint8Array(8))));
    expect(runNet([frameBatch(frames)]).conn[0]).toMatchObject({
      proto: "unknown_transport",
      ip_proto: 2,
      "id.orig_p": 0,
    });
  });
});

describe("whatever the workers and batches", () => {
  const traffic = fc.array(
    fc.record({
      host: fc.nat(5),
      port: fc.nat(2),
      reply: fc.boolean(),
      flags: fc.constantFrom("S", "SA", "A", "PA", "FA", "R", "RA"),
      seq: fc.nat(40),
      ack: fc.nat(40),
      octets: fc.nat(12),
      pause: fc.constantFrom(0, 0.0001, 0.3, 6, 61, 400, -3),
      isUdp: fc.boolean(),
    }),
    { maxLength: 120 },
  );

  it("writes the same records", () => {
    fc.assert(
      fc.property(traffic, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 2, max: 4 }), (packets, size, shards) => {
        let at = 0;
        const frames = packets.map((packet) => {
          at += packet.pause;
          const client = `10.0.0.${packet.host}:${4000 + packet.port}`;
          const server = "10.0.1.1:445";
          const [from, to] = packet.reply ? [server, client] : [client, server];
          const payload = "x".repeat(packet.octets);
          const octets = packet.isUdp
            ? datagram(from, to, payload)
            : tcp({ from, to, seq: packet.seq, ack: packet.ack, flags: packet.flags, payload });
          return { octets, at: Math.max(at, 0) };
        });
        const decoder = { sweepFrames: 16 };
        const one = runNet([frameBatch(frames)], { decoder });
        const many = runNet(frameBatches(frames, size), { decoder, shards });
        expect(sortedRows(many)).toEqual(sortedRows(one));
        expect([...many.streams].sort()).toEqual([...one.streams].sort());
        expect(many.sessions.flatMap((keys) => [...keys])).toEqual(one.sessions.flatMap((keys) => [...keys]));
      }),
      { numRuns: 60 },
    );
  });

  it("counts what a segment of one octet takes while it waits, and forgets it with its connection", () => {
    const from = (client: number) => `10.0.1.${client}:40000`;
    const early = (client: number, i: number) =>
      tcp({ from: from(client), to: B, seq: 111 + 2 * i, ack: 501, flags: "PA", payload: "x" });
    const clients = Array.from({ length: 10 }, (_, client) => client);
    const opened = clients.flatMap((client) => [
      tcp({ from: from(client), to: B, seq: 100, flags: "S" }),
      tcp({ from: B, to: from(client), seq: 500, ack: 101, flags: "SA" }),
    ]);
    const segments = Array.from({ length: 40 }, (_, i) => clients.map((client) => early(client, i))).flat();
    const maxHeldOctets = 20_000;
    const run = runNet([frameBatch(timed(...opened, ...segments))], { tracker: { maxHeldOctets } });
    const { counters } = run.trackers[0]!;
    // 80 blocks of 257 octets are more than 20,000: the holes of the rest are given up as they come.
    expect(counters.holesForced).toBeGreaterThan(100);
    expect(counters.heldOctets).toBe(0);
    for (const { orig } of run.streams.values()) expect(orig).toBe(`<10>${Array(40).fill("x").join("<1>")}`);
    const roomy = runNet([frameBatch(timed(...opened, ...segments))]);
    expect(roomy.trackers[0]!.counters).toMatchObject({ holesForced: 0, heldOctets: 0 });
    expect([...roomy.streams.values()]).toEqual([...run.streams.values()]);
  });

  it("holds no more connections than it may", () => {
    const frames = Array.from({ length: 500 }, (_, i) => ({
      octets: datagram(`10.1.${i >> 8}.${i & 255}:1000`, "10.0.0.1:2000", "x"),
      at: i / 1000,
    }));
    const run = runNet([frameBatch(frames)], { tracker: { maxConnections: 100 } });
    expect(run.conn).toHaveLength(500);
    expect(run.trackers[0]!.counters.evicted).toBeGreaterThan(0);
  });
});
