import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { probe, Trial } from "../../../test/analyzer-harness.ts";
import { bacula } from "./bacula.ts";

type Step = [fromOriginator: boolean, octets: Uint8Array];

function message(text: string): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text, "latin1")]);
}

const SIGNAL = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
const say = (text: string): Step => [true, message(text)];
const answer = (text: string): Step => [false, message(text)];

/** bconsole 9.6.7 and its director. */
const LOG_ON: Step[] = [
  say("Hello *UserAgent* calling 100\n"),
  answer("auth cram-md5 <1249261686.1795944023@vault-dir> ssl=0\n"),
  say("jg/dh3cej++3T3/s4AMvcB\0"),
  answer("1000 OK auth\n"),
  say("auth cram-md5 <2065842248.1795944023@bconsole> ssl=0\n"),
  answer("p/wrs++tl/d+KEd1LB/hwB\0"),
  say("1000 OK auth\n"),
  answer("1000 OK: 103 vault-dir Version: 9.6.7 (10 December 2020)\n"),
];

const run = (steps: readonly Step[], size = 1 << 16): Trial => {
  const trial = new Trial(bacula, { respP: 9101 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
};

describe("Bacula", () => {
  it("tells a console's commands and what they mean", () => {
    const steps = [
      ...LOG_ON,
      say("purge volume=Daily-0001"),
      answer('1 Job on Volume "Daily-0001" purged from catalog.\n'),
      [false, SIGNAL] as Step,
      say("delete volume=None yes"),
      answer("Volume None not found\n"),
    ];
    for (const size of [1, 5, 1 << 16]) {
      const trial = run(steps, size);
      expect(trial.table("bacula")).toMatchObject([
        { link: "console to director", resp_name: "vault-dir", responder_version: "9.6.7", outcome: "granted" },
        { command: "delete volume=None yes", outcome: "refused", auth_success: true },
      ]);
      expect(trial.table("archive_op")).toMatchObject([
        { operation: "delete", outcome: "granted", object: "Daily-0001", actor: "bconsole" },
        { operation: "delete", outcome: "refused", object: "None" },
      ]);
    }
  });

  it("tells a log-on that failed", () => {
    const trial = run([...LOG_ON.slice(0, 3), answer("1999 Authorization failed.\n")]);
    expect(trial.table("bacula")).toMatchObject([{ auth_success: false, command: null, outcome: "asked" }]);
  });

  it("is recognised by its first message, and never throws", () => {
    expect(probe(bacula, LOG_ON[0]![1])).toBe("yes");
    expect(probe(bacula, LOG_ON[1]![1], { fromOriginator: false })).toBe("yes");
    expect(probe(bacula, "\0\0\0")).toBe("more");
    expect(probe(bacula, "\0\0\0\x20GET / HTTP/1.1")).toBe("no");
    for (const [side, octets] of LOG_ON)
      for (let end = 0; end < octets.length; end++) run([[side, octets.subarray(0, end)]]);
    const step = fc.tuple(fc.boolean(), fc.oneof(fc.uint8Array(), fc.string().map(message), fc.constant(SIGNAL)));
    fc.assert(fc.property(fc.array(step), (steps) => void run([...LOG_ON, ...steps])));
  });
});
