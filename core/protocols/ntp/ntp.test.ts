import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { ntp } from "./ntp.ts";

const UDP = { carrier: "udp", respP: 123 } as const;
// Frame 2 of the capture ntp of samples/recorded: ntpd answers ntpdate.
const SERVER = hex(`
  e4 00 00 e8 00 00 00 00 00 00 00 07 49 4e 49 54 00 00 00 00 00 00 00 00
  ee b6 52 d0 6a 98 30 00 ee b6 52 d0 6a b2 08 ed ee b6 52 d0 6b 92 a2 7f`);
const CONTROL = hex("16 02 00 02 00 00 4a ef 00 00 00 04 61 3d 31 0a");
const MONLIST = hex("17 00 03 2a 00 00 00 00");

describe("ntp", () => {
  it("reads the times of an answer", () => {
    const trial = new Trial(ntp, UDP);
    trial.send(false, SERVER);
    expect(trial.table("ntp")).toEqual([
      {
        version: 4,
        mode: 4,
        stratum: 0,
        poll: 1e9,
        precision: 60,
        root_delay: 0,
        root_disp: 106812,
        ref_id: "INIT",
        ref_time: 0n,
        org_time: 1795937360416384697n,
        rec_time: 1795937360416779096n,
        xmt_time: 1795937360420206219n,
        num_exts: 0,
        key_id: null,
      },
    ]);
    expect(trial.confirmed).toBe(1);
  });

  it("shows the reference as text up to stratum 1, and 0 as no time", () => {
    const trial = new Trial(ntp, UDP);
    const octets = new Uint8Array(48);
    octets.set([0x24, 1, 3, 0xec]);
    octets.set([0x47, 0x50, 0x53, 0], 12);
    trial.send(false, octets);
    expect(trial.table("ntp")[0]).toMatchObject({ ref_id: "GPS\0", ref_time: 0n });
  });

  it("counts extension fields before the authenticator", () => {
    const field = [1, 4, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const trial = new Trial(ntp, UDP);
    trial.send(false, Uint8Array.from([...SERVER, ...field, ...field, 0, 0, 0, 7, ...field]));
    expect(trial.table("ntp")[0]).toMatchObject({ num_exts: 2, key_id: 7 });
  });

  it("takes an authenticator for no extension field, whatever the number of its key", () => {
    const trial = new Trial(ntp, UDP);
    trial.send(false, Uint8Array.from([...SERVER, 0, 0, 0, 20, ...new Uint8Array(16)]));
    trial.send(false, Uint8Array.from([...SERVER, 0, 0, 0, 24, ...new Uint8Array(20)]));
    expect(trial.table("ntp")).toMatchObject([
      { num_exts: 0, key_id: 20 },
      { num_exts: 0, key_id: 24 },
    ]);
  });

  it("knows the server by its mode", () => {
    const [client, server] = [new Trial(ntp, UDP), new Trial(ntp, UDP)];
    client.send(true, Uint8Array.from([0xe3, ...SERVER.subarray(1)]));
    client.send(false, SERVER);
    server.send(true, SERVER);
    server.send(true, SERVER.subarray(0, 20));
    expect([client.flips, server.flips]).toEqual([0, 1]);
  });

  it("reads control and private messages", () => {
    const trial = new Trial(ntp, UDP);
    trial.send(true, CONTROL);
    trial.send(true, MONLIST);
    expect(trial.table("ntp_control")[0]).toMatchObject({
      op_code: 2,
      sequence: 2,
      association_id: 19183,
      data: "a=1\n",
    });
    expect(trial.table("ntp_private")[0]).toMatchObject({ req_code: 42, implementation: 3, data: null });
    expect(trial.table("ntp")).toEqual([]);
  });

  it("is strict off its port", () => {
    expect(probe(ntp, SERVER, { carrier: "udp", respPort: 123, onPort: true })).toBe("yes");
    expect(probe(ntp, SERVER, { carrier: "udp", respPort: 1123 })).toBe("yes");
    expect(
      probe(
        ntp,
        SERVER.map((octet, i) => (i >= 40 ? 0 : octet)),
        { carrier: "udp", respPort: 1123 },
      ),
    ).toBe("no");
    expect(probe(ntp, MONLIST, { carrier: "udp", respPort: 1123 })).toBe("no");
    expect(probe(ntp, SERVER.subarray(0, 47), { carrier: "udp", respPort: 123, onPort: true })).toBe("no");
  });

  it("takes messages cut anywhere, and any octets", () => {
    for (const whole of [SERVER, CONTROL, MONLIST]) {
      for (let length = 0; length < whole.length; length++) {
        const trial = new Trial(ntp, UDP);
        trial.send(true, whole.subarray(0, length));
        expect(trial.rows.length + trial.weirds.length, String(length)).toBe(length === 0 ? 0 : 1);
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        new Trial(ntp, UDP).send(true, bytes);
      }),
    );
  });
});
