import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { PREFACE } from "./frames.ts";
import { HpackDecoder } from "./hpack.ts";
import { http2 } from "./http2.ts";

function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** RFC 7541 C.4.1 to C.4.3: three requests on one connection, Huffman-coded. */
const REQUESTS = [
  hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"),
  hex("8286 84be 5886 a8eb 1064 9cbf"),
  hex("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"),
];
/** RFC 7541 C.6.1: a response with a table of 256 octets. */
const RESPONSE = hex(`
  4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8
  e9ae 82ae 43d3`);

const CLIENT = Buffer.concat([
  Buffer.from(PREFACE, "latin1"),
  frame(4, 0, 0, hex("0003 0000 0064")),
  // Padded, with a priority, in two frames.
  frame(1, 0x28, 1, Buffer.concat([hex("02 00000000 10"), REQUESTS[0]!.subarray(0, 5), hex("0000")])),
  frame(9, 0x4, 1, REQUESTS[0]!.subarray(5)),
  frame(0, 0x9, 1, Buffer.concat([hex("03"), Buffer.from("upload"), hex("000000")])),
  frame(1, 0x5, 3, REQUESTS[1]),
  frame(1, 0x5, 5, REQUESTS[2]),
  frame(3, 0, 5, hex("00000008")),
]);
const SERVER = Buffer.concat([
  frame(4, 0, 0),
  frame(1, 0x4, 1, hex("88")),
  frame(0, 0x0, 1, Buffer.from("<html>")),
  frame(0, 0x1, 1, Buffer.from("</html>")),
  frame(1, 0x4, 3, hex("0803313033")),
  frame(1, 0x5, 3, RESPONSE),
  frame(7, 0, 0, hex("00000005 00000000")),
]);

function play(size: number): Trial {
  const trial = new Trial(http2);
  trial.sendInPieces(true, CLIENT, size);
  trial.sendInPieces(false, SERVER, size);
  trial.close();
  return trial;
}

describe("header blocks", () => {
  it("unpack as RFC 7541 C.4 says", () => {
    const decoder = new HpackDecoder();
    const fields = REQUESTS.map((block) =>
      decoder.decode(new ByteReader(block))!.map(({ name, value }) => `${name}: ${value}`),
    );
    const common = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
    expect(fields).toEqual([
      common,
      [...common, "cache-control: no-cache"],
      [
        ":method: GET",
        ":scheme: https",
        ":path: /index.html",
        ":authority: www.example.com",
        "custom-key: custom-value",
      ],
    ]);
  });

  it("may be anything, cut short anywhere", () => {
    for (const block of [...REQUESTS, RESPONSE]) {
      for (let end = 0; end < block.length; end++) new HpackDecoder().decode(new ByteReader(block.slice(0, end)));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void new HpackDecoder().decode(new ByteReader(bytes))),
    );
  });

  it("do not unpack without end", () => {
    // An entry of 4,000 octets, named again by each octet that follows.
    const entry = Buffer.concat([hex("40 01 61 7f 9d1e"), Buffer.alloc(3997, 0x62)]);
    const block = Buffer.concat([entry, Buffer.alloc(60_000, 0xbe)]);
    expect(new HpackDecoder().decode(new ByteReader(block))).toBeNull();
  });
});

describe("a connection", () => {
  it("gives a row for each stream, however the octets are cut", () => {
    for (const size of [1, 7, 1 << 16]) {
      const trial = play(size);
      expect(trial.weirds).toEqual([]);
      expect(trial.confirmed).toBeGreaterThan(0);
      const rows = trial.table("http");
      expect(rows.map((row) => [row["stream"], row["method"], row["host"], row["uri"], row["status_code"]])).toEqual(
        expect.arrayContaining([
          [1, "GET", "www.example.com", "/", 200],
          [3, "GET", "www.example.com", "/", 302],
          [5, "GET", "www.example.com", "/index.html", null],
        ]),
      );
      expect(rows.find((row) => row["stream"] === 1)).toMatchObject({
        version: "2",
        trans_depth: 1,
        request_body_len: 6,
        response_body_len: 13,
      });
      expect(rows.find((row) => row["stream"] === 3)).toMatchObject({
        info_code: 103,
        location: "https://www.example.com",
      });
      expect(rows.find((row) => row["stream"] === 5)!["reset"]).toBe("client: CANCEL");
    }
  });

  it("counts what a gap inside data hides, and stops behind a gap elsewhere", () => {
    const trial = new Trial(http2);
    trial.send(true, CLIENT);
    trial.send(
      false,
      Buffer.concat([frame(4, 0, 0), frame(1, 0x4, 1, hex("88")), frame(0, 1, 1, Buffer.alloc(50)).subarray(0, 20)]),
    );
    trial.gap(39, false);
    trial.close();
    expect(trial.table("http").find((row) => row["stream"] === 1)!["response_body_len"]).toBe(50);
    expect(trial.weirds).toEqual([]);
    const other = new Trial(http2);
    other.send(true, CLIENT.subarray(0, 60));
    other.gap(10, true);
    other.send(true, CLIENT.subarray(70));
    other.close();
    expect(other.weirds).toEqual(["http2_lost: 10"]);
  });

  it("ends with a block that has no end", () => {
    const trial = new Trial(http2);
    trial.send(true, PREFACE);
    trial.send(true, frame(1, 0, 1, REQUESTS[0]));
    for (let i = 0; i < 20; i++) trial.send(true, frame(9, 0, 1, Buffer.alloc(16_384)));
    expect(trial.weirds).toEqual(["http2_header_block_too_long"]);
  });

  it("never throws", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.nat({ max: 10 }), fc.nat({ max: 255 }), fc.nat({ max: 5 }), fc.uint8Array({ maxLength: 40 }))
        .map(([type, flags, stream, payload]) => frame(type, flags, stream, payload)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 5 }), fc.boolean(), piece)), (pieces) => {
        const trial = new Trial(http2);
        trial.send(true, PREFACE);
        for (const [kind, side, octets] of pieces) {
          if (kind === 0) trial.gap(octets.length, side);
          else trial.send(side, octets);
        }
        trial.close();
      }),
    );
  });
});

describe("recognition", () => {
  it("takes the preface of the client, and waits for it when the server speaks first", () => {
    expect(probe(http2, PREFACE)).toBe("yes");
    for (let end = 1; end < PREFACE.length; end++) expect(probe(http2, PREFACE.slice(0, end))).toBe("more");
    expect(probe(http2, frame(4, 0, 0, hex("0003 0000 0064")), { fromOriginator: false })).toBe("more");
    expect(probe(http2, "GET / HTTP/1.1\r\n")).toBe("no");
    expect(probe(http2, frame(1, 4, 1, REQUESTS[0]))).toBe("no");
  });
});
