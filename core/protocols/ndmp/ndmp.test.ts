import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, probe, Trial } from "../../../test/analyzer-harness.ts";
import { ndmp } from "./ndmp.ts";

/** Amanda 3.5.1's ndmjob as the server: NOTIFY_CONNECTED with version 4 and the text "Hello". */
const CONNECTED = hex(
  "8000002c 00000001 6a2b0f55 00000000 00000502 00000000 00000000 00000000 00000004 00000005 48656c6c6f000000",
);

let sequence = 0;

/** A request or, with `answers`, a reply; bodies in words or text. */
function message(code: number, body: (number | string)[], answers?: number, error = 0): Uint8Array {
  const parts = body.map((part) => {
    if (typeof part === "number") return word(part);
    const text = Buffer.from(part, "latin1");
    return Buffer.concat([word(text.length), text, Buffer.alloc((4 - (text.length & 3)) & 3)]);
  });
  sequence++;
  const header = [sequence, 0x65e10000, answers === undefined ? 0 : 1, code, answers ?? 0, error].map(word);
  const whole = Buffer.concat([...header, ...parts]);
  return Buffer.concat([word(0x8000_0000 | whole.length), whole]);
}

function word(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeInt32BE(value | 0);
  return octets;
}

type Step = [fromOriginator: boolean, octets: Uint8Array];

/** Requests with their replies, as [code, request, reply, error of the header]. */
function exchange(...calls: [number, (number | string)[], (number | string)[], number?][]): Step[] {
  return calls.flatMap(([code, body, reply, error]): Step[] => {
    const request = message(code, body);
    return [
      [true, request],
      [false, message(code, reply, sequence, error)],
    ];
  });
}

const LOG_ON = (): Step[] => exchange([0x900, [4], [0]], [0x901, [1, "root", "secret"], [0]]);

const run = (steps: readonly Step[], size = 1 << 16): Trial => {
  const trial = new Trial(ndmp, { respP: 10000 });
  for (const [side, octets] of [[false, CONNECTED] as Step, ...steps]) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
};

const acts = (trial: Trial) =>
  trial.table("archive_op").map(({ operation, outcome, object, detail }) => [operation, outcome, object, detail]);

describe("NDMP", () => {
  it("tells version, log-on and refusals, and keeps no password", () => {
    for (const size of [1, 7, 1 << 16]) {
      const trial = run([...LOG_ON(), ...exchange([0x901, [1, "root", "guess"], [4]])], size);
      expect(trial.table("ndmp")).toMatchObject([
        { operation: "NOTIFY_CONNECTED", outcome: "told", version: 4, text: "connected: Hello" },
        { operation: "CONNECT_OPEN", outcome: "granted", version: 4 },
        { operation: "CONNECT_CLIENT_AUTH", outcome: "granted", user: "root", auth_type: "text", password_seen: true },
        { operation: "CONNECT_CLIENT_AUTH", outcome: "refused", error: "NOT_AUTHORIZED_ERR" },
      ]);
      expect(JSON.stringify(trial.table("ndmp"))).not.toContain("secret");
      expect(trial.conn.identity).toMatchObject({ user: "root" });
    }
  });

  it("reports backups, restores and what is done to tapes", () => {
    const trial = run([
      ...LOG_ON(),
      ...exchange([0x401, ["dump", 2, "FILESYSTEM", "/vol/vol1", "LEVEL", "0"], [0]]),
      ...exchange([0x402, [0, 2, "/a", "/r", "", "", 0, 0, 0, 0, "/b", "/r", "c", "", 0, 0, 0, 0, "dump"], [9]]),
      ...exchange([0x300, ["nrst0a", 1], [0]], [0x303, [4, 1], [0, 0]], [0x304, ["TAPELABEL"], [0, 9]]),
      ...exchange([0x304, ["x"], [0, 1]], [0x303, [5, 2], [0, 0]], [0x303, [4, 1], [0, 0]], [0x303, [5, 1], [0, 0]]),
      ...exchange([0x307, [2, 0, 0, "\x19\x01\0\0\0\0", ""], [0, 0]], [0x301, [], [0]]),
    ]);
    expect(acts(trial)).toEqual([
      ["write", "granted", "/vol/vol1", "dump backup"],
      ["restore", "refused", "/a", "dump restore"],
      ["restore", "refused", "/b", "dump restore"],
      ["write", "granted", "nrst0a", "from the beginning of the tape"],
      ["write", "granted", "nrst0a", "file mark"],
      ["truncate", "granted", "nrst0a", "file mark at the beginning of the tape"],
      ["delete", "granted", "nrst0a", "tape erased"],
    ]);
    const written = trial.table("ndmp").find(({ operation }) => operation === "TAPE_WRITE");
    expect(written).toMatchObject({ messages: 2, octets: 10, device: "nrst0a" });
    expect(trial.table("ndmp").find(({ operation }) => operation === "DATA_START_RECOVER")).toMatchObject({
      error: "ILLEGAL_ARGS_ERR",
      paths: ["/a", "/b"],
      destinations: ["/r", "/r/c"],
    });
  });

  it("announces data connections, of version 3 and 4", () => {
    const three = run(exchange([0x900, [3], [0]], [0xa01, [0, 1], [0, 1, 0x0a630001, 4000]]));
    const four = run(exchange([0x900, [4], [0]], [0x40a, [1, 1, 0x0a630001, 4001, 0], [0]]));
    expect([...three.expected, ...four.expected]).toEqual([
      { respH: "10.99.0.1", respP: 4000, protocol: "ndmp-data" },
      { respH: "10.99.0.1", respP: 4001, protocol: "ndmp-data" },
    ]);
  });

  it("gathers file history and joins fragments", () => {
    const files = message(0x703, [2, 1, 0, "/a", 0, 0, 0, 0, 0, 1, 0, "/b", 0, 0, 0, 0, 0]);
    const body = files.subarray(4);
    const parts = [word(30), body.subarray(0, 30), word(0x8000_0000 | (body.length - 30)), body.subarray(30)];
    const trial = run([
      [false, files],
      [false, Buffer.concat(parts)],
      [false, message(0x501, [1])],
    ]);
    expect(trial.table("ndmp").slice(1)).toMatchObject([
      { operation: "FH_ADD_FILE", messages: 2, entries: 4, paths: ["/a", "/b", "/a", "/b"] },
      { operation: "NOTIFY_DATA_HALTED", text: "successful" },
    ]);
  });

  it("finds its feet after a gap", () => {
    const trial = new Trial(ndmp);
    trial.send(false, CONNECTED.subarray(0, 30));
    trial.gap(500, false);
    for (const [side, octets] of LOG_ON()) trial.send(side, octets);
    trial.close();
    expect(trial.table("ndmp").map(({ operation, outcome }) => [operation, outcome])).toContainEqual([
      "CONNECT_CLIENT_AUTH",
      "granted",
    ]);
  });

  it("is recognised by its first message, and never throws", () => {
    expect(probe(ndmp, CONNECTED, { fromOriginator: false })).toBe("yes");
    expect(probe(ndmp, CONNECTED.subarray(0, 20))).toBe("more");
    // A call of ONC RPC: the message type is the version of RPC there.
    expect(probe(ndmp, hex("80000028 00000001 00000000 00000002 000186a3 00000003 00000000 00000000"))).toBe("no");
    for (let end = 0; end < CONNECTED.length; end++) run([[false, CONNECTED.subarray(0, end)]]);
    const codes = fc.constantFrom(
      0x100,
      0x105,
      0x108,
      0x206,
      0x300,
      0x303,
      0x304,
      0x401,
      0x402,
      0x40a,
      0x703,
      0x704,
      0xa01,
    );
    const step = fc.tuple(fc.boolean(), codes, fc.array(fc.oneof(fc.integer(), fc.nat(4), fc.string())), fc.boolean());
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        run(steps.map(([side, code, body, isReply]) => [side, message(code, body, isReply ? sequence : undefined)]));
      }),
    );
    fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array())), (steps) => void run(steps)));
  });
});
