import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, TRIAL_START, hex, probe } from "../../../test/analyzer-harness.ts";
import { snmp } from "./snmp.ts";

const UDP = { carrier: "udp", respP: 161 } as const;

function tlv(tag: number, ...content: (number | Uint8Array)[]): Uint8Array {
  const octets = content.flatMap((part) => (typeof part === "number" ? [part] : [...part]));
  const length = octets.length < 128 ? [octets.length] : [0x82, octets.length >> 8, octets.length & 255];
  return Uint8Array.from([tag, ...length, ...octets]);
}
const oid = (...parts: number[]): Uint8Array => tlv(6, ...parts);
const text = (value: string): Uint8Array => tlv(4, ...Buffer.from(value, "latin1"));
const integer = (value: number): Uint8Array => tlv(2, value);

/** 1.3.6.1.2.1.1.N.0 */
const system = (n: number): Uint8Array => oid(0x2b, 6, 1, 2, 1, 1, n, 0);

function message(version: number, kind: number, bindings: [Uint8Array, Uint8Array][], error = 0): Uint8Array {
  const list = tlv(0x30, ...bindings.map(([name, value]) => tlv(0x30, name, value)));
  return tlv(0x30, integer(version), text("public"), tlv(kind, integer(7), integer(error), integer(0), list));
}

const NULL = tlv(5);
const GET = message(1, 0xa0, [
  [system(1), NULL],
  [system(3), NULL],
]);
const RESPONSE = message(1, 0xa2, [
  [system(1), text("Tape library")],
  [system(3), tlv(0x43, 0x03, 0xe8)],
]);
// Version 3, user backupmon, authenticated and encrypted: lengths and tags as snmpget of net-snmp sends them.
const SEALED = tlv(
  0x30,
  integer(3),
  tlv(0x30, integer(1), integer(100), tlv(4, 7), integer(3)),
  tlv(4, tlv(0x30, tlv(4, 0x80, 0, 0x1f), integer(1), integer(9), text("backupmon"), text("x"), text("y"))),
  tlv(4, 1, 2, 3, 4, 5, 6, 7, 8),
);

describe("snmp", () => {
  it("sums up what was asked, answered and set", () => {
    const trial = new Trial(snmp, UDP);
    trial.send(true, GET);
    expect(trial.confirmed).toBe(0);
    trial.send(false, RESPONSE);
    expect(trial.confirmed).toBe(1);
    trial.send(true, message(1, 0xa3, [[system(6), text("elsewhere")]]));
    trial.send(false, message(1, 0xa2, [[system(6), text("elsewhere")]], 6));
    trial.close();
    expect(trial.table("snmp")).toEqual([
      {
        duration: 3e6,
        version: "2c",
        community: "public",
        get_requests: 2,
        get_bulk_requests: 0,
        get_responses: 3,
        set_requests: 1,
        display_string: "Tape library",
        up_since: TRIAL_START + 1_000_000n - 10_000_000_000n,
        user: null,
        engine_id: null,
        security: null,
        context: null,
        traps: 0,
        errors: 1,
        set_oids: ["1.3.6.1.2.1.1.6.0"],
        first_oid: "1.3.6.1.2.1.1.1.0",
      },
    ]);
  });

  it("names user and level of version 3", () => {
    const trial = new Trial(snmp, UDP);
    trial.send(true, SEALED);
    trial.close();
    expect(trial.table("snmp")[0]).toMatchObject({
      version: "3",
      community: null,
      user: "backupmon",
      engine_id: "80001f",
      security: "authPriv",
    });
  });

  it("counts traps of both kinds", () => {
    const trial = new Trial(snmp, { carrier: "udp", respP: 162 });
    const old = tlv(
      0xa4,
      oid(0x2b, 6, 1, 4),
      tlv(0x40, 10, 0, 0, 1),
      integer(6),
      integer(1),
      tlv(0x43, 5),
      tlv(0x30, tlv(0x30, system(1), text("x"))),
    );
    trial.send(true, tlv(0x30, integer(0), text("public"), old));
    trial.send(true, message(1, 0xa7, [[system(3), tlv(0x43, 1)]]));
    trial.close();
    expect(trial.table("snmp")[0]).toMatchObject({ version: "1", traps: 2, get_responses: 0 });
  });

  it("notes parts of identifiers that are too long", () => {
    const trial = new Trial(snmp, UDP);
    const long = oid(0x2b, ...Array.from({ length: 10 }, () => 0xff), 0x7f);
    trial.send(true, message(0, 0xa0, [[long, NULL]]));
    expect(trial.weirds[0]).toBe("asn_oid_subidentifier_too_long: 11");
  });

  it("keeps a session whose messages it cannot name", () => {
    const trial = new Trial(snmp, UDP);
    trial.send(true, message(1, 0xa9, []));
    trial.send(
      false,
      tlv(0x30, integer(3), tlv(0x30, integer(1), integer(100), tlv(4, 4), integer(3)), tlv(4, tlv(0x30)), tlv(0xa0)),
    );
    trial.close();
    expect(trial.confirmed).toBe(1);
    expect(trial.weirds).toEqual(["snmp_unknown_pdu", "snmp_unknown_pdu"]);
    expect(trial.table("snmp")).toMatchObject([{ version: "2c", community: "public", get_requests: 0 }]);
  });

  it("tells of a session that something else follows", () => {
    const trial = new Trial(snmp, UDP);
    trial.send(true, GET);
    trial.send(false, "HTTP/1.1 200 OK");
    expect(trial.violated).toBe("not an SNMP message");
    expect(trial.table("snmp")).toMatchObject([{ version: "2c", get_requests: 2 }]);
  });

  it("is strict off its ports", () => {
    expect(probe(snmp, GET, { carrier: "udp", respPort: 161, onPort: true })).toBe("yes");
    expect(probe(snmp, GET, { carrier: "udp", respPort: 1161 })).toBe("yes");
    expect(probe(snmp, SEALED, { carrier: "udp", respPort: 1161 })).toBe("yes");
    expect(probe(snmp, Uint8Array.from([...GET, 0]), { carrier: "udp", respPort: 1161 })).toBe("no");
    expect(probe(snmp, hex("30 03 02 01 01"), { carrier: "udp", respPort: 1161 })).toBe("no");
    expect(probe(snmp, hex("30 03 02 01 02"), { carrier: "udp", respPort: 161, onPort: true })).toBe("no");
  });

  it("takes messages cut anywhere, and any octets", () => {
    for (const whole of [RESPONSE, SEALED]) {
      for (let length = 0; length < whole.length; length++) {
        const trial = new Trial(snmp, UDP);
        trial.send(false, whole.subarray(0, length));
        trial.close();
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const trial = new Trial(snmp, UDP);
        trial.send(false, Uint8Array.from([0x30, bytes.length + 3, 2, 1, 1, ...bytes]));
        trial.close();
      }),
    );
  });
});
