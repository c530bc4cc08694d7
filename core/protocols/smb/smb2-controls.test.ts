import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial } from "../../../test/analyzer-harness.ts";
import * as b from "../../../test/smb-bytes.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { securityDescriptorText } from "./security-descriptor.ts";
import { smb } from "./smb.ts";
import { FSCTL } from "./smb2/ioctl.ts";
import { SMB2 } from "./smb2/header.ts";
import { snapshotOfContexts, snapshotOfPath } from "./snapshot.ts";

const R = { isResponse: true } as const;

/** O:BA D:P(A;OICI;FA;;;WD)(D;;0x10000;;;SID): as [MS-DTYP] 2.4.6 lays it out, made by hand. */
const DESCRIPTOR = Buffer.concat([
  Buffer.from("0100049014000000000000000000000024000000", "hex"),
  Buffer.from("01020000000000052000000020020000", "hex"),
  Buffer.from("0200440002000000", "hex"),
  Buffer.from("00031400ff011f00", "hex"),
  Buffer.from("010100000000000100000000", "hex"),
  Buffer.from("0100280000000100", "hex"),
  Buffer.from("010600000000000515000000010000000200000003000000f401000007000000", "hex"),
]);

class Played {
  readonly trial = new Trial(smb, { respP: 445 });
  #id = 2;

  constructor() {
    this.exchange(SMB2.negotiate, b.negotiateRequest([0x0210, 0x0311]), b.negotiateResponse(0x0210));
    this.exchange(SMB2.treeConnect, b.treeConnectRequest("\\\\BACKUP01\\repo$"), b.treeConnectResponse(1));
  }

  exchange(command: number, request: Buffer, response: Buffer, more = {}): void {
    const messageId = this.#id++;
    this.trial.tick();
    this.trial.deliver(true, b.framed(b.smb2(command, request, { messageId })));
    this.trial.tick();
    this.trial.deliver(false, b.framed(b.smb2(command, response, { ...R, messageId, ...more })));
  }

  open(name: string, fid: number): void {
    this.exchange(SMB2.create, b.createRequest(name), b.createResponse(fid, 4096));
  }

  control(fid: number, code: number, input: Uint8Array, output: Uint8Array = Buffer.alloc(0)): void {
    this.exchange(SMB2.ioctl, b.ioctlRequest(fid, code, input), b.ioctlResponse(fid, code, output));
  }

  rows(action: string) {
    this.trial.close();
    return this.trial.table("smb_operations").filter((row) => row["action"] === action);
  }
}

describe("controls of SMB2", () => {
  it("names the source of a copy chunk by its resume key", () => {
    const played = new Played();
    played.open("full.vbk", 9);
    played.open("copy.vbk", 10);
    const key = Buffer.alloc(24, 0x5a);
    played.control(9, FSCTL.requestResumeKey, Buffer.alloc(0), Buffer.concat([key, Buffer.alloc(8)]));
    const chunk = Buffer.alloc(32 + 24);
    key.copy(chunk);
    chunk.writeUInt32LE(1, 24);
    chunk.writeUInt32LE(65536, 32 + 16);
    played.control(10, FSCTL.copyChunk, chunk);
    expect(played.rows("copy")).toMatchObject([
      { name: "copy.vbk", target: "full.vbk", size: 65536, outcome: "confirmed" },
    ]);
  });

  it("names the source of an offloaded copy by its token, and of a block clone by its handle", () => {
    const played = new Played();
    played.open("full.vbk", 9);
    played.open("copy.vbk", 10);
    const token = Buffer.alloc(512, 7);
    played.control(9, FSCTL.offloadRead, Buffer.alloc(32), Buffer.concat([Buffer.alloc(16), token]));
    const write = Buffer.alloc(32);
    write.writeBigUInt64LE(1_000_000n, 16);
    played.control(10, FSCTL.offloadWrite, Buffer.concat([write, token]));
    const clone = Buffer.alloc(40);
    b.fileId(9).copy(clone);
    clone.writeBigUInt64LE(4096n, 32);
    played.control(10, FSCTL.duplicateExtents, clone);
    expect(played.rows("copy")).toMatchObject([
      { target: "full.vbk", size: 1_000_000 },
      { target: "full.vbk", size: 4096 },
    ]);
  });

  it("tells what is zeroed, which previous versions are listed, which path a referral is for", () => {
    const played = new Played();
    played.open("full.vbk", 9);
    const range = Buffer.alloc(16);
    range.writeBigUInt64LE(512n, 0);
    range.writeBigUInt64LE(4096n, 8);
    played.control(9, FSCTL.setZeroData, range);
    const names = Buffer.from("@GMT-2024.01.02-03.04.05\0\0", "utf16le");
    const list = Buffer.alloc(12);
    list.writeUInt32LE(1, 0);
    list.writeUInt32LE(1, 4);
    list.writeUInt32LE(names.length, 8);
    played.control(9, FSCTL.enumerateSnapshots, Buffer.alloc(0), Buffer.concat([list, names]));
    played.control(9, FSCTL.dfsGetReferrals, Buffer.from("\u0004\\CORP\\dfs\0", "utf16le"));
    expect(played.rows("zero")).toMatchObject([{ name: "full.vbk", size: 3584, target: "from 512" }]);
    const rows = played.trial.table("smb_operations");
    expect(rows.filter(({ action }) => action === "snapshots")).toMatchObject([
      { target: "1 snapshots @GMT-2024.01.02-03.04.05" },
    ]);
    expect(rows.filter(({ action }) => action === "control")).toMatchObject([
      { target: "FSCTL_DFS_GET_REFERRALS \\CORP\\dfs" },
    ]);
  });

  it("shows a new access list as SDDL, and attributes and times that are set", () => {
    const played = new Played();
    played.open("full.vbk", 9);
    played.exchange(SMB2.setInfo, b.setInfoRequest(9, 0, DESCRIPTOR, 3), b.setInfoResponse());
    const basic = Buffer.alloc(40);
    basic.writeBigUInt64LE(b.FILETIME, 16);
    basic.writeUInt32LE(0x3, 32);
    played.exchange(SMB2.setInfo, b.setInfoRequest(9, 4, basic), b.setInfoResponse());
    expect(played.rows("set_security")).toMatchObject([
      { target: "OWNER,DACL O:BAD:P(A;OICI;FA;;;WD)(D;;0x10000;;;S-1-5-21-1-2-3-500-7)" },
    ]);
    expect(played.trial.table("smb_operations").filter(({ action }) => action === "set_attributes")).toMatchObject([
      { target: "READONLY|HIDDEN modified=2024-03-01T00:00:00.000Z" },
    ]);
  });

  it("one row tells that a handle is locked, one that a folder is watched", () => {
    const played = new Played();
    played.open("full.vbk", 9);
    const body = Buffer.concat([Buffer.alloc(8), b.fileId(9), Buffer.alloc(8)]);
    for (let i = 0; i < 3; i++) {
      played.exchange(SMB2.lock, body, Buffer.from([4, 0, 0, 0]));
      played.exchange(SMB2.changeNotify, body, Buffer.from([9, 0, 0, 0, 0, 0, 0, 0]));
    }
    expect(played.rows("lock")).toHaveLength(1);
    expect(played.trial.table("smb_operations").filter(({ action }) => action === "watch")).toHaveLength(1);
  });

  it("knows the previous version that is opened", () => {
    const played = new Played();
    played.open("@GMT-2024.01.02-03.04.05\\full.vbk", 9);
    expect(played.rows("open")).toMatchObject([{ snapshot: BigInt(Date.UTC(2024, 0, 2, 3, 4, 5)) * 1_000_000n }]);
  });
});

describe("readers", () => {
  it("read a TWrp context and nothing from what is cut short", () => {
    // next 0, name at 16 of 4, data at 24 of 8
    const context = Buffer.from("00000000100004000000180008000000" + "5457727000000000" + "0000000000000000", "hex");
    context.writeBigUInt64LE(b.FILETIME, 24);
    expect(snapshotOfContexts(new ByteReader(context), 0)).toBe(BigInt(Date.UTC(2024, 2, 1)) * 1_000_000n);
    for (let end = 0; end < context.length; end++) {
      expect(snapshotOfContexts(new ByteReader(context.subarray(0, end)), 0)).toBeNull();
    }
    expect(snapshotOfPath("a\\@GMT-2024.01.02-03.04.05")).not.toBeNull();
    expect(snapshotOfPath("@GMT-2024.01.02")).toBeNull();
  });

  it("a descriptor cut anywhere, and any octets, throw nothing", () => {
    for (let end = 0; end <= DESCRIPTOR.length; end++) {
      expect(() => securityDescriptorText(new ByteReader(DESCRIPTOR.subarray(0, end)))).not.toThrow();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isDescriptor) => {
        if (isDescriptor && bytes.length > 0) bytes[0] = 1;
        const r = new ByteReader(bytes);
        expect(typeof securityDescriptorText(r)).toBe("string");
        expect(r.pos).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
