import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { TrialRow } from "../../../test/analyzer-harness.ts";
import { probe, Trial, TrialHolder } from "../../../test/analyzer-harness.ts";
import { holdFor } from "../../bytes/held-budget.ts";
import { releaseValue } from "../pair.ts";
import * as b from "../../../test/smb-bytes.ts";
import { compressed } from "../../../test/smb-compression.ts";
import { smb } from "./smb.ts";
import { SMB2 } from "./smb2/header.ts";

const R = { isResponse: true } as const;
const ACCESS_DENIED = 0xc0000022;

/** A message and the side that sends it. */
type Sent = readonly [fromClient: boolean, message: Buffer];

/** Share, file, rename, delete and pipe on one session whose setup is not there. */
function conversation(): Sent[] {
  const ask = (command: number, id: number, body: Buffer, more = {}): Sent => [
    true,
    b.framed(b.smb2(command, body, { messageId: id, ...more })),
  ];
  const answer = (command: number, id: number, body: Buffer, more = {}): Sent => [
    false,
    b.framed(b.smb2(command, body, { ...R, messageId: id, ...more })),
  ];
  return [
    ask(SMB2.negotiate, 0, b.negotiateRequest([0x0210, 0x0311])),
    answer(SMB2.negotiate, 0, b.negotiateResponse(0x0210)),
    ask(SMB2.treeConnect, 1, b.treeConnectRequest("\\\\BACKUP01\\repo$"), { treeId: 0 }),
    answer(SMB2.treeConnect, 1, b.treeConnectResponse(1)),
    ask(SMB2.create, 2, b.createRequest("jobs\\daily.vbk")),
    answer(SMB2.create, 2, b.createResponse(9, 4096)),
    ask(SMB2.read, 3, b.readRequest(9, 0, 4096)),
    answer(SMB2.read, 3, b.readResponse(Buffer.alloc(4096, 0x56))),
    ask(SMB2.write, 4, b.writeRequest(9, 1000, Buffer.alloc(3000, 1))),
    answer(SMB2.write, 4, b.writeResponse(3000)),
    ask(SMB2.setInfo, 5, b.setInfoRequest(9, 10, b.renameInfo("jobs\\daily.vbk.locked"))),
    answer(SMB2.setInfo, 5, b.setInfoResponse()),
    ask(SMB2.setInfo, 6, b.setInfoRequest(9, 13, Buffer.from([1]))),
    answer(SMB2.setInfo, 6, b.setInfoResponse()),
    ask(SMB2.close, 7, b.closeRequest(9)),
    answer(SMB2.close, 7, b.closeResponse()),
    ask(SMB2.treeConnect, 8, b.treeConnectRequest("\\\\BACKUP01\\IPC$"), { treeId: 0 }),
    answer(SMB2.treeConnect, 8, b.treeConnectResponse(2), { treeId: 6 }),
    ask(SMB2.create, 9, b.createRequest("svcctl"), { treeId: 6 }),
    answer(SMB2.create, 9, b.createResponse(10), { treeId: 6 }),
    ask(SMB2.write, 10, b.writeRequest(10, 0, Buffer.from("bind")), { treeId: 6 }),
    answer(SMB2.write, 10, b.writeResponse(4), { treeId: 6 }),
    ask(SMB2.ioctl, 11, b.ioctlRequest(10, 0x0011c017, Buffer.from("request")), { treeId: 6 }),
    answer(SMB2.ioctl, 11, b.ioctlResponse(10, 0x0011c017, Buffer.from("response")), { treeId: 6 }),
  ];
}

/** Plays messages in pieces of `size` octets, each message within one frame. */
function play(messages: readonly Sent[], size = Number.POSITIVE_INFINITY): Trial {
  const trial = new Trial(smb, { respP: 445 });
  for (const [fromClient, message] of messages) {
    trial.tick();
    for (let at = 0; at < message.length; at += size) {
      trial.deliver(fromClient, message.subarray(at, Math.min(message.length, at + size)));
    }
  }
  return trial;
}

function operations(trial: Trial): string[] {
  return trial
    .table("smb_operations")
    .map((row) => `${String(row["action"])} ${String(row["name"])} ${String(row["outcome"])}`);
}

describe("what an SMB2 connection holds", () => {
  afterEach(() => void holdFor(null));

  /** Sends requests that are answered, each of a session of its own. */
  function sessions(trial: Trial, command: number, count: number, status: number): void {
    for (let i = 1; i <= count; i++) {
      const options = { messageId: i, sessionId: i, treeId: 0 };
      trial.send(true, b.framed(b.smb2(command, b.treeConnectRequest("\\\\BACKUP01\\a"), options)));
      trial.send(false, b.framed(b.smb2(command, b.treeConnectResponse(1), { ...R, ...options, status })));
    }
  }

  it("are the sessions that it speaks of, until they are over or dropped", () => {
    const holder = new TrialHolder();
    holdFor(holder);
    const trial = new Trial(smb, { respP: 445 });
    sessions(trial, SMB2.treeConnect, 1500, ACCESS_DENIED);
    // 512 are kept of two hosts.
    expect(trial.forgotten.get("SMB session")).toBe(988);
    expect(holder.carried).toBeGreaterThan(512 * 1000);
    expect(holder.carried).toBeLessThan(530 * 1024);
    const ended = new Trial(smb, { respP: 445 });
    const other = new TrialHolder();
    holdFor(other);
    sessions(ended, SMB2.logoff, 100, 0);
    expect(other.carried).toBeLessThan(2048);
    expect(ended.conn.pair.carried).toBeLessThan(2048);
  });

  it.each(["forgotten with what its hosts share", "left by a failed analysis"])(
    "are handles that are told when %s",
    (how) => {
      const trial = play(conversation().slice(0, 10));
      for (let id = 100; id < 110; id++) {
        trial.send(true, b.framed(b.smb2(SMB2.create, b.createRequest(`file ${id}`), { messageId: id })));
        trial.send(false, b.framed(b.smb2(SMB2.create, b.createResponse(id), { ...R, messageId: id })));
      }
      expect(trial.conn.pair.carried).toBeGreaterThan(7000);
      expect(operations(trial).some((text) => text.startsWith("transfer"))).toBe(false);
      if (how.startsWith("left")) trial.release();
      else for (const value of trial.conn.pair.values()) releaseValue(value);
      expect(operations(trial).at(-1)).toBe("transfer jobs\\daily.vbk null");
      expect(trial.conn.pair.carried).toBe(0);
      expect(trial.forgotten.get("SMB handle") ?? 0).toBe(how.startsWith("left") ? 0 : 11);
    },
  );

  it("are requests that are told as unanswered where they are forgotten", () => {
    const holder = new TrialHolder();
    holdFor(holder);
    const trial = play(conversation().slice(0, 4));
    for (let id = 100; id < 120; id++)
      trial.send(true, b.framed(b.smb2(SMB2.create, b.createRequest(`file ${id}`), { messageId: id })));
    holder.giveUp();
    expect(trial.forgotten.get("SMB request")).toBe(10);
    expect(operations(trial)).toEqual(Array.from({ length: 10 }, (_, i) => `open file ${100 + i} unanswered`));
  });
});

describe("SMB2", () => {
  it("follows a file from open to deletion", () => {
    const trial = play(conversation());
    trial.close();
    expect(trial.weirds).toEqual([]);
    expect(operations(trial)).toEqual([
      "open jobs\\daily.vbk confirmed",
      "rename jobs\\daily.vbk confirmed",
      "delete jobs\\daily.vbk.locked confirmed",
      "transfer jobs\\daily.vbk.locked null",
      "open svcctl confirmed",
      "transfer svcctl null",
    ]);
    expect(
      trial.table("smb_files").map((row) => [row["action"], row["path"], row["name"], row["prev_name"], row["size"]]),
    ).toEqual([
      ["SMB::FILE_OPEN", "\\\\BACKUP01\\repo$", "jobs\\daily.vbk", null, 4096],
      ["SMB::FILE_RENAME", "\\\\BACKUP01\\repo$", "jobs\\daily.vbk.locked", "jobs\\daily.vbk", 4096],
      ["SMB::FILE_DELETE", "\\\\BACKUP01\\repo$", "jobs\\daily.vbk.locked", "jobs\\daily.vbk", 4096],
    ]);
    expect(trial.table("smb_operations")[3]).toMatchObject({
      bytes_read: 4096,
      bytes_written: 3000,
      reads: 1,
      writes: 1,
      read_end: 4096,
      write_start: 1000,
      write_end: 4000,
      magic: "56".repeat(64),
      dialect: "2.1",
    });
    expect(trial.table("smb_mapping").map((row) => [row["path"], row["share_type"], row["share"]])).toEqual([
      ["\\\\BACKUP01\\repo$", "DISK", "REPO$"],
      ["\\\\BACKUP01\\IPC$", "PIPE", "IPC$"],
    ]);
  });

  it.each(["lz77", "huffman", "lznt1", "lz4", "chained"] as const)(
    "reads what is compressed (%s) as if it were in clear",
    (packing) => {
      const rows = (trial: Trial) => {
        trial.close();
        expect(trial.weirds).toEqual([]);
        return trial.rows;
      };
      const packed = conversation().map(([side, message]): Sent => [side, compressed(message, packing)]);
      for (const size of [7, 1000, Number.POSITIVE_INFINITY])
        expect(rows(play(packed, size))).toEqual(rows(play(conversation())));
    },
  );

  it("tells of compressed messages that it does not read, and reads on behind them", () => {
    const [first, ...rest] = conversation();
    const damaged = compressed(first![1], "huffman");
    damaged.fill(0, 4 + 16 + 64, 4 + 16 + 64 + 256);
    const trial = play([[true, damaged], ...rest]);
    trial.close();
    expect(trial.weirds).toEqual(["smb_compressed: LZ77+Huffman"]);
    expect(operations(trial)).toContain("open svcctl confirmed");
    // Eight octets that would become nine million.
    const bomb = b.framed(
      Buffer.from("fc534d4200008000 04000100 08000000 00000000 00008000".replaceAll(" ", ""), "hex"),
    );
    const bombed = play(Array.from({ length: 9 }, (): Sent => [true, bomb]));
    bombed.close();
    expect(bombed.weirds).toEqual(
      Array.from({ length: 9 }, () => "smb_compressed: chained: more octets than what is unpacked"),
    );
    expect(bombed.forgotten.get("compressed SMB message")).toBe(9);
  });

  it.each([
    ["a size without end", "fc534d42 ffffffff 0100 0000 10000000"],
    ["an offset without end", "fc534d42 32000000 0100 ffff ffffffff"],
  ])("tells of lengths that overflow: %s", (_, header) => {
    const message = Buffer.concat([Buffer.from(header.replaceAll(" ", ""), "hex"), Buffer.alloc(32, 0x41)]);
    const trial = play([[true, b.framed(message)]]);
    trial.close();
    expect(trial.weirds).toEqual(["smb_compression_overflow: originator"]);
  });

  it("hands on the octets of a file, whichever way they go, and closes it with its handle", () => {
    const trial = play(conversation(), 100);
    const [read, written] = trial.files;
    expect(trial.files.length).toBe(2);
    expect(read).toMatchObject({ total: 4096, missing: 0, facts: { isOrig: false, filename: "jobs\\daily.vbk" } });
    expect(read!.bytes).toEqual(Buffer.alloc(4096, 0x56));
    expect(written).toMatchObject({ total: null, closed: true, facts: { isOrig: true, key: read!.facts.key } });
    expect(written!.bytes.subarray(1000)).toEqual(Buffer.alloc(3000, 1));
    expect(trial.table("smb_files").map((row) => row["fuid"])).toEqual([null, read!.fuid, read!.fuid]);
  });

  it("gives a pipe's octets to a stream of its name, each direction in order", () => {
    const trial = play(conversation());
    const pipe = trial.inner.find((inner) => inner.carrier === "pipe");
    expect(pipe?.name).toBe("svcctl");
    expect(pipe?.parts.map((part) => [part.fromOriginator, Buffer.from(part.bytes).toString()])).toEqual([
      [true, "bind"],
      [true, "request"],
      [false, "response"],
    ]);
  });

  it("does not hold or take payload that nobody asked for", () => {
    const trial = new Trial(smb, { respP: 445 });
    const message = b.framed(b.smb2(SMB2.write, b.writeRequest(9, 1 << 20, Buffer.alloc(1 << 20)), { messageId: 1 }));
    for (let at = 0; at < message.length; at += 1460) trial.send(true, message.subarray(at, at + 1460));
    trial.close();
    expect(trial.skipped[0]).toBe(message.length - 1460);
    expect(trial.table("smb_operations")).toMatchObject([
      { action: "transfer", name: null, bytes_written: 1 << 20, magic: null },
    ]);
  });

  it("counts only what went by of a payload that broke off", () => {
    const written = b.framed(b.smb2(SMB2.write, b.writeRequest(9, 0, Buffer.alloc(100_000)), { messageId: 1 }));
    const head = written.length - 100_000;
    for (const octets of [0, 10, 64, 1000, 99_999]) {
      const trial = new Trial(smb, { respP: 445 });
      trial.sendInPieces(true, written.subarray(0, head + octets), 777);
      trial.close();
      expect(trial.table("smb_operations")).toMatchObject([
        { action: "transfer", bytes_written: octets, write_end: octets },
      ]);
    }
  });

  it("says the same whatever the segmentation", () => {
    const whole = play(conversation());
    whole.close();
    for (const size of [1, 2, 3, 7, 64, 100, 1000]) {
      const pieces = play(conversation(), size);
      pieces.close();
      expect(pieces.rows).toEqual(whole.rows);
    }
  });

  it("reports refused and unanswered requests as such", () => {
    const messages: Sent[] = [
      [true, b.framed(b.smb2(SMB2.create, b.createRequest("secret"), { messageId: 1 }))],
      [false, b.framed(b.smb2(SMB2.create, b.errorResponse(), { ...R, messageId: 1, status: ACCESS_DENIED }))],
      [true, b.framed(b.smb2(SMB2.treeConnect, b.treeConnectRequest("\\\\A\\C$"), { messageId: 2 }))],
      [false, b.framed(b.smb2(SMB2.treeConnect, b.errorResponse(), { ...R, messageId: 2, status: ACCESS_DENIED }))],
      [true, b.framed(b.smb2(SMB2.setInfo, b.setInfoRequest(3, 13, Buffer.from([1])), { messageId: 3 }))],
    ];
    const trial = play(messages);
    trial.close();
    expect(operations(trial)).toEqual(["open secret refused", "delete null unanswered"]);
    expect(trial.table("smb_operations")[0]).toMatchObject({ status: "STATUS_ACCESS_DENIED" });
    expect(trial.table("smb_mapping")).toMatchObject([
      { path: "\\\\A\\C$", outcome: "refused", share_type: null, tree_id: null },
    ]);
    expect(trial.table("smb_files")).toEqual([]);
  });

  it("reads compounds whose later commands name the file of the first", () => {
    const related = { isRelated: true, treeId: 0xffffffff } as const;
    const messages: Sent[] = [
      [
        true,
        b.framed(
          b.compound(
            b.smb2(SMB2.create, b.createRequest("old.vib"), { messageId: 1 }),
            b.smb2(SMB2.setInfo, b.setInfoRequest(b.SAME_FILE, 64, Buffer.from([1, 0, 0, 0])), {
              messageId: 2,
              ...related,
            }),
            b.smb2(SMB2.close, b.closeRequest(b.SAME_FILE), { messageId: 3, ...related }),
          ),
        ),
      ],
      [
        false,
        b.framed(
          b.compound(
            b.smb2(SMB2.create, b.createResponse(4), { ...R, messageId: 1 }),
            b.smb2(SMB2.setInfo, b.setInfoResponse(), { ...R, messageId: 2 }),
            b.smb2(SMB2.close, b.closeResponse(), { ...R, messageId: 3 }),
          ),
        ),
      ],
    ];
    expect(operations(play(messages))).toEqual(["open old.vib confirmed", "delete old.vib confirmed"]);
    expect(operations(play(messages, 1))).toEqual(["open old.vib confirmed", "delete old.vib confirmed"]);
  });

  it("waits for the final response of an asynchronous request", () => {
    const messages: Sent[] = [
      [true, b.framed(b.smb2(SMB2.create, b.createRequest("slow"), { messageId: 1 }))],
      [false, b.framed(b.smb2(SMB2.create, b.errorResponse(), { ...R, isAsync: true, messageId: 1, status: 0x103 }))],
      [false, b.framed(b.smb2(SMB2.create, b.createResponse(4), { ...R, isAsync: true, messageId: 1 }))],
    ];
    expect(operations(play(messages))).toEqual(["open slow confirmed"]);
  });

  it("takes a file that is to be deleted on close for deleted", () => {
    const messages: Sent[] = [
      [true, b.framed(b.smb2(SMB2.create, b.createRequest("gone", 0x1000), { messageId: 1 }))],
      [false, b.framed(b.smb2(SMB2.create, b.createResponse(4), { ...R, messageId: 1 }))],
    ];
    const trial = play(messages);
    expect(operations(trial)).toEqual(["open gone confirmed", "delete gone confirmed"]);
    expect(trial.table("smb_files").map((row) => row["action"])).toEqual(["SMB::FILE_OPEN", "SMB::FILE_DELETE"]);
  });

  it("writes one session row with who logged on, from the tokens' stream", () => {
    const trial = new Trial(smb, { respP: 445 });
    trial.send(true, b.framed(b.smb2(SMB2.sessionSetup, b.sessionSetupRequest(Buffer.from("one")), { sessionId: 0 })));
    const more = { ...R, status: 0xc0000016, sessionId: 77 } as const;
    trial.send(false, b.framed(b.smb2(SMB2.sessionSetup, b.sessionSetupResponse(Buffer.from("two")), more)));
    const third = { messageId: 1, sessionId: 77 } as const;
    trial.send(true, b.framed(b.smb2(SMB2.sessionSetup, b.sessionSetupRequest(Buffer.from("three")), third)));
    const gss = trial.inner[0]!;
    gss.identity = { user: "alice", domain: "CORP", workstation: "WS1", mechanism: "ntlm" };
    trial.send(
      false,
      b.framed(b.smb2(SMB2.sessionSetup, b.sessionSetupResponse(Buffer.alloc(0), 4), { ...third, ...R })),
    );
    expect(gss.parts.map((part) => Buffer.from(part.bytes).toString())).toEqual(["one", "two", "three"]);
    expect(gss.facts).toEqual([{ kind: "auth-result", success: true }]);
    expect(gss.closed).toBe(true);
    expect(trial.table("smb_sessions")).toMatchObject([
      {
        user: "CORP\\alice",
        outcome: "confirmed",
        encrypted: true,
        session_id: "0x000000000000004d",
        workstation: "WS1",
      },
    ]);
    trial.send(true, b.framed(b.smb2(SMB2.create, b.createRequest("x"), { messageId: 2, sessionId: 77 })));
    trial.send(false, b.framed(b.smb2(SMB2.create, b.createResponse(1), { ...R, messageId: 2, sessionId: 77 })));
    expect(trial.table("smb_files")).toMatchObject([{ user: "CORP\\alice" }]);
  });

  it("counts what is encrypted", () => {
    const sealed = Buffer.alloc(52 + 500);
    sealed.write("\xfdSMB", 0, "latin1");
    sealed.writeBigUInt64LE(77n, 44);
    const trial = play([
      [true, b.framed(sealed)],
      [false, b.framed(sealed)],
      [false, b.framed(sealed)],
    ]);
    trial.close();
    expect(trial.table("smb_operations")).toMatchObject([
      { action: "sealed", bytes_written: 500, bytes_read: 1000, encrypted: true, session_id: "0x000000000000004d" },
    ]);
  });

  it("finds its feet after a gap", () => {
    const messages = conversation();
    const trial = new Trial(smb, { respP: 445 });
    for (const [i, [fromClient, message]] of messages.entries()) {
      if (i === 4) trial.gap(message.length - 30, fromClient); // the open's request, but for its end
      trial.send(fromClient, i === 4 ? message.subarray(message.length - 30) : message);
    }
    trial.close();
    const names = operations(trial);
    expect(names).toContain("open null confirmed");
    expect(names).toContain("delete jobs\\daily.vbk.locked confirmed");
    expect(names).toContain("open svcctl confirmed");
  });

  it("takes a pipe's octets for a pipe's when neither open nor share was seen", () => {
    const bind = Buffer.from("05000b0310000000480000000200000000000000", "hex");
    const trial = play([[true, b.framed(b.smb2(SMB2.write, b.writeRequest(3, 0, bind), { messageId: 9 }))]], 3);
    expect(trial.inner).toMatchObject([{ carrier: "pipe", name: "" }]);
    expect(Buffer.concat(trial.inner[0]!.parts.map((part) => part.bytes))).toEqual(bind);
  });

  it("never throws, whatever the octets and the order", () => {
    const octets = conversation().map(([, message]) => message);
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            fromOriginator: fc.boolean(),
            message: fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...octets)),
            flips: fc.array(fc.tuple(fc.nat(150), fc.nat(255)), { maxLength: 4 }),
            cut: fc.nat(300),
            gap: fc.option(fc.nat(5000), { nil: 0, freq: 8 }),
          }),
          { maxLength: 12 },
        ),
        fc.integer({ min: 1, max: 400 }),
        (steps, size) => {
          const trial = new Trial(smb, { respP: 445, sawStart: false });
          for (const { fromOriginator, message, flips, cut, gap } of steps) {
            const bytes = Buffer.from(message);
            for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
            if (gap > 0) trial.gap(gap, fromOriginator);
            trial.sendInPieces(fromOriginator, bytes.subarray(0, cut > 250 ? bytes.length : cut), size);
          }
          trial.close();
        },
      ),
      { numRuns: 300 },
    );
  });

  it("stops at any octet without a throw, and what it then said stays what it says of the whole", () => {
    const messages = conversation();
    const whole = play(messages);
    const full: readonly TrialRow[] = whole.rows;
    for (let count = 0; count <= messages.length; count++) {
      const part = play(messages.slice(0, count));
      expect(part.rows).toEqual(full.slice(0, part.rows.length));
      part.close();
    }
  });

  it("is known by its first octets on any port", () => {
    const message = b.framed(b.smb2(SMB2.negotiate, b.negotiateRequest([0x0210])));
    expect(probe(smb, message)).toBe("yes");
    expect(probe(smb, message.subarray(0, 7))).toBe("more");
    expect(probe(smb, "GET / HTTP/1.1\r\n")).toBe("no");
    expect(probe(smb, Buffer.concat([Buffer.alloc(20, 0x41), message]), { onPort: true })).toBe("yes");
    expect(probe(smb, Buffer.concat([Buffer.alloc(20, 0x41), message]))).toBe("no");
  });
});
