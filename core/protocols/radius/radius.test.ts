import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial } from "../../../test/analyzer-harness.ts";
import { radius } from "./radius.ts";
import { macOf } from "./values.ts";

const attribute = (type: number, value: string | Uint8Array): Buffer => {
  const octets = Buffer.from(value as string, "latin1");
  return Buffer.concat([Buffer.from([type, octets.length + 2]), octets]);
};
const packet = (code: number, id: number, ...attributes: Buffer[]): Buffer => {
  const body = Buffer.concat(attributes);
  const head = Buffer.alloc(20, 7);
  head[0] = code;
  head[1] = id;
  head.writeUInt16BE(20 + body.length, 2);
  return Buffer.concat([head, body]);
};

const NAS = attribute(4, hex("0a140101"));
const PAP = packet(
  1,
  5,
  attribute(1, "alice"),
  attribute(2, Buffer.alloc(16)),
  NAS,
  attribute(31, "00-14-22-E9-54-5E"),
);
const ACCEPT = packet(2, 5, attribute(8, hex("0a140703")));
const EAP = packet(1, 6, attribute(1, "bob"), attribute(79, hex("0201000601626f62")), NAS);
const CHALLENGE = packet(11, 6, attribute(24, "state"), attribute(18, "Hello"), attribute(79, hex("0102000619 20")));
const EAP_AGAIN = packet(1, 7, attribute(1, "bob"), attribute(24, "state"), attribute(79, hex("0202000619 00")), NAS);
const REJECT = packet(3, 7, attribute(18, "No"));
/** Accounting: stop of session 12 after a minute, with more than 4 GiB from the client. */
const STOP = packet(
  4,
  8,
  attribute(1, "alice"),
  attribute(40, hex("00000002")),
  attribute(44, "12"),
  attribute(46, hex("0000003c")),
  attribute(42, hex("00000001")),
  attribute(52, hex("00000001")),
  attribute(49, hex("00000001")),
  NAS,
);

const run = (steps: [boolean, Uint8Array][]): Trial => {
  const trial = new Trial(radius, { carrier: "udp", respP: 1812 });
  for (const [side, octets] of steps) trial.send(side, octets);
  trial.close();
  return trial;
};

describe("radius", () => {
  it("joins a request and its answer", () => {
    const trial = run([
      [true, PAP],
      [true, PAP],
      [false, ACCEPT],
    ]);
    expect(trial.table("radius")).toMatchObject([
      {
        username: "alice",
        mac: "00:14:22:e9:54:5e",
        result: "success",
        ttl: 2_000_000,
        framed_addr: null,
        assigned_addr: "10.20.7.3",
        auth_method: "PAP",
        nas_addr: "10.20.1.1",
        challenges: 0,
      },
    ]);
    expect(trial.conn.identity).toMatchObject({ user: "alice" });
  });

  it("follows challenges, also where attempts go side by side", () => {
    const trial = run([
      [true, EAP],
      [true, PAP],
      [false, CHALLENGE],
      [false, ACCEPT],
      [true, EAP_AGAIN],
      [false, REJECT],
    ]);
    expect(trial.table("radius")).toMatchObject([
      { username: "alice", result: "success" },
      {
        username: "bob",
        result: "failed",
        reply_msg: "Hello",
        answer_msg: "No",
        auth_method: "EAP-PEAP",
        challenges: 1,
      },
    ]);
  });

  it("says unknown where no answer was seen", () => {
    expect(run([[true, EAP]]).table("radius")).toMatchObject([{ username: "bob", result: "unknown", ttl: null }]);
    expect(
      run([
        [true, EAP],
        [false, CHALLENGE],
      ]).table("radius"),
    ).toMatchObject([{ username: "bob", result: "unknown", challenges: 1 }]);
  });

  it("tells what accounting reports", () => {
    const trial = run([
      [true, STOP],
      [false, packet(5, 8)],
    ]);
    expect(trial.table("radius_accounting")).toMatchObject([
      {
        username: "alice",
        status: "Stop",
        session_id: "12",
        session_time: 60_000_000_000,
        input_octets: 4_294_967_297,
        terminate_cause: "User-Request",
        answered: true,
      },
    ]);
    expect(run([[true, STOP]]).table("radius_accounting")).toMatchObject([{ answered: false }]);
  });

  it("writes hardware addresses as Zeek does", () => {
    expect(macOf("0014.22E9.545E")).toBe("00:14:22:e9:54:5e");
    expect(macOf("0014.22E9.545E.0001")).toBe("00:14:22:e9:54:5e:00:01");
    expect(macOf("555-0100")).toBe("");
  });

  it("is found by its content", () => {
    const udp = { carrier: "udp" as const };
    expect(probe(radius, PAP, udp)).toBe("yes");
    expect(probe(radius, ACCEPT, udp)).toBe("no");
    expect(probe(radius, ACCEPT, { ...udp, onPort: true })).toBe("yes");
    for (let cut = 0; cut < PAP.length; cut++) {
      expect(probe(radius, PAP.subarray(0, cut), { ...udp, onPort: true })).toBe("no");
    }
  });

  it("throws on nothing", () => {
    for (const message of [PAP, EAP, CHALLENGE, STOP]) {
      for (let cut = 0; cut < message.length; cut++) run([[true, message.subarray(0, cut)]]);
    }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.constantFrom(PAP, EAP, CHALLENGE, REJECT, STOP), fc.nat(80), fc.nat(255)), {
          maxLength: 8,
        }),
        (steps) => {
          run(
            steps.map(([side, message, at, octet]) => {
              const damaged = Buffer.from(message);
              damaged[at % damaged.length] = octet;
              return [side, damaged];
            }),
          );
        },
      ),
    );
  });
});
