import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, TrialHolder } from "../../../test/analyzer-harness.ts";
import { holdFor } from "../../bytes/held-budget.ts";
import { FILETIME, framed, smb1 } from "../../../test/smb-bytes.ts";
import { smb } from "./smb.ts";
import { SMB1 } from "./smb1/header.ts";
import { PendingExchanges, type Asked } from "./smb1/pending.ts";
import { Session } from "./state.ts";

it("gives up the older half of waiting commands where all connections hold too much", () => {
  const holder = new TrialHolder();
  holdFor(holder);
  const given: number[] = [];
  const session = new Session("", () => undefined);
  const pending = new PendingExchanges(
    () => undefined,
    (asked) => void given.push(asked[0]!.offset),
  );
  for (let offset = 0; offset < 20; offset++) {
    const asked: Asked = {
      command: SMB1.transaction,
      from: { ts: 0n, capture: 1, frame: 1 },
      session,
      tree: null,
      file: null,
      offset,
      subcommand: 0,
      change: null,
      text: null,
      setup: null,
    };
    pending.add(offset, [asked]);
  }
  holder.giveUp();
  holdFor(null);
  expect(given).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(pending.get(9)).toBeUndefined();
  expect(pending.get(10)).toBeDefined();
});

type Sent = readonly [fromClient: boolean, message: Buffer];

const NO_ANDX = Buffer.from([0xff, 0, 0, 0]);

function u16(...values: readonly number[]): Buffer {
  const words = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => words.writeUInt16LE(value, i * 2));
  return words;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`, "latin1");
}

function ntCreateRequest(name: string): Buffer {
  const words = Buffer.alloc(48);
  NO_ANDX.copy(words);
  words.writeUInt32LE(0x00010080, 15);
  words.writeUInt32LE(3, 35);
  return smb1(SMB1.ntCreateAndx, words, text(name), { mid: 3 });
}

function ntCreateResponse(fid: number): Buffer {
  const words = Buffer.alloc(68);
  NO_ANDX.copy(words);
  words.writeUInt16LE(fid, 5);
  words.writeUInt32LE(2, 7);
  for (let i = 0; i < 4; i++) words.writeBigUInt64LE(FILETIME, 11 + i * 8);
  words.writeUInt32LE(0x20, 43);
  words.writeBigUInt64LE(77n, 55);
  return smb1(SMB1.ntCreateAndx, words, Buffer.alloc(0), { mid: 3, isReply: true });
}

function writeRequest(fid: number, data: Buffer): Buffer {
  const words = Buffer.alloc(28);
  NO_ANDX.copy(words);
  words.writeUInt16LE(fid, 4);
  words.writeUInt16LE(data.length >> 16, 18);
  words.writeUInt16LE(data.length & 0xffff, 20);
  words.writeUInt16LE(32 + 1 + 28 + 2, 22);
  return smb1(SMB1.writeAndx, words, data, { mid: 4 });
}

function transactRequest(fid: number, data: Buffer): Buffer {
  const name = text("\\PIPE\\");
  const dataAt = 32 + 1 + 32 + 2 + name.length;
  const words = Buffer.alloc(32);
  words.writeUInt16LE(data.length, 2);
  words.writeUInt16LE(data.length, 22);
  words.writeUInt16LE(dataAt, 24);
  words.writeUInt8(2, 26);
  words.writeUInt16LE(0x26, 28);
  words.writeUInt16LE(fid, 30);
  return smb1(SMB1.transaction, words, Buffer.concat([name, data]), { mid: 5 });
}

function transactResponse(data: Buffer): Buffer {
  const words = Buffer.alloc(20);
  words.writeUInt16LE(data.length, 2);
  words.writeUInt16LE(data.length, 12);
  words.writeUInt16LE(32 + 1 + 20 + 2, 14);
  return smb1(SMB1.transaction, words, data, { mid: 5, isReply: true });
}

function treeConnect(path: string, service: string): Sent[] {
  const ask = smb1(
    SMB1.treeConnectAndx,
    Buffer.concat([NO_ANDX, u16(0, 1)]),
    Buffer.concat([Buffer.alloc(1), text(path), text("?????")]),
    {
      mid: 2,
    },
  );
  const answer = smb1(
    SMB1.treeConnectAndx,
    Buffer.concat([NO_ANDX, u16(0)]),
    Buffer.concat([text(service), text("NTFS")]),
    {
      mid: 2,
      isReply: true,
    },
  );
  return [
    [true, framed(ask)],
    [false, framed(answer)],
  ];
}

function logon(): Sent[] {
  const dialects = Buffer.concat([
    Buffer.from([2]),
    text("PC NETWORK PROGRAM 1.0"),
    Buffer.from([2]),
    text("NT LM 0.12"),
  ]);
  const negotiated = Buffer.alloc(34);
  negotiated.writeUInt16LE(1, 0);
  negotiated.writeUInt8(0x0f, 2);
  const setup = Buffer.concat([NO_ANDX, u16(4356, 1, 0, 0, 0, 24, 24, 0, 0, 0, 0)]);
  const names = Buffer.concat([Buffer.alloc(48, 7), text("alice"), text("CORP"), text("Unix"), text("Samba")]);
  return [
    [true, framed(smb1(SMB1.negotiate, Buffer.alloc(0), dialects))],
    [false, framed(smb1(SMB1.negotiate, negotiated, Buffer.alloc(0), { isReply: true }))],
    [true, framed(smb1(SMB1.sessionSetupAndx, setup, names, { uid: 0 }))],
    [
      false,
      framed(smb1(SMB1.sessionSetupAndx, Buffer.concat([NO_ANDX, u16(1)]), text("Windows 5.1"), { isReply: true })),
    ],
  ];
}

/** Log-on, a file written, renamed and deleted, a pipe used. */
function conversation(): Sent[] {
  const names = Buffer.concat([Buffer.from([4]), text("\\a.vbk"), Buffer.from([4]), text("\\b.vbk")]);
  return [
    ...logon(),
    ...treeConnect("\\\\BACKUP01\\C$", "A:"),
    [true, framed(ntCreateRequest("\\a.vbk"))],
    [false, framed(ntCreateResponse(0x4000))],
    [true, framed(writeRequest(0x4000, Buffer.alloc(70_000, 0x4d)))],
    [
      false,
      framed(
        smb1(SMB1.writeAndx, Buffer.concat([NO_ANDX, u16(0, 0, 0, 0)]), Buffer.alloc(0), { mid: 4, isReply: true }),
      ),
    ],
    [true, framed(smb1(SMB1.close, u16(0x4000, 0, 0), Buffer.alloc(0), { mid: 6 }))],
    [false, framed(smb1(SMB1.close, Buffer.alloc(0), Buffer.alloc(0), { mid: 6, isReply: true }))],
    [true, framed(smb1(SMB1.rename, u16(0x16), names, { mid: 7 }))],
    [false, framed(smb1(SMB1.rename, Buffer.alloc(0), Buffer.alloc(0), { mid: 7, isReply: true }))],
    [true, framed(smb1(SMB1.delete, u16(0x16), Buffer.concat([Buffer.from([4]), text("\\b.vbk")]), { mid: 8 }))],
    [false, framed(smb1(SMB1.delete, Buffer.alloc(0), Buffer.alloc(0), { mid: 8, isReply: true, status: 0xc0000022 }))],
    ...treeConnect("\\\\BACKUP01\\IPC$", "IPC"),
    [true, framed(ntCreateRequest("\\svcctl"))],
    [false, framed(ntCreateResponse(0x4001))],
    [true, framed(transactRequest(0x4001, Buffer.from("request")))],
    [false, framed(transactResponse(Buffer.from("response")))],
  ];
}

function play(messages: readonly Sent[], size = Number.POSITIVE_INFINITY): Trial {
  const trial = new Trial(smb, { respP: 139 });
  for (const [fromClient, message] of messages) {
    trial.tick();
    for (let at = 0; at < message.length; at += size) {
      trial.deliver(fromClient, message.subarray(at, Math.min(message.length, at + size)));
    }
  }
  return trial;
}

describe("SMB1", () => {
  it("follows log-on, files and pipes", () => {
    const trial = play(conversation());
    trial.close();
    expect(trial.weirds).toEqual([]);
    expect(trial.table("smb_sessions")).toMatchObject([
      {
        user: "CORP\\alice",
        dialect: "NT LM 0.12",
        is_guest: true,
        signing: "required",
        native_os: "Unix",
        server_os: "Windows 5.1",
      },
    ]);
    expect(
      trial
        .table("smb_mapping")
        .map((row) => [row["path"], row["service"], row["native_file_system"], row["share_type"]]),
    ).toEqual([
      ["\\\\BACKUP01\\C$", "A:", "NTFS", "DISK"],
      ["\\\\BACKUP01\\IPC$", "IPC", "NTFS", "PIPE"],
    ]);
    expect(
      trial.table("smb_operations").map((row) => [row["action"], row["name"], row["outcome"], row["user"]]),
    ).toEqual([
      ["open", "\\a.vbk", "confirmed", "CORP\\alice"],
      ["transfer", "\\a.vbk", null, "CORP\\alice"],
      ["rename", "\\a.vbk", "confirmed", "CORP\\alice"],
      ["delete", "\\b.vbk", "refused", "CORP\\alice"],
      ["open", "\\svcctl", "confirmed", "CORP\\alice"],
      ["transfer", "\\svcctl", null, "CORP\\alice"],
    ]);
    expect(trial.table("smb_operations")[1]).toMatchObject({ bytes_written: 70_000, magic: "4d".repeat(64), size: 77 });
    const pipe = trial.inner.find((inner) => inner.carrier === "pipe");
    expect(pipe?.name).toBe("svcctl");
    expect(pipe?.parts.map((part) => [part.fromOriginator, Buffer.from(part.bytes).toString()])).toEqual([
      [true, "request"],
      [false, "response"],
    ]);
  });

  it("says the same whatever the segmentation", () => {
    const whole = play(conversation());
    whole.close();
    for (const size of [1, 3, 40, 1460]) {
      const pieces = play(conversation(), size);
      pieces.close();
      expect(pieces.rows).toEqual(whole.rows);
    }
  });

  it("reads a chain of commands, and stops at one that does not advance", () => {
    const setup = Buffer.alloc(26);
    setup.writeUInt8(SMB1.treeConnectAndx, 0);
    const names = Buffer.concat([text("bob"), text("X"), text("os"), text("lm")]);
    const path = Buffer.concat([Buffer.alloc(1), text("\\\\H\\S"), text("A:")]);
    const next = Buffer.concat([Buffer.from([4]), NO_ANDX, u16(0, 1), u16(path.length), path]);
    const message = Buffer.concat([smb1(SMB1.sessionSetupAndx, setup, names, { uid: 0 }), next]);
    message.writeUInt16LE(message.length - next.length, 35);
    const answer = Buffer.concat([
      smb1(SMB1.sessionSetupAndx, Buffer.from([SMB1.treeConnectAndx, 0, 41, 0, 0, 0]), Buffer.alloc(0), {
        isReply: true,
        tid: 9,
      }),
      Buffer.concat([Buffer.from([3]), NO_ANDX, u16(0), u16(3), text("A:")]),
    ]);
    const trial = play([
      [true, framed(message)],
      [false, framed(answer)],
    ]);
    expect(trial.table("smb_sessions")).toMatchObject([{ username: "bob", outcome: "confirmed" }]);
    expect(trial.table("smb_mapping")).toMatchObject([{ path: "\\\\H\\S", share: "S", tree_id: "0x00000009" }]);
    message.writeUInt16LE(10, 35);
    expect(play([[true, framed(message)]]).weirds).toEqual(["smb_andx_offset_not_advancing"]);
  });

  it("notices what no client sends: TRANS2_SESSION_SETUP, and a look into a pipe that is not open", () => {
    const transaction = (command: number, ...setup: readonly number[]): Buffer => {
      const words = Buffer.alloc(28 + 2 * setup.length);
      words.writeUInt8(setup.length, 26);
      u16(...setup).copy(words, 28);
      return smb1(command, words, Buffer.alloc(0), { mid: 65 });
    };
    const weirds = (message: Buffer): readonly string[] => play([[true, framed(message)]]).weirds;
    expect(weirds(transaction(SMB1.transaction2, 0x0e))).toEqual(["smb_trans2_session_setup"]);
    expect(weirds(transaction(SMB1.transaction, 0x23, 0))).toEqual(["smb_peek_without_pipe"]);
    expect(weirds(transaction(SMB1.transaction, 0x23, 0x4000))).toEqual([]);
  });

  it("never throws, whatever the octets and the order", () => {
    const octets = conversation().map(([, message]) => message.subarray(0, 400));
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            fromOriginator: fc.boolean(),
            message: fc.constantFrom(...octets),
            flips: fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 5 }),
            gap: fc.option(fc.nat(3000), { nil: 0, freq: 8 }),
          }),
          { maxLength: 12 },
        ),
        fc.integer({ min: 1, max: 300 }),
        (steps, size) => {
          const trial = new Trial(smb, { respP: 139 });
          for (const { fromOriginator, message, flips, gap } of steps) {
            const bytes = Buffer.from(message);
            bytes.writeUIntBE(bytes.length - 4, 1, 3);
            for (const [at, value] of flips) if (at + 36 < bytes.length) bytes[at + 36] = value;
            if (gap > 0) trial.gap(gap, fromOriginator);
            trial.sendInPieces(fromOriginator, bytes, size);
          }
          trial.close();
        },
      ),
      { numRuns: 300 },
    );
  });

  it("stops at any message", () => {
    const messages = conversation();
    for (let count = 0; count <= messages.length; count++) play(messages.slice(0, count)).close();
  });
});

describe("the older commands of SMB1", () => {
  const fileName = (name: string): Buffer => Buffer.concat([Buffer.from([4]), text(name)]);
  const exchange = (trial: Trial, command: number, words: Buffer, bytes: Buffer, answer: Buffer, mid: number): void => {
    trial.tick();
    trial.deliver(true, framed(smb1(command, words, bytes, { mid })));
    trial.tick();
    trial.deliver(false, framed(smb1(command, answer, Buffer.alloc(0), { mid, isReply: true })));
  };

  it("OPEN, WRITE and CLOSE tell of a file; a WRITE of nothing ends it, SET_INFORMATION and a control are noted", () => {
    const trial = new Trial(smb, { respP: 139 });
    exchange(trial, SMB1.open, u16(2, 0), fileName("\\a.txt"), u16(9, 0x20, 0, 0, 100, 0, 2), 1);
    const data = Buffer.concat([Buffer.from([1, 5, 0]), Buffer.from("hello")]);
    exchange(trial, SMB1.write, u16(9, 5, 10, 0, 0), data, u16(5), 2);
    exchange(trial, SMB1.write, u16(9, 0, 64, 0, 0), Buffer.from([1, 0, 0]), u16(0), 3);
    exchange(trial, SMB1.setInformation, u16(1, 0, 0, 0, 0, 0, 0, 0), fileName("\\a.txt"), Buffer.alloc(0), 4);
    const control = Buffer.alloc(46);
    control.writeUInt8(4, 35);
    control.writeUInt16LE(2, 36);
    control.writeUInt32LE(0x000980c8, 38);
    control.writeUInt16LE(9, 42);
    exchange(trial, SMB1.ntTransact, control, Buffer.alloc(0), Buffer.alloc(36), 5);
    exchange(trial, SMB1.close, u16(9, 0, 0), Buffer.alloc(0), Buffer.alloc(0), 6);
    trial.close();
    const rows = trial.table("smb_operations");
    expect(rows.map(({ action, name, size, target }) => [action, name, size, target])).toEqual([
      ["open", "\\a.txt", 100, null],
      ["truncate", "\\a.txt", 64, null],
      ["set_attributes", "\\a.txt", null, null],
      ["control", "\\a.txt", null, "FSCTL_SET_ZERO_DATA"],
      ["transfer", "\\a.txt", 100, null],
    ]);
    expect(rows.at(-1)).toMatchObject({ bytes_written: 5, write_start: 10, write_end: 15 });
  });
});
