import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { hex, probe, Trial, TrialHolder } from "../../../test/analyzer-harness.ts";
import { holdFor } from "../../bytes/held-budget.ts";
import { releaseValue } from "../pair.ts";
import { StoredFiles } from "./stored-files.ts";
import { sunrpc } from "./sunrpc.ts";

// From samples/recorded/nfs.pcapng, frames 256 and 257: libnfs removes a file by NFS 3, and nfs-ganesha's answer.
const REMOVE = hex(
  "800000701b87f4df0000000000000002000186a3000000030000000c000000010000001c006df4d4000000066c69626e667300000000000000000000000000000000000000000000000000184300000112442a725301511a431801f4e92000c9c99445000000c667330312d6f6c642e766962",
);

const word = (...values: number[]): Buffer =>
  Buffer.concat(values.map((value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])));
const opaque = (bytes: Uint8Array | string): Buffer => {
  const data = Buffer.from(bytes as string, "latin1");
  return Buffer.concat([word(data.length), data, Buffer.alloc((4 - (data.length & 3)) & 3)]);
};
const record = (...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([word((0x80000000 | body.length) >>> 0), body]);
};
/** A call by uid 7, gid 8 of "proxy01". */
const call = (xid: number, program: number, version: number, procedure: number, ...args: Uint8Array[]): Buffer => {
  const credential = Buffer.concat([word(0), opaque("proxy01"), word(7, 8, 0)]);
  return record(word(xid, 0, 2, program, version, procedure, 1), opaque(credential), word(0, 0), ...args);
};
const reply = (xid: number, ...results: Uint8Array[]): Buffer => record(word(xid, 1, 0, 0, 0, 0), ...results);

const ROOT = opaque("root-handle!");
const FILE = opaque("file-handle!");
const [NFS, MOUNT, PORTMAP] = [100003, 100005, 100000];
const NO_ATTRIBUTES = word(0, 0);

function mounted(trial: Trial): void {
  trial.send(true, call(1, MOUNT, 3, 1, opaque("/backup")));
  trial.send(false, reply(1, word(0), ROOT, word(1, 1)));
  trial.send(true, call(2, NFS, 3, 3, ROOT, opaque("fs01.vbk")));
  trial.send(false, reply(2, word(0), FILE, word(0, 0)));
}

const MODE = 0o640;
const WRITTEN = Buffer.from(Array.from({ length: 40_000 }, (_, i) => i & 0xff));
const write = (xid: number, data: Buffer): Buffer =>
  call(xid, NFS, 3, 7, FILE, word(0, 0, data.length, 0), opaque(data));
const wrote = (xid: number, octets: number): Buffer => reply(xid, word(0), NO_ATTRIBUTES, word(octets, 0, 0, 0));

describe("remote procedure calls", () => {
  it("are recognised by their first octets on any port", () => {
    expect(probe(sunrpc, call(1, NFS, 3, 0))).toBe("yes");
    expect(probe(sunrpc, call(1, 12345, 3, 0))).toBe("no");
    expect(probe(sunrpc, call(1, 12345, 3, 0), { onPort: true })).toBe("yes");
    expect(probe(sunrpc, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", { onPort: true })).toBe("no");
    expect(probe(sunrpc, REMOVE.subarray(0, 20))).toBe("more");
    expect(probe(sunrpc, call(1, PORTMAP, 2, 3).subarray(4), { carrier: "udp" })).toBe("yes");
  });

  it("tell of ports, which are expected", () => {
    const trial = new Trial(sunrpc);
    trial.send(true, call(1, PORTMAP, 2, 3, word(NFS, 3, 6, 0)));
    trial.send(false, reply(1, word(2049)));
    expect(trial.table("portmap")).toMatchObject([
      { operation: "GETPORT", program_name: "nfs", address: "2049", machine: "proxy01" },
    ]);
    expect(trial.expected).toEqual([{ respH: "10.0.0.2", respP: 2049, protocol: "sunrpc" }]);
  });

  it("are odd where calls and answers do not go together", () => {
    const trial = new Trial(sunrpc);
    trial.send(true, call(1, NFS, 3, 0));
    trial.send(true, call(1, NFS, 3, 1, ROOT));
    trial.send(false, reply(1));
    trial.send(false, reply(9));
    trial.send(false, call(2, PORTMAP, 2, 0));
    trial.send(true, reply(2));
    trial.send(true, record(word(3, 0, 2, NFS, 3, 0, 1, 4000)));
    expect(trial.weirds).toEqual([
      "RPC_rexmit_inconsistency",
      "unpaired_RPC_response",
      "responder_RPC_call",
      "originator_RPC_reply",
      "bad_RPC",
    ]);
  });

  it("say why they were refused", () => {
    const trial = new Trial(sunrpc);
    trial.send(true, call(1, NFS, 3, 12, ROOT, opaque("fs01.vbk")));
    trial.send(false, record(word(1, 1, 1, 1, 5)));
    trial.close();
    expect(trial.table("nfs")).toMatchObject([{ operation: "REMOVE", outcome: "refused", status: "AUTH_TOOWEAK" }]);
    expect(trial.table("archive_op")).toMatchObject([{ operation: "delete", outcome: "refused" }]);
  });
});

describe("NFS 3", () => {
  it("resolves handles to paths, for removals too", () => {
    const trial = new Trial(sunrpc);
    mounted(trial);
    trial.send(true, call(3, NFS, 3, 2, FILE, word(1, MODE, 0, 0, 1, 0, 0, 0, 0, 0)));
    trial.send(false, reply(3, word(0), NO_ATTRIBUTES));
    trial.send(true, call(4, NFS, 3, 14, ROOT, opaque("fs01.vbk"), ROOT, opaque("fs01.locked")));
    trial.send(false, reply(4, word(0), NO_ATTRIBUTES, NO_ATTRIBUTES));
    trial.send(true, call(5, NFS, 3, 21, FILE, word(0, 0, 0)));
    trial.close();
    expect(trial.table("nfs").filter(({ operation }) => operation !== "LOOKUP")).toMatchObject([
      { operation: "SETATTR", path: "/backup/fs01.vbk", size: 0, mode: "0640", export: "/backup", uid_number: 7 },
      { operation: "RENAME", path: "/backup/fs01.vbk", new_path: "/backup/fs01.locked", outcome: "confirmed" },
      { operation: "COMMIT", path: "/backup/fs01.locked", outcome: "attempted" },
    ]);
    expect(trial.table("archive_op")).toMatchObject([
      { operation: "truncate", detail: "to 0 octets", actor: "uid 7 at proxy01" },
      { operation: "rename", new_object: "/backup/fs01.locked" },
    ]);
  });

  it("tells the size of a file that was read to its end where no attributes do", () => {
    const trial = new Trial(sunrpc);
    mounted(trial);
    const data = opaque(Buffer.alloc(8));
    for (const [xid, offset, isEnd] of [
      [3, 0, 0],
      [4, 8, 1],
    ] as const) {
      trial.send(true, call(xid, NFS, 3, 6, FILE, word(0, offset, 8)));
      trial.send(false, reply(xid, word(0), word(0), word(8, isEnd), data));
    }
    trial.close();
    expect(trial.table("nfs").at(-1)).toMatchObject({ operation: "READ", calls: 2, octets: 16, end: 16, size: 16 });
  });

  it.each([1, 1000, 100_000])("takes a long write in pieces of %i octets", (size) => {
    const trial = new Trial(sunrpc);
    mounted(trial);
    trial.sendInPieces(true, write(3, WRITTEN), size);
    trial.send(false, wrote(3, WRITTEN.length));
    trial.sendInPieces(true, write(4, WRITTEN), size);
    trial.send(false, wrote(4, WRITTEN.length));
    trial.close();
    expect(trial.table("nfs").at(-1)).toMatchObject({
      operation: "WRITE",
      calls: 2,
      octets: 80_000,
      offset: 0,
      end: 40_000,
    });
    expect(trial.files).toHaveLength(1);
    expect(trial.files[0]!.bytes.equals(WRITTEN)).toBe(true);
  });

  it("lets octets that nobody wants pass unseen", () => {
    const trial = new Trial(sunrpc);
    trial.wantsFiles = false;
    mounted(trial);
    trial.sendInPieces(true, write(3, WRITTEN), 1000);
    trial.send(false, wrote(3, WRITTEN.length));
    trial.close();
    expect(trial.skipped[0]).toBeGreaterThan(30_000);
    expect(trial.table("nfs").at(-1)).toMatchObject({ operation: "WRITE", octets: 40_000 });
  });

  it("finds the next record behind a gap, inside file data and elsewhere", () => {
    const sent = write(3, WRITTEN);
    for (const at of [10_000, 38_000, 60]) {
      const trial = new Trial(sunrpc);
      mounted(trial);
      trial.send(true, sent.subarray(0, at));
      trial.gap(20_000, true);
      if (at + 20_000 < sent.length) trial.send(true, sent.subarray(at + 20_000));
      else trial.send(true, Buffer.concat([Buffer.alloc(3, 0xff), call(9, NFS, 3, 12, ROOT, opaque("a.vbk"))]));
      trial.send(true, call(4, NFS, 3, 12, ROOT, opaque("fs01.vbk")));
      trial.send(false, reply(4, word(0), NO_ATTRIBUTES));
      trial.close();
      expect(
        trial.table("nfs").map(({ operation }) => operation),
        String(at),
      ).toContain("REMOVE");
    }
  });
});

describe("NFS 4", () => {
  const SET = 0x00000010;
  const compound = (xid: number, ops: number, ...args: Uint8Array[]): Buffer =>
    call(xid, NFS, 4, 1, word(0, 1, ops), ...args);

  it("follows the current and the saved handle", () => {
    const trial = new Trial(sunrpc);
    trial.send(true, compound(1, 4, word(24, 15), opaque("backup"), word(10, 15), opaque("fs01.vbk")));
    trial.send(false, reply(1, word(0, 0, 4, 24, 0, 15, 0, 10, 0), ROOT, word(15, 0)));
    trial.send(
      true,
      compound(2, 5, word(22), ROOT, word(32, 22), ROOT, word(29), opaque("fs01.vbk"), opaque("fs01.gone")),
    );
    trial.send(false, reply(2, word(0, 0, 5, 22, 0, 32, 0, 22, 0, 29, 0), Buffer.alloc(40)));
    trial.send(true, compound(3, 2, word(22), ROOT, word(34), Buffer.alloc(16), word(1, SET, 8, 0, 512)));
    trial.send(false, reply(3, word(13, 0, 2, 22, 0, 34, 13, 0)));
    trial.close();
    const rows = trial.table("nfs").filter(({ operation }) => operation !== "LOOKUP");
    expect(rows).toMatchObject([
      { version: "4.1", operation: "RENAME", path: "/backup/fs01.vbk", new_path: "/backup/fs01.gone" },
      { operation: "SETATTR", path: "/backup", size: 512, outcome: "refused", status: "NFS4ERR_ACCES" },
    ]);
  });
});

describe("what a connection holds", () => {
  afterEach(() => void holdFor(null));

  /** One NFS connection whose stream may be told to hold less. */
  function held(): { trial: Trial; holder: TrialHolder } {
    const holder = new TrialHolder();
    holdFor(holder);
    return { trial: new Trial(sunrpc), holder };
  }

  const LONG = "n".repeat(200);
  const listed = (xid: number, directory: Buffer, isEnd: boolean): readonly [Buffer, Buffer] => {
    const entry = Buffer.concat([word(1, 0, 1), opaque(LONG), word(0, 1)]);
    const names = Buffer.concat(Array.from({ length: 60 }, () => entry));
    return [
      call(xid, NFS, 3, 16, directory, word(0, 0, 0, 0, 8192)),
      reply(xid, word(0), word(0), word(0, 0), names, word(0, Number(isEnd))),
    ];
  };

  it("is no list of a directory whose path nobody told, once it is over", () => {
    const { trial, holder } = held();
    for (let xid = 1; xid <= 20; xid++) {
      const [asked, told] = listed(xid, ROOT, true);
      trial.send(true, asked);
      trial.send(false, told);
    }
    expect(trial.table("directory_listing")).toEqual([]);
    expect(holder.carried).toBeLessThan(10_000);
  });

  it("are lists that are told as not whole where they are forgotten", () => {
    const { trial, holder } = held();
    mounted(trial);
    const [asked, told] = listed(3, ROOT, false);
    trial.send(true, asked);
    trial.send(false, told);
    const before = holder.carried;
    // So many are needed that the map of them is told of.
    for (let xid = 4; xid < 10; xid++) {
      const [other, answer] = listed(xid, opaque(`dir-${xid}`), false);
      trial.send(true, other);
      trial.send(false, answer);
    }
    holder.giveUp();
    expect(trial.table("directory_listing")).toMatchObject([{ object: "/backup", complete: false }]);
    expect(holder.carried).toBeLessThan(before * 5);
  });

  it("are sums that lose nothing where they are written early", () => {
    const rows = (gives: boolean) => {
      const { trial, holder } = held();
      mounted(trial);
      for (let xid = 3; xid < 103; xid++) {
        trial.send(true, call(xid, NFS, 3, 3, ROOT, opaque(`file ${xid}`)));
        trial.send(false, reply(xid, word(2), NO_ATTRIBUTES));
      }
      const before = holder.carried;
      if (gives) {
        holder.giveUp();
        expect(holder.carried).toBeLessThan(before * (3 / 4));
        expect(trial.table("nfs").length).toBeGreaterThan(40);
        expect(trial.table("rpc").length).toBeGreaterThan(0);
      }
      trial.close();
      expect(trial.forgotten.size).toBe(0);
      return trial.rows.filter(({ table }) => table === "nfs");
    };
    expect(rows(true)).toEqual(rows(false));
  });

  it("are calls that are told as unanswered where they are forgotten, and files", () => {
    const { trial, holder } = held();
    mounted(trial);
    for (let xid = 10; xid < 30; xid++) trial.send(true, call(xid, NFS, 3, 12, ROOT, opaque(`file ${xid}`)));
    holder.giveUp();
    expect(trial.forgotten.get("Sun RPC call")).toBe(10);
    const removed = trial.table("nfs").filter(({ operation }) => operation === "REMOVE");
    expect(removed).toHaveLength(10);
    expect(removed[0]).toMatchObject({ path: "/backup/file 10", outcome: "attempted" });
  });

  it("are files whose versions are told where they are forgotten", () => {
    const { trial, holder } = held();
    mounted(trial);
    for (let i = 0; i < 10; i++) {
      const data = Buffer.alloc(8);
      trial.send(true, call(10 + i, NFS, 3, 7, opaque(`handle ${i}`), word(0, 0, 8, 0), opaque(data)));
      trial.send(false, wrote(10 + i, 8));
    }
    holder.giveUp();
    expect(trial.forgotten.get("NFS file")).toBe(5);
    expect(trial.files.filter(({ closed }) => closed)).toHaveLength(5);
  });

  it("are the paths of files under way, however deep", () => {
    const { trial, holder } = held();
    const refuse = (): never => {
      throw new Error("nothing is told while files are under way");
    };
    const files = new StoredFiles(trial.conn, { emit: refuse, weird: refuse, limit: refuse, forgot: refuse });
    const known = { parent: null, root: null, head: null, exists: true, isFresh: false, size: null };
    for (let id = 0; id < 10; id++)
      files.fileOf({ id, handle: String(id), name: "n".repeat(5000), ...known }, false, true);
    expect(holder.carried).toBeGreaterThan(10 * 2 * 5000);
  });

  it("are handles of which the roots stay, and none once the hosts share them no longer", () => {
    const trial = new Trial(sunrpc);
    mounted(trial);
    for (let i = 0; i < 100; i++) {
      trial.send(true, call(10 + i, NFS, 3, 3, ROOT, opaque(`file ${i}`)));
      trial.send(false, reply(10 + i, word(0), opaque(`handle ${i}`), word(0, 0)));
    }
    const { pair } = trial.conn;
    for (const each of [...pair.forgettable!]) each.forget();
    expect(trial.forgotten.get("NFS handle")).toBeGreaterThan(90);
    trial.send(true, call(200, NFS, 3, 12, ROOT, opaque("a.vbk")));
    trial.send(false, reply(200, word(0), NO_ATTRIBUTES));
    expect(trial.table("nfs").at(-1)).toMatchObject({ path: "/backup/a.vbk", export: "/backup" });
    for (const value of pair.values()) releaseValue(value);
    expect(pair.carried).toBe(0);
  });

  it("are the roots still where thousands of files made room", () => {
    const trial = new Trial(sunrpc);
    mounted(trial);
    for (let i = 0; i < 8300; i++) {
      trial.send(true, call(10 + i, NFS, 3, 1, opaque(`handle ${i}`)));
      trial.send(false, reply(10 + i, word(70)));
    }
    trial.send(true, call(9, NFS, 3, 12, ROOT, opaque("a.vbk")));
    trial.send(false, reply(9, word(0), NO_ATTRIBUTES));
    expect(trial.forgotten.get("NFS handle")).toBeGreaterThan(100);
    expect(trial.table("nfs").at(-1)).toMatchObject({ path: "/backup/a.vbk", export: "/backup" });
  });

  it("weighs a handle as what it is: an octet for each digit", () => {
    const trial = new Trial(sunrpc);
    const before = trial.conn.pair.carried;
    for (let i = 0; i < 100; i++) {
      trial.send(true, call(10 + i, NFS, 3, 1, opaque(`${i}`.padEnd(64, "h"))));
      trial.send(false, reply(10 + i, word(70)));
    }
    // 128 digits beside what is the same for each.
    expect((trial.conn.pair.carried - before) / 100).toBeLessThan(540);
  });
});

describe("octets that are no calls", () => {
  it("never make it throw, cut short anywhere or made up", () => {
    const whole = Buffer.concat([call(1, MOUNT, 3, 1, opaque("/backup")), REMOVE, write(3, WRITTEN.subarray(0, 100))]);
    for (let end = 0; end <= whole.length; end++) {
      const trial = new Trial(sunrpc);
      trial.send(true, whole.subarray(0, end));
      trial.close();
    }
    const pieces = fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 300 })), { maxLength: 8 });
    const heads = fc.tuple(
      fc.constantFrom(NFS, MOUNT, PORTMAP),
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 0, max: 21 }),
    );
    fc.assert(
      fc.property(
        heads,
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ maxLength: 200 }),
        pieces,
        (head, args, results, rest) => {
          const trial = new Trial(sunrpc);
          trial.send(true, call(1, ...head, args));
          trial.send(false, reply(1, results));
          for (const [fromOriginator, bytes] of rest) trial.send(fromOriginator, bytes);
          trial.close();
        },
      ),
      { numRuns: 300 },
    );
  });
});
