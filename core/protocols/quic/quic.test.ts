import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { alpn, clientHello, serverName } from "../../../test/tls-bytes.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { CryptoStream } from "./crypto-stream.ts";
import { InitialKeys, QUIC_V1, isReadableVersion } from "./initial-keys.ts";
import { readInitialFrames, readLongPacket, readVarint } from "./packet.ts";
import { quic } from "./quic.ts";

/** Connection id and packets of RFC 9001 appendix A. */
const DESTINATION = hex("8394c8f03e515708");
const SERVER_INITIAL = hex(`
  cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf7
  3c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f
  58891850abbdca3d20398c276456cbc42158407dd074ee`);
const RETRY = hex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba");

describe("packets", () => {
  it("opens the server's first packet of the specification's example", () => {
    const r = new ByteReader(SERVER_INITIAL);
    const packet = readLongPacket(r, isReadableVersion)!;
    expect(packet).toMatchObject({ type: "initial", version: 1, end: SERVER_INITIAL.length });
    expect(Buffer.from(packet.source).toString("hex")).toBe("f067a5502a4262b5");
    const opened = InitialKeys.of(QUIC_V1, DESTINATION, false)!.open(SERVER_INITIAL, packet.numberAt)!;
    const frames = readInitialFrames(new ByteReader(opened));
    expect(frames.crypto.map(({ offset }) => offset)).toEqual([0]);
    expect(Buffer.from(frames.crypto[0]!.octets).toString("hex")).toMatch(/^020000560303eefce7f7b37ba1d1632e/);
    expect(InitialKeys.of(QUIC_V1, DESTINATION, true)!.open(SERVER_INITIAL, packet.numberAt)).toBeNull();
  });

  it("reads a retry and integers of every length", () => {
    expect(readLongPacket(new ByteReader(RETRY), isReadableVersion)).toMatchObject({
      type: "retry",
      end: RETRY.length,
    });
    const of = (text: string) => readVarint(new ByteReader(hex(text)));
    expect([of("25"), of("7bbd"), of("9d7f3e7d"), of("c000000100000002")]).toEqual([37, 15293, 494878333, 2 ** 32 + 2]);
  });

  it("puts a hello together from pieces in any order", () => {
    const hello = Uint8Array.from(
      clientHello({ ciphers: [0x1301], extensions: [serverName("a.example"), alpn("h3")] }),
    );
    const stream = new CryptoStream();
    expect(stream.add(20, hello.subarray(20))).toBeNull();
    expect(stream.add(10, hello.subarray(10, 25))).toBeNull();
    expect(stream.add(0, hello.subarray(0, 10))).toEqual(hello);
    expect(stream.isDone).toBe(true);
  });
});

describe("connections", () => {
  it("counts what it cannot open and keeps the letters", () => {
    const trial = new Trial(quic, { carrier: "udp", respP: 443 });
    const initial = Buffer.concat([hex("c3 00000001 08 8394c8f03e515708 00 00 4040"), Buffer.alloc(64)]);
    expect(probe(quic, initial, { carrier: "udp" })).toBe("yes");
    trial.send(true, initial);
    trial.send(false, SERVER_INITIAL);
    for (let i = 0; i < 5; i++) trial.send(true, Buffer.concat([hex("40"), Buffer.alloc(99)]));
    trial.close();
    expect(trial.table("quic")).toMatchObject([
      {
        version: "1",
        client_initial_dcid: "8394c8f03e515708",
        server_scid: "f067a5502a4262b5",
        history: "IisOOO",
        orig_sealed_octets: 500,
      },
    ]);
    expect(trial.inner[0]!.parts).toHaveLength(1);
    expect(trial.confirmed).toBe(1);
  });

  it("tells a version that it cannot read once, and a retry that came first", () => {
    const unknown = hex("c0 1a2a3a4a 08 0102030405060708 02 aabb 0000000000000000");
    const trial = new Trial(quic, { carrier: "udp", respP: 443 });
    trial.send(true, unknown);
    trial.send(true, unknown);
    trial.close();
    expect(trial.table("quic")).toMatchObject([{ version: "unknown-1a2a3a4a", client_scid: "aabb", history: "U" }]);
    const retry = new Trial(quic, { carrier: "udp", respP: 443 });
    retry.send(false, RETRY);
    retry.close();
    expect(retry.table("quic")).toMatchObject([{ server_scid: "f067a5502a4262b5", history: "r" }]);
    const list = new Trial(quic, { carrier: "udp", respP: 443 });
    list.send(false, hex("c0 00000000 02 aabb 08 0102030405060708 00000001"));
    list.close();
    expect(list.table("quic")).toMatchObject([{ version: "unknown-0", history: "u" }]);
  });

  it("leaves other datagrams alone, and never throws", () => {
    expect(probe(quic, hex("16fefd0000000000000000"), { carrier: "udp" })).toBe("no");
    expect(probe(quic, hex("40aabbcc"), { carrier: "udp" })).toBe("no");
    for (const packet of [SERVER_INITIAL, RETRY]) {
      for (let end = 0; end < packet.length; end++) {
        const trial = new Trial(quic, { carrier: "udp" });
        trial.send(true, packet.subarray(0, end));
        trial.send(false, packet.subarray(0, end));
        trial.close();
      }
    }
    const datagram = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .uint8Array({ maxLength: 60 })
        .map((rest) => Uint8Array.from([0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, ...rest])),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), datagram)), (datagrams) => {
        const trial = new Trial(quic, { carrier: "udp" });
        for (const [side, octets] of datagrams) trial.send(side, octets);
        trial.close();
      }),
    );
  });
});
