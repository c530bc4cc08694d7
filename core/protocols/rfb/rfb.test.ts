import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial } from "../../../test/analyzer-harness.ts";
import { rfb } from "./rfb.ts";

type Step = readonly [fromOriginator: boolean, octets: Uint8Array | string];

const VERSION = "RFB 003.008\n";
const INIT = Buffer.concat([hex("0400 0300"), Buffer.alloc(16), hex("00000007"), Buffer.from("console")]);
/** RFC 6143 with VNC authentication, then a key, the pointer, the clipboard. */
const SESSION: Step[] = [
  [false, VERSION],
  [true, VERSION],
  [false, hex("02 02 13")],
  [true, hex("02")],
  [false, Buffer.alloc(16, 7)],
  [true, Buffer.alloc(16, 9)],
  [false, hex("00000000")],
  [true, hex("01")],
  [false, INIT],
  [true, hex("02 00 0001 00000000")],
  [true, hex("04 01 0000 00000061 04 00 0000 00000061 05 00 0001 0001")],
  [true, hex("06 000000 00000002 6162 03 00 0000 0000 0400 0300")],
  [false, Buffer.alloc(5000)],
];

function run(steps: readonly Step[], size = 1 << 16): Trial {
  const trial = new Trial(rfb, { respP: 5900 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
}

describe("VNC", () => {
  it("reads a session, whatever the segments", () => {
    for (const size of [1, 5, 1 << 16]) {
      const trial = run(SESSION, size);
      expect(trial.table("rfb")).toMatchObject([
        {
          client_major_version: "003",
          client_minor_version: "008",
          server_major_version: "003",
          server_minor_version: "008",
          authentication_method: "VNC",
          auth: true,
          share_flag: true,
          desktop_name: "console",
          width: 1024,
          height: 768,
          security_types: ["VNC", "VeNCrypt"],
          key_presses: 1,
          pointer_events: 1,
          clipboard_octets: 2,
        },
      ]);
      expect(trial.confirmed).toBe(1);
      expect(trial.skipped[1]).toBeGreaterThan(0);
    }
  });

  it("says why the server refuses", () => {
    const trial = run([...SESSION.slice(0, 6), [false, hex("00000001 00000004 6e6f7065")]]);
    expect(trial.table("rfb")).toMatchObject([{ auth: false, failure_reason: "nope", width: null }]);
    expect(run([...SESSION.slice(0, 2), [false, hex("00 00000004 62757379")]]).table("rfb")).toMatchObject([
      { failure_reason: "busy", authentication_method: null },
    ]);
  });

  it("knows version 3.3 and Apple's way", () => {
    const old = run([
      [false, "RFB 003.003\n"],
      [true, "RFB 003.003\n"],
      [false, hex("00000001")],
      [true, hex("00")],
      [false, INIT],
    ]);
    expect(old.table("rfb")).toMatchObject([
      { authentication_method: "None", auth: null, share_flag: false, width: 1024 },
    ]);
    const apple = run([
      ...SESSION.slice(0, 2),
      [false, hex("01 1e")],
      [true, hex("1e")],
      [false, Buffer.concat([hex("0002 0010"), Buffer.alloc(32)])],
      [true, Buffer.alloc(32)],
      [false, hex("00000000")],
    ]);
    expect(apple.table("rfb")).toMatchObject([{ authentication_method: "Apple Remote Desktop", auth: true }]);
  });

  it("hands over to TLS", () => {
    const trial = run([
      ...SESSION.slice(0, 2),
      [false, hex("01 13")],
      [true, hex("13")],
      [false, hex("0002")],
      [true, hex("0002")],
      [false, hex("00 01 00000105")],
      [true, hex("00000105")],
      [false, hex("01")],
    ]);
    expect(trial.handedOver).toBe(true);
    expect(trial.table("rfb")).toMatchObject([{ authentication_method: "VeNCrypt" }]);
  });

  it("keeps what it had when octets are lost", () => {
    const trial = new Trial(rfb, { respP: 5900 });
    for (const [side, octets] of SESSION.slice(0, 4)) trial.send(side, octets);
    trial.gap(20, false);
    for (const [side, octets] of SESSION.slice(5)) trial.send(side, octets);
    trial.close();
    expect(trial.table("rfb")).toMatchObject([{ authentication_method: "VNC", auth: null }]);
  });

  it("knows a server by its version", () => {
    expect(probe(rfb, VERSION, { fromOriginator: false })).toBe("yes");
    expect(probe(rfb, "RFB 0", { fromOriginator: false })).toBe("more");
    expect(probe(rfb, "RFC 6143 7.1\n", { fromOriginator: false })).toBe("no");
  });

  it("never throws, whatever the octets", () => {
    for (let count = 0; count < SESSION.length; count++) {
      const octets = Buffer.from(SESSION[count]![1] as string, "latin1");
      for (let cut = 0; cut < Math.min(octets.length, 60); cut++) {
        run([...SESSION.slice(0, count), [SESSION[count]![0], octets.subarray(0, cut)]]);
      }
    }
    fc.assert(
      fc.property(
        fc.nat(SESSION.length),
        fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 40 }))),
        (count, steps) => {
          run([...SESSION.slice(0, count), ...steps]);
        },
      ),
    );
  });
});
