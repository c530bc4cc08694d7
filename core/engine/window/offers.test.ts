import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { Offers, safeFileName } from "./offers.ts";

const folder = mkdtempSync(join(tmpdir(), "backtrail-offers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inbox = () =>
  readdirSync(join(folder, ".arriving"), { recursive: true }).filter((name) => /.{36}$/.test(String(name)));

describe("captures that a browser sends", () => {
  it("are hashed as they arrive and go into the evidence of a case under their own name", async () => {
    const offers = new Offers(folder);
    const { id } = await offers.announce("../../a b.pcap", 11);
    expect(offers.all).toMatchObject([{ name: "a b.pcap", state: "arriving" }]);
    expect(() => offers.ready([id])).toThrow(/choose it again/);
    await offers.receive(id, Readable.from([Buffer.from("hello "), Buffer.from("world")]));
    const [offer] = offers.ready([id]);
    expect(offer!.sha256).toBe("b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
    const target = join(folder, "a.case");
    mkdirSync(join(target, "evidence"), { recursive: true });
    writeFileSync(join(target, "evidence", "a b.pcap"), "another of that name");
    expect(await offers.moveInto(offer!, target)).toBe(join(target, "evidence", "a b-2.pcap"));
    expect(readFileSync(join(target, "evidence", "a b-2.pcap"), "utf8")).toBe("hello world");
    offers.remove([id]); // it is the case's now
    expect(existsSync(join(target, "evidence", "a b-2.pcap"))).toBe(true);
    offers.close();
  });

  it("leave nothing where they do not arrive whole, are too long, or are taken back", async () => {
    const offers = new Offers(folder);
    const sent = async (octets: number, ...parts: string[]) => {
      const { id } = await offers.announce("x.pcap", octets);
      return offers.receive(id, Readable.from(parts.map((part) => Buffer.from(part))));
    };
    await expect(sent(5, "four")).rejects.toMatchObject({ code: "cut-off" });
    await expect(sent(5, "four", "more")).rejects.toMatchObject({ code: "cut-off" });
    const { id } = await offers.announce("x.pcap", 5);
    const endless = new Readable({ read: () => undefined });
    const arriving = offers.receive(id, endless);
    await expect(offers.receive(id, Readable.from([]))).rejects.toMatchObject({ code: "no-offer" });
    offers.remove([id]);
    await expect(arriving).rejects.toMatchObject({ code: "cut-off" });
    await expect(offers.announce("x.pcap", Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({ code: "disk-full" });
    expect(offers.all).toEqual([]);
    expect(inbox()).toEqual([]);
    offers.close();
  });

  it("are cleared away after a process that is gone, and not after one that lives", () => {
    const gone = join(folder, ".arriving", "999999999-abc");
    const alive = join(folder, ".arriving", `${process.ppid}-abc`);
    for (const place of [gone, alive]) mkdirSync(place, { recursive: true });
    new Offers(folder).close();
    expect([existsSync(gone), existsSync(alive)]).toEqual([false, true]);
  });
});

describe("names from another machine", () => {
  it.each([
    ["C:\\captures\\monday.pcapng", "monday.pcapng"],
    ["../../../etc/passwd", "passwd"],
    ["\u202egpj.pcap", "_gpj.pcap"],
    ["..", "capture-"],
    ["ledger.json", "capture-ledger.json"],
    ["NUL.pcap", "capture-NUL.pcap"],
    ["a\u0000b?.pcap", "a_b_.pcap"],
    [`${"x".repeat(400)}.pcapng`, `${"x".repeat(143)}.pcapng`],
  ])("%j is the file %j", (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });
});
