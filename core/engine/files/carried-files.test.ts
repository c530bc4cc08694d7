import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NetConnection } from "../../net/connection.ts";
import type { FileFacts } from "../../protocols/carried-file.ts";
import type { Moment } from "../../protocols/protocol.ts";
import { CarriedFiles } from "./carried-files.ts";
import type { FileOptions } from "./file-options.ts";

type Row = Readonly<Record<string, unknown>>;

const SECOND = 1_000_000_000n;
const TEXT = Buffer.from("#!/bin/sh\necho backup deleted\n");
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function connection(uid: string): NetConnection {
  const made = { uid, origH: "10.0.0.1", origP: 50000, respH: "8.8.8.8", respP: 80, nextRecord: 1, proto: "tcp" };
  return made as unknown as NetConnection;
}

/** Files on made-up connections of one pair of hosts. */
class Bench {
  readonly rows: { n: number; uid: string; row: Row; from: Moment; to: Moment }[] = [];
  readonly files: CarriedFiles;
  now: Moment = { ts: 0n, capture: 1, frame: 1 };
  #opened = 0;

  constructor(options: FileOptions = {}) {
    const write = (_type: unknown, key: { uid: string }, n: number, row: Row, from: Moment, to: Moment): void =>
      void this.rows.push({ n, uid: key.uid, row, from, to });
    this.files = new CarriedFiles({ write } as never, options);
  }

  at(seconds: number): void {
    this.now = { ts: BigInt(seconds) * SECOND, capture: 1, frame: this.now.frame + 1 };
  }

  open(net: NetConnection, facts: Partial<FileFacts> = {}) {
    const unique = `${net.uid} ${this.#opened++}`;
    return this.files.open(net, { source: "HTTP", isOrig: false, ...facts }, unique, "pair", () => this.now);
  }
}

describe("a carried file", () => {
  it("has digests of the chunks that are whole, where it is not", () => {
    const bench = new Bench();
    const bytes = Buffer.alloc(5 << 20, "backup of the night ");
    const chunk = (n: number) => [n << 20, sha256(bytes.subarray(n << 20, (n + 1) << 20))];
    const file = bench.open(connection("C1"), { key: "a", totalOctets: bytes.length });
    for (let at = 0; at < 2_500_000; at += 1000) file.data(bytes, at, at + 1000);
    file.seek(3 << 20);
    for (let at = 3 << 20; at < bytes.length; at += 1 << 10) file.data(bytes, at, at + (1 << 10));
    expect(file.content()).toMatchObject({ digests: null, notHashed: "gap", chunks: [0, 1, 3, 4].map(chunk) });
    const small = new Bench({ hashLimit: 1 << 20 }).open(connection("C1"), { key: "a", totalOctets: bytes.length });
    small.data(bytes, 0, 2 << 20);
    expect([small.wants, small.content()!.chunks]).toEqual([false, []]);
  });

  it("has type, hashes and times once it is closed", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"), { filename: "run.sh" });
    bench.at(1);
    file.data(TEXT, 0, 12);
    bench.at(3);
    file.data(TEXT, 12, TEXT.length);
    expect(bench.rows).toEqual([]);
    file.close();
    file.close();
    expect(bench.rows.length).toBe(1);
    const { row, n, from, to } = bench.rows[0]!;
    expect([n, from.ts, to.ts]).toEqual([1, SECOND, 3n * SECOND]);
    expect(row).toMatchObject({
      fuid: file.fuid,
      mime_type: "text/x-shellscript",
      filename: "run.sh",
      seen_bytes: 30,
      total_bytes: null,
      missing_bytes: 0,
      duration: 2e9,
      local_orig: false,
      timedout: false,
      sha256: sha256(TEXT),
      analyzers: ["MD5", "SHA1", "SHA256"],
    });
    expect(file.fuid).toMatch(/^F[0-9A-Za-z]{17}$/);
  });

  it("is over when its whole length went by", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"), { totalOctets: TEXT.length });
    file.data(TEXT, 0, TEXT.length);
    expect(bench.rows.length).toBe(1);
    file.data(TEXT, 0, TEXT.length);
    file.close();
    expect(bench.rows.length).toBe(1);
  });

  it("has no record if nothing of it came", () => {
    const bench = new Bench();
    bench.open(connection("C1")).close();
    bench.files.finish();
    expect(bench.rows).toEqual([]);
  });

  it("has neither hashes nor, after a lost beginning, a type where octets are missing", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"));
    file.gap(10);
    expect(file.wants).toBe(false);
    file.data(TEXT, 10, TEXT.length);
    file.close();
    expect(bench.rows[0]!.row).toMatchObject({ mime_type: null, missing_bytes: 10, sha256: null, not_hashed: "gap" });
  });

  it("keeps the type that its beginning shows when something is lost later", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"));
    file.data(TEXT, 0, TEXT.length);
    file.gap(5);
    expect(file.mimeType).toBe("text/x-shellscript");
    expect(file.wants).toBe(false);
  });

  it("is not wanted any more beyond the limit of hashing, and may then be skipped", () => {
    const bench = new Bench({ hashLimit: 8000 });
    const file = bench.open(connection("C1"));
    const bytes = Buffer.alloc(5000, "x");
    file.data(bytes, 0, 5000);
    expect(file.wants).toBe(true);
    file.data(bytes, 0, 5000);
    expect(file.wants).toBe(false);
    file.skipped(1e9);
    file.close();
    expect(bench.rows[0]!.row).toMatchObject({ seen_bytes: 1_000_010_000, sha256: null, not_hashed: "size" });
  });

  it("knows by its length that it will not be hashed", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"), { totalOctets: 1e9 });
    file.data(Buffer.alloc(4096), 0, 4096);
    expect(file.wants).toBe(false);
  });

  it("gives the same row in whatever order and pieces its octets come", () => {
    const content = Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 7) % 251));
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 1999 }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat(1000)), (at, order) => {
        const bench = new Bench();
        const file = bench.open(connection("C1"), { key: "k", totalOctets: 2000 });
        const ends = [...at, 2000].sort((a, b) => a - b);
        const pieces = ends.map((end, i) => ({ start: ends[i - 1] ?? 0, end, rank: order.next().value }));
        for (const { start, end } of pieces.sort((a, b) => a.rank - b.rank)) {
          file.seek(Math.max(0, start - 3)); // overlaps make no difference
          file.data(content, Math.max(0, start - 3), end);
        }
        expect(bench.rows[0]!.row).toMatchObject({ seen_bytes: 2000, missing_bytes: 0, sha256: sha256(content) });
      }),
    );
  });

  it("waits for a hole only while little is held", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"), { key: "k", totalOctets: 10e6 });
    const bytes = Buffer.alloc(100_000);
    for (let at = 100_000; at < 1_000_000; at += 100_000) {
      file.seek(at);
      file.data(bytes, 0, bytes.length);
    }
    bench.files.finish();
    expect(bench.rows[0]!.row).toMatchObject({
      seen_bytes: 900_000,
      missing_bytes: 100_000,
      overflow_bytes: 100_000,
      timedout: true,
    });
  });
});

describe("a file with a key", () => {
  it("goes on over several connections, and each has a row", () => {
    const bench = new Bench();
    const [a, b] = [connection("C1"), connection("C2")];
    const first = bench.open(a, { key: "k", totalOctets: 20 });
    first.data(TEXT, 0, 10);
    bench.files.closed(a);
    const second = bench.open(b, { key: "k" });
    expect(second.fuid).toBe(first.fuid);
    second.seek(10);
    second.data(TEXT, 10, 20);
    expect(bench.rows.map(({ uid }) => uid)).toEqual(["C1", "C2"]);
    expect(bench.rows[1]!.row).toMatchObject({ seen_bytes: 20, sha256: sha256(TEXT.subarray(0, 20)) });
  });

  it("begins anew after minutes of silence", () => {
    const bench = new Bench();
    const net = connection("C1");
    const file = bench.open(net, { key: "k" });
    file.data(TEXT, 0, 10);
    bench.at(300);
    file.data(TEXT, 10, 20);
    bench.files.finish();
    expect(bench.rows.map(({ row }) => [row["seen_bytes"], row["timedout"]])).toEqual([
      [10, true],
      [10, true],
    ]);
  });

  it("has its number in the connection whenever its end is noticed", () => {
    const numbers = (noticed: number): number[] => {
      const bench = new Bench();
      const net = connection("C1");
      for (const key of ["a", "b"]) bench.open(net, { key }).data(TEXT, 0, 10);
      bench.files.closed(net);
      bench.at(noticed);
      bench.open(connection("C2"), { key: "other" }).data(TEXT, 0, 10);
      bench.files.finish();
      return bench.rows.filter(({ uid }) => uid === "C1").map(({ n }) => n);
    };
    expect(numbers(1)).toEqual([1, 2]);
    expect(numbers(1000)).toEqual([1, 2]);
  });
});

describe("extraction", () => {
  const inFolder = (options: Omit<FileOptions, "extractTo">, use: (bench: Bench, folder: string) => void): void => {
    const folder = mkdtempSync(join(tmpdir(), "backtrail-extract-"));
    try {
      use(new Bench({ ...options, extractTo: folder }), folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it("writes the octets under a name of our own, for nobody to run", () => {
    inFolder({ hashLimit: 0 }, (bench, folder) => {
      const file = bench.open(connection("C1"), { filename: "../../etc/cron.d/x", source: "A/B" });
      file.data(TEXT, 0, TEXT.length);
      file.close();
      const name = `A_B-${file.fuid}.bin`;
      expect(bench.rows[0]!.row).toMatchObject({ extracted: name, extracted_cutoff: false, extracted_size: null });
      expect(readFileSync(join(folder, name))).toEqual(TEXT);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    });
  });

  it("stops at the bounds of one file and of all", () => {
    inFolder({ extractFileLimit: 12, extractTotalLimit: 20 }, (bench, folder) => {
      for (const expected of [12, 8, 0]) {
        const file = bench.open(connection("C1"));
        file.data(TEXT, 0, TEXT.length);
        file.close();
        const { row } = bench.rows.at(-1)!;
        expect(row).toMatchObject({ extracted_cutoff: true, extracted_size: expected, sha256: sha256(TEXT) });
        expect(statSync(join(folder, String(row["extracted"]))).size).toBe(expected);
      }
      expect(bench.files.cut).toBe(3);
    });
  });
});

describe("what is known of the content", () => {
  const digestOf = (file: { content(): { digests: { sha256: string } | null } | null }) =>
    file.content()?.digests?.sha256 ?? null;

  it("has its places and, while it goes on, the digests so far", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"), { key: "a", source: "NFS" });
    expect(file.content()).toBeNull();
    file.seek(0);
    file.data(TEXT, 0, 12);
    expect(file.content()).toMatchObject({ octets: 12, ranges: [[0, 12]], again: 0, end: 12, size: null });
    expect(digestOf(file)).toBe(sha256(TEXT.subarray(0, 12)));
    file.data(TEXT, 12, TEXT.length);
    expect(digestOf(file)).toBe(sha256(TEXT));
    file.close();
    expect(digestOf(file)).toBe(sha256(TEXT));
  });

  it("tells places apart that came out of order, twice, or not at all", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"), { key: "a", source: "NFS" });
    for (const [at, start, end] of [
      [20, 0, 10],
      [0, 0, 10],
      [5, 0, 10],
    ] as const) {
      file.seek(at);
      file.data(TEXT, start, end);
    }
    const expected = { octets: 25, again: 5, end: 30 };
    expect(file.content()).toMatchObject({ ...expected, digests: null });
    expect(file.content()!.ranges).toEqual([
      [0, 15],
      [20, 30],
    ]);
  });

  it("takes back what was refused, and with it the digests", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"), { key: "a", source: "NFS" });
    file.seek(0);
    file.data(TEXT, 0, TEXT.length);
    file.refused(10, 20);
    expect(file.content()).toMatchObject({ octets: 10, digests: null, notHashed: "gap" });
  });

  it("says that two wrote in turns, and that it was read and written", () => {
    const bench = new Bench();
    const [one, other] = ["op", "intruder"].map((writer) =>
      bench.open(connection(writer), { key: "a", source: "SMB", isOrig: true, writer }),
    );
    const piece = (file: typeof one, at: number): void => {
      file!.seek(at);
      file!.data(TEXT, 0, 4);
    };
    piece(one, 0);
    piece(other, 4);
    expect(one!.content()).toMatchObject({ isInterleaved: false, isMixed: false });
    piece(one, 8);
    expect(one!.content()).toMatchObject({ isInterleaved: true, isMixed: false });
    piece(bench.open(connection("C3"), { key: "a", source: "SMB", isOrig: false }), 12);
    expect(one!.content()).toMatchObject({ isMixed: true });
  });

  it("keeps the version that was whole when another begins", () => {
    const bench = new Bench();
    const file = bench.open(connection("C1"), { key: "a", source: "NFS" });
    file.total(TEXT.length);
    file.seek(0);
    file.data(TEXT, 0, TEXT.length);
    file.seek(0);
    file.data(TEXT, 0, 8);
    expect(digestOf(file)).toBe(sha256(TEXT));
  });
});
