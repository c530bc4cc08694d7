import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { zipBytes, type ZipEntry } from "../../test/zip-bytes.ts";
import { unzip } from "./zip-reader.ts";

const scratch = mkdtempSync(join(tmpdir(), "backtrail-zip-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function unzipped(entries: readonly ZipEntry[]): Promise<{ folder: string; names: string[] }> {
  const folder = mkdtempSync(join(scratch, "to-"));
  const archive = join(folder, "archive.zip");
  writeFileSync(archive, zipBytes(entries));
  mkdirSync(join(folder, "in"));
  return { folder: join(folder, "in"), names: await unzip(archive, join(folder, "in")) };
}

describe("unpacking an archive", () => {
  it("gives its files, in folders", async () => {
    const { folder, names } = await unzipped([{ name: "a/b.txt", content: "told" }, { name: "c" }]);
    expect(names).toEqual(["a/b.txt", "c"]);
    expect(readFileSync(join(folder, "a", "b.txt"), "utf8")).toBe("told");
  });

  it("writes nothing where one name leads out of the folder, is absolute, stands twice, or is a link", async () => {
    const bad: ZipEntry[][] = [
      [{ name: "../evil" }],
      [{ name: "a/../../evil" }],
      [{ name: "/etc/evil" }],
      [{ name: "a\\..\\..\\evil" }],
      [{ name: "C:evil" }],
      [{ name: "a/./evil" }],
      [{ name: "twice" }, { name: "twice" }],
      [{ name: "a" }, { name: "a/b" }],
      [{ name: `${"a/".repeat(33)}b` }],
      [{ name: "link", content: "/etc/passwd", mode: 0o120777 }],
    ];
    for (const entries of bad) {
      await expect(unzipped([{ name: "first" }, ...entries])).rejects.toMatchObject({ code: "zip-unsafe" });
      for (const made of readdirSync(scratch).filter((name) => name.startsWith("to-")))
        expect(readdirSync(join(scratch, made)).every((name) => name === "in" || name === "archive.zip")).toBe(true);
      expect(existsSync(join(scratch, "evil"))).toBe(false);
    }
    const folders = readdirSync(scratch).map((name) => readdirSync(join(scratch, name, "in")));
    // only the whole archive of the test before gave anything
    expect(folders.filter(({ length }) => length > 0)).toEqual([["a", "c"]]);
  });

  it("tells names apart in time that grows with their number, and unpacks only what is wanted", async () => {
    const folder = mkdtempSync(join(scratch, "many-"));
    const archive = join(folder, "archive.zip");
    writeFileSync(archive, zipBytes(Array.from({ length: 60_000 }, (_, i) => ({ name: `d/${i}` }))));
    expect(await unzip(archive, join(folder, "in"), (name) => name === "d/59999")).toEqual(["d/59999"]);
    expect(readdirSync(join(folder, "in", "d"))).toEqual(["59999"]);
  });

  it("refuses one that claims to hold more than is unpacked, or another length than it has", async () => {
    const folder = mkdtempSync(join(scratch, "short-"));
    const archive = join(folder, "archive.zip");
    const octets = zipBytes([{ name: "a", content: "long enough" }]);
    const central = Buffer.from(octets).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    const view = new DataView(octets.buffer, octets.byteOffset);
    view.setUint32(central + 24, 5, true);
    writeFileSync(archive, octets);
    mkdirSync(join(folder, "in"));
    await expect(unzip(archive, join(folder, "in"))).rejects.toMatchObject({ code: "zip-damaged" });
    // Deflated, and four gigabytes of it.
    view.setUint16(central + 10, 8, true);
    view.setUint32(central + 24, 0xf0000000, true);
    writeFileSync(archive, octets);
    await expect(unzip(archive, join(folder, "in"))).rejects.toMatchObject({ code: "zip-unsafe" });
    expect(readdirSync(join(folder, "in"))).toEqual([]);
  });
});
