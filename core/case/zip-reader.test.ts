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

  it("refuses one that claims to hold more than is unpacked, or another length than it has", async () => {
    const folder = mkdtempSync(join(scratch, "short-"));
    const archive = join(folder, "archive.zip");
    const octets = zipBytes([{ name: "a", content: "long enough" }]);
    const central = Buffer.from(octets).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    new DataView(octets.buffer, octets.byteOffset).setUint32(central + 24, 5, true);
    writeFileSync(archive, octets);
    mkdirSync(join(folder, "in"));
    await expect(unzip(archive, join(folder, "in"))).rejects.toMatchObject({ code: "zip-damaged" });
  });
});
