import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ioProblem } from "./io-problem.ts";
import type { EvidenceEntry } from "./ledger.ts";
import { Ledger } from "./ledger.ts";
import { CaseLock } from "./lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backtrail-ledger-"));
  mkdirSync(join(folder, "case", "evidence"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ledgerPath = () => join(folder, "case", "evidence", "ledger.json");
const open = () => Ledger.open(ledgerPath(), join(folder, "case"));

function add(ledger: Ledger, number: number, content: string): string {
  const path = join(folder, `${number}.pcap`);
  writeFileSync(path, content);
  const entry: EvidenceEntry = {
    number,
    path,
    relativePath: ledger.relativePath(path),
    octets: content.length,
    modified: statSync(path, { bigint: true }).mtimeNs.toString(),
    sha256: createHash("sha256").update(content).digest("hex"),
    format: "pcap",
    packets: 1,
    tsFirst: null,
    tsLast: null,
    damage: ["It ends in the middle of a packet at octet 24"],
    interfaces: [],
    comments: [],
    added: "2026-01-01T00:00:00.000Z",
  };
  ledger.put([entry]);
  return path;
}

describe("evidence ledger", () => {
  it("tells unchanged, changed and missing captures apart, quickly and by hash", () => {
    const ledger = open();
    const paths = [1, 2, 3, 4].map((number) => add(ledger, number, `content ${number}`));
    expect(open().entries).toEqual(ledger.entries);
    expect(ledger.glance().map(({ state }) => state)).toEqual(["ok", "ok", "ok", "ok"]);
    writeFileSync(paths[1]!, "content X");
    utimesSync(paths[1]!, new Date(0), new Date(0));
    rmSync(paths[2]!);
    utimesSync(paths[3]!, new Date(0), new Date(0));
    expect(ledger.glance().map(({ state, check }) => `${state} ${check}`)).toEqual([
      "ok size and time",
      "changed sha256",
      "missing size and time",
      "ok sha256",
    ]);
    const verified = ledger.verify();
    expect(verified.map(({ state }) => state)).toEqual(["ok", "changed", "missing", "ok"]);
    expect(verified[1]?.difference).toMatch(/^its SHA-256 is [0-9a-f]{64}, the case was made from [0-9a-f]{64}$/);
    writeFileSync(paths[0]!, "longer content");
    expect(ledger.verify()[0]?.difference).toMatch(/^it has 14 octets/);
    expect(() => ledger.verify(() => false)).toThrow(/Cancelled/);
  });

  it("hashes a capture again before it is read, unless it is the very file that had the hash", async () => {
    const ledger = open();
    const path = add(ledger, 1, "content 1");
    const entry = () => ledger.entries[0]!;
    const { mtime } = statSync(path);
    expect(await ledger.checkBeforeReading(entry())).toMatchObject({ state: "ok", check: "sha256" });
    ledger.rememberSeen(entry());
    expect(await open().checkBeforeReading(entry())).toMatchObject({ state: "ok", check: "size and time" });
    writeFileSync(path, "content X");
    utimesSync(path, mtime, mtime);
    expect(await open().checkBeforeReading(entry())).toMatchObject({ state: "changed", check: "sha256" });
    writeFileSync(path, "content 1");
    expect(await ledger.checkBeforeReading(entry())).toMatchObject({ state: "ok", check: "sha256" });
    expect(await ledger.checkBeforeReading({ ...entry(), sha256: "" })).toMatchObject({ state: "unhashed" });
  });

  it("finds captures that were moved together with the case", () => {
    const ledger = open();
    add(ledger, 1, "x");
    expect(ledger.find({ path: join(folder, "1.pcap") })?.number).toBe(1);
    expect(ledger.find({ sha256: ledger.entries[0]!.sha256 })?.number).toBe(1);
    expect(ledger.find({ path: "/nowhere" })).toBeUndefined();
    const away = join(folder, "away");
    mkdirSync(away);
    renameSync(join(folder, "case"), join(away, "case"));
    renameSync(join(folder, "1.pcap"), join(away, "1.pcap"));
    const moved = Ledger.open(join(away, "case", "evidence", "ledger.json"), join(away, "case"));
    expect(moved.locate(moved.entries[0]!)).toBe(join(away, "1.pcap"));
    expect(moved.glance()[0]?.state).toBe("ok");
    expect(moved.nextNumber()).toBe(2);
  });

  it("names a damaged and a newer ledger", () => {
    for (const text of ["", "{", "[]", '{"format":1}', '{"format":1,"captures":[{}]}']) {
      writeFileSync(ledgerPath(), text);
      expect(open).toThrow(/not a readable evidence ledger/);
    }
    writeFileSync(ledgerPath(), '{"format":2,"captures":[]}');
    expect(open).toThrow(/update backtrail/);
  });

  it("says that nothing can be written where nothing can", () => {
    const ledger = open();
    rmSync(join(folder, "case"), { recursive: true });
    expect(() => add(ledger, 1, "x")).toThrow(/Not found while writing/);
    if (process.getuid?.() !== 0) {
      mkdirSync(join(folder, "case", "evidence"), { recursive: true });
      chmodSync(join(folder, "case", "evidence"), 0o500);
      expect(() => add(ledger, 1, "x")).toThrow(/No permission/);
    }
    const full = ioProblem(Object.assign(new Error("x"), { code: "ENOSPC" }), "writing /a");
    expect(full).toMatchObject({ code: "disk-full", kind: "work" });
    expect(ioProblem(new Error("IO Error: Could not write file: No space left on device"), "using /a").code).toBe(
      "disk-full",
    );
    expect(ioProblem(full, "anything else")).toBe(full);
  });
});

describe("case lock", () => {
  const path = () => join(folder, "case.lock");

  it("is taken over from a process that is gone, and from one whose number went to another", () => {
    for (const holder of [
      { pid: 2 ** 22 + 1, host: hostname(), began: "1", since: "x" },
      { pid: process.pid, host: hostname(), began: "not when this one began", since: "x" },
    ]) {
      if (holder.pid === process.pid && !existsSync("/proc/self/stat")) continue;
      writeFileSync(path(), JSON.stringify(holder));
      expect(CaseLock.holder(path())).toBeNull();
      CaseLock.take(path()).release();
      expect(existsSync(path())).toBe(false);
    }
  });

  const onLinux = it.skipIf(!existsSync("/proc/self/stat"));
  const own = (): Record<string, unknown> => {
    const lock = CaseLock.take(path());
    const holder = JSON.parse(readFileSync(path(), "utf8")) as Record<string, unknown>;
    lock.release();
    return holder;
  };

  onLinux("is taken over after a power cut, whatever process has the number now", () => {
    const holder = own();
    writeFileSync(path(), JSON.stringify({ ...holder, boot: "the one before" }));
    CaseLock.take(path()).release();
    // That of another account: it may not be signalled, but its start can be read.
    const mock = vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("not permitted"), { code: "EPERM" });
    });
    writeFileSync(path(), JSON.stringify(holder));
    expect(CaseLock.holder(path())).not.toBeNull();
    writeFileSync(path(), JSON.stringify({ ...holder, began: "before this one" }));
    expect(CaseLock.holder(path())).toBeNull();
    mock.mockRestore();
  });

  onLinux("is taken over when the machine has another name by now, not from another machine or container", () => {
    const renamed = { ...own(), host: "its-old-name" };
    writeFileSync(path(), JSON.stringify({ ...renamed, pid: 2 ** 22 + 1 }));
    CaseLock.take(path()).release();
    for (const holder of [
      renamed,
      { ...renamed, boot: "its own" },
      { ...renamed, pid: 2 ** 22 + 1, numbers: "pid:[1]" },
      // A container that has the network of its host has its name, too.
      { ...own(), pid: 2 ** 22 + 1, numbers: "pid:[1]" },
    ]) {
      writeFileSync(path(), JSON.stringify(holder));
      expect(() => CaseLock.take(path())).toThrow(/delete .*case\.lock/);
    }
  });

  it("names who holds it, and is not taken from another machine or when it cannot be read", () => {
    const lock = CaseLock.take(path());
    expect(CaseLock.holder(path())).toContain(`process ${process.pid} on ${hostname()}`);
    expect(() => CaseLock.take(path())).toThrow(`in use by process ${process.pid}`);
    lock.release();
    for (const text of [
      JSON.stringify({ pid: 1, host: "another-machine", began: "", since: "yesterday" }),
      "",
      "{}",
      "null",
    ]) {
      writeFileSync(path(), text);
      expect(() => CaseLock.take(path())).toThrow(/delete .*case\.lock/);
    }
  });
});
