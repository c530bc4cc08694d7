import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial } from "../../../test/analyzer-harness.ts";
import { socks } from "./socks.ts";

type Step = readonly [fromOriginator: boolean, octets: Uint8Array | string];

function run(steps: readonly Step[], size = 1 << 16): Trial {
  const trial = new Trial(socks, { respP: 1080 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
}

/** RFC 1928 and RFC 1929: login, then a connection to nas01:22. */
const SESSION: Step[] = [
  [true, hex("05 02 00 02")],
  [false, hex("05 02")],
  [true, "\x01\x03bob\x05alice"],
  [false, hex("01 00")],
  [true, Buffer.concat([hex("05 01 00 03 05"), Buffer.from("nas01"), hex("0016")])],
  [false, hex("05 00 00 01 c0a80001 da8f")],
];

describe("SOCKS", () => {
  it("reads version 5 and hands the rest over, whatever the segments", () => {
    for (const size of [1, 3, 1 << 16]) {
      const trial = run(SESSION, size);
      expect(trial.table("socks")).toMatchObject([
        {
          version: 5,
          user: "bob",
          password: null,
          password_sent: true,
          status: "succeeded",
          "request.host": null,
          "request.name": "nas01",
          request_p: 22,
          "bound.host": "192.168.0.1",
          bound_p: 55951,
          command: "connect",
          auth_method: "Username/Password",
        },
      ]);
      expect([trial.handedOver, trial.confirmed, trial.proxies]).toEqual([true, 1, ["Tunnel::SOCKS"]]);
    }
  });

  it("does not lose what the client sends before it was let through", () => {
    const early: Step[] = SESSION.map(([side, octets], i) => [
      side,
      i === 4 ? Buffer.concat([octets as Buffer, Buffer.from("SSH-2.0-x")]) : octets,
    ]);
    const trial = run([...early, [false, "SSH-2.0-y"], [true, "more"]]);
    expect(trial.inner[0]!.parts.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      "SSH-2.0-x",
      "SSH-2.0-y",
      "more",
    ]);
    expect([trial.handedOver, trial.inner[0]!.closed]).toEqual([false, true]);
  });

  it("reads versions 4 and 4a", () => {
    const four = run([
      [true, "\x04\x01\x00\x50\x0a\x00\x00\x01root\0"],
      [false, hex("00 5a 0000 00000000")],
    ]);
    expect(four.table("socks")).toMatchObject([
      { version: 4, "request.host": "10.0.0.1", "request.name": null, status: "succeeded", user_id: "root" },
    ]);
    const fourA = run([
      [true, "\x04\x01\x00\x50\x00\x00\x00\x01\0nas01\0"],
      [false, hex("00 5b 0000 00000000")],
    ]);
    expect(fourA.table("socks")).toMatchObject([
      { "request.host": "0.0.0.1", "request.name": "nas01", status: "general SOCKS server failure" },
    ]);
    expect([four.handedOver, fourA.handedOver]).toEqual([true, false]);
  });

  it("waits for both answers to BIND, and for none behind UDP ASSOCIATE", () => {
    const ask = (command: string): Step[] => [
      [true, hex("05 01 00")],
      [false, hex("05 00")],
      [true, hex(`05 ${command} 00 01 00000000 0000`)],
      [false, hex("05 00 00 01 0a000001 1234")],
    ];
    expect(run(ask("02")).handedOver).toBe(false);
    expect(run([...ask("02"), [false, hex("05 00 00 01 0a000002 0015")]]).table("socks")).toMatchObject([
      { command: "bind", "bound.host": "10.0.0.1", bound_p: 4660 },
    ]);
    const udp = run(ask("03"));
    expect(udp.table("socks")).toMatchObject([{ command: "udp_associate", bound_p: 0x1234 }]);
    expect(udp.handedOver).toBe(false);
  });

  it("logs only what was answered, and gives up what is not SOCKS", () => {
    expect(run(SESSION.slice(0, 3)).rows).toEqual([]);
    const refused = run([...SESSION.slice(0, 3), [false, hex("01 01")]]).table("socks");
    expect(refused).toMatchObject([{ user: "bob", status: "general SOCKS server failure", bound_p: null }]);
    expect(run([...SESSION.slice(0, 4), [true, hex("05 09 00 01 00000000 0000")]]).violated).toMatch(
      "command field: 9",
    );
    expect(run([...SESSION.slice(0, 4), [true, hex("05 01 07 01 00000000 0000")]]).violated).toMatch(
      "reserved field: 7",
    );
    const odd = run([
      [true, hex("05 01 01")],
      [false, hex("05 01")],
      [true, hex("01 00")],
    ]);
    expect(odd.weirds).toEqual(["socks5_unsupported_authentication_method: 1"]);
    const lost = new Trial(socks);
    lost.send(true, hex("05 01 00"));
    lost.gap(5, false);
    lost.send(false, hex("05 00"));
    lost.close();
    expect(lost.rows).toEqual([]);
  });

  it("knows a client by its first message", () => {
    expect(probe(socks, hex("05 02 00 02"))).toBe("yes");
    expect(probe(socks, hex("05 02 00"))).toBe("more");
    expect(probe(socks, hex("05 00 0b 03 10 00 00 00"))).toBe("no");
    expect(probe(socks, "\x04\x01\x00\x50\x0a\x00\x00\x01root\0")).toBe("yes");
    expect(probe(socks, "\x04\x01\x00\x50\x0a\x00\x00\x01root\0more")).toBe("no");
    expect(probe(socks, "GET / HTTP/1.1\r\n")).toBe("no");
  });

  it("never throws, whatever the octets", () => {
    for (let count = 0; count < SESSION.length; count++) {
      const octets = Buffer.from(SESSION[count]![1] as string, "latin1");
      for (let cut = 0; cut < octets.length; cut++)
        run([...SESSION.slice(0, count), [SESSION[count]![0], octets.subarray(0, cut)]]);
    }
    fc.assert(
      fc.property(
        fc.nat(SESSION.length),
        fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 40 }))),
        (count, steps) => {
          run([...SESSION.slice(0, count), ...steps]);
          run(steps);
        },
      ),
    );
  });
});
