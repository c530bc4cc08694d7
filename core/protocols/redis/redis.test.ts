import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { probe, Trial } from "../../../test/analyzer-harness.ts";
import { inlineWords } from "./command.ts";
import { VALUE_OCTETS } from "./records.ts";
import { redis } from "./redis.ts";

type Step = readonly [fromOriginator: boolean, octets: string];

const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;

function run(steps: readonly Step[], size = 1 << 16): Trial {
  const trial = new Trial(redis, { respP: 6379 });
  for (const [side, octets] of steps) trial.sendInPieces(side, octets, size);
  trial.close();
  return trial;
}

const brief = (trial: Trial): unknown[] =>
  trial
    .table("redis")
    .map((row) => [row["cmd.name"], row["cmd.key"], row["cmd.value"], row["success"], row["reply.value"]]);

const SESSION: Step[] = [
  [true, command("AUTH", "ops", "secret")],
  [false, "+OK\r\n"],
  [true, command("SET", "k", "v", "EX", "5") + command("GET", "k") + command("LRANGE", "l", "0", "-1")],
  [false, "+OK\r\n$1\r\nv\r\n*2\r\n$1\r\na\r\n*1\r\n:7\r\n"],
  [true, command("GET", "none")],
  [false, "$-1\r\n"],
  [true, command("CONFIG", "SET", "requirepass", "secret")],
  [false, "-ERR not allowed\r\n"],
];

describe("Redis", () => {
  it("joins commands and replies, whatever the segments, and keeps no password", () => {
    for (const size of [1, 5, 1 << 16]) {
      const trial = run(SESSION, size);
      expect(brief(trial)).toEqual([
        ["AUTH", null, null, true, "OK"],
        ["SET", "k", "v", true, "OK"],
        ["GET", "k", null, true, "v"],
        ["LRANGE", null, null, true, "[a, [7]]"],
        ["GET", "none", null, true, ""],
        ["CONFIG", null, null, false, "ERR not allowed"],
      ]);
    }
    const trial = run(SESSION);
    expect(trial.confirmed).toBeGreaterThan(0);
    expect(JSON.stringify(trial.rows, (_, value: unknown) => (typeof value === "bigint" ? 0 : value))).not.toMatch(
      "secret",
    );
    expect(trial.table("redis")[0]).toMatchObject({ user: "ops", arguments: ["ops", "(hidden)"] });
    expect(trial.table("redis")[5]).toMatchObject({ arguments: ["SET", "requirepass", "(hidden)"] });
    const acl = run([
      [true, command("ACL", "SETUSER", "eve", "on", ">secret", "+@all")],
      [false, "+OK\r\n"],
    ]);
    expect(acl.table("redis")[0]!["arguments"]).toEqual(["SETUSER", "eve", "on", ">(hidden)", "+@all"]);
  });

  it("joins a reply that was seen before its command, and keeps one that has none", () => {
    const early = run([
      [false, "+PONG\r\n"],
      [true, command("PING")],
      [true, command("GET", "k")],
      [false, "$1\r\nv\r\n"],
    ]);
    expect(brief(early)).toEqual([
      ["PING", null, null, true, "PONG"],
      ["GET", "k", null, true, "v"],
    ]);
    expect(brief(run([[false, "+PONG\r\n-ERR no\r\n"]]))).toEqual([
      [null, null, null, true, "PONG"],
      [null, null, null, false, "ERR no"],
    ]);
  });

  it("reads RESP3: maps, sets, attributes, pushes", () => {
    const trial = run([
      [true, command("HELLO", "3")],
      [false, "%1\r\n+server\r\n+redis\r\n"],
      [true, command("SMEMBERS", "s")],
      [false, ">2\r\n+invalidate\r\n_\r\n~2\r\n#t\r\n,1.5\r\n"],
      [true, command("FAKE")],
      [false, "|1\r\n+ttl\r\n:3600\r\n*2\r\n:1\r\n|1\r\n+x\r\n*1\r\n:1\r\n_\r\n"],
    ]);
    expect(brief(trial).map((row) => (row as unknown[])[4])).toEqual(["{server: redis}", "{T, 1.5}", "[1, null]"]);
  });

  it("knows that some commands have no reply", () => {
    const trial = run([
      [
        true,
        command("PING") +
          command("CLIENT", "REPLY", "OFF") +
          command("SET", "a", "1") +
          command("CLIENT", "REPLY", "ON"),
      ],
      [false, "+PONG\r\n+OK\r\n"],
      [true, command("CLIENT", "REPLY", "SKIP") + command("PING") + command("PING")],
      [false, "+PONG\r\n"],
      [true, command("SUBSCRIBE", "news")],
      [false, "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n"],
    ]);
    expect(brief(trial).map((row) => (row as unknown[])[3])).toEqual([true, null, null, true, null, null, true, null]);
  });

  it("reads commands written by hand", () => {
    expect(inlineWords(`SET "a b" 'it\\'s'  x"y z" "open`)).toEqual(["SET", '"a b"', `'it\\'s'`, `x"y z"`, '"open']);
    expect(
      brief(
        run([
          [true, "PING\r\n\r\nGET k\r\n"],
          [false, "+PONG\r\n$1\r\nv\r\n"],
        ]),
      ),
    ).toEqual([
      ["PING", null, null, true, "PONG"],
      ["GET", "k", null, true, "v"],
    ]);
  });

  it("keeps the beginning of a long value, and stops where replication begins", () => {
    const trial = run(
      [
        [true, command("SET", "k", "v".repeat(100_000))],
        [false, "+OK\r\n"],
        [true, command("PING")],
        [false, "+PONG\r\n"],
      ],
      1000,
    );
    const row = trial.table("redis")[0]!;
    expect([String(row["cmd.value"]).length, row["cut_octets"]]).toEqual([VALUE_OCTETS, 100_000 - VALUE_OCTETS]);
    expect(brief(trial)[1]).toEqual(["PING", null, null, true, "PONG"]);
    const replica = run([
      [true, command("PSYNC", "?", "-1")],
      [false, "+FULLRESYNC 0123 0\r\n$9\r\nREDIS0011"],
    ]);
    expect(replica.weirds).toEqual(["redis_replication_stream"]);
  });

  it("gives up what is not Redis, and finds its feet after a gap", () => {
    expect(
      run([
        [true, command("PING")],
        [false, "HTTP/1.1 200 OK\r\n"],
      ]).violated,
    ).not.toBeNull();
    expect(
      run([
        [true, command("PING")],
        [false, "*1\r\n".repeat(40)],
      ]).violated,
    ).not.toBeNull();
    expect(run([[true, "*2\r\n:1\r\n"]]).violated).not.toBeNull();
    const trial = new Trial(redis, { respP: 6379 });
    trial.send(true, command("GET", "a"));
    trial.gap(10, false);
    trial.send(true, command("GET", "b"));
    trial.send(false, "+v\r\n");
    trial.close();
    expect(brief(trial)).toEqual([
      ["GET", "a", null, null, null],
      ["GET", "b", null, true, "v"],
    ]);
  });

  it("knows a client by its command", () => {
    expect(probe(redis, command("PING"))).toBe("yes");
    expect(probe(redis, "*1\r")).toBe("more");
    expect(probe(redis, "*1\r\n$x")).toBe("no");
    expect(probe(redis, "PING\r\n")).toBe("no");
    expect(probe(redis, "PING\r\n", { onPort: true })).toBe("yes");
    expect(probe(redis, "GET / HTTP/1.1\r\n", { onPort: true })).toBe("no");
    expect(probe(redis, "-NOAUTH Authentication required.\r\n", { fromOriginator: false })).toBe("yes");
    expect(probe(redis, "+OK POP3 ready\r\n", { fromOriginator: false })).toBe("no");
  });

  it("never throws, whatever the octets", () => {
    const text = fc
      .array(fc.constantFrom("*", "$", "+", "-1", "3", "\r\n", "|", "%2", "~1", "a", "_"))
      .map((parts) => parts.join(""));
    fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), text)), (steps) => void run(steps)));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 40 }))), (steps) => {
        run(steps.map(([side, octets]) => [side, Buffer.from(octets).toString("latin1")]));
      }),
    );
  });
});
