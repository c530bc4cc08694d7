import { expect, it } from "vitest";
import type { CarriedFile, FileContent } from "../carried-file.ts";
import { StoredFiles } from "./stored-files.ts";
import type { SentCommand } from "./pending.ts";

const MOMENT = { ts: 0n, capture: 1, frame: 1 };

/** A session of one user that says these commands; behind "<" how many octets go over, behind "=" what SIZE is told. */
function versionsOf(...commands: string[]): Readonly<Record<string, unknown>>[] {
  const rows: Readonly<Record<string, unknown>>[] = [];
  const emit = (type: { name: string }, row: Readonly<Record<string, unknown>>): void =>
    void (type.name === "object_version" && rows.push(row));
  const files = new StoredFiles({ emit, weird: () => undefined, limit: () => undefined, forgot: () => undefined });
  for (const text of commands) {
    const [name = "", argument = "", what = ""] = text.split(" ");
    const command = { name, argument, at: MOMENT } as SentCommand;
    const size = what.startsWith("=") ? Number(what.slice(1)) : null;
    if (what.startsWith("<")) {
      const octets = Number(what.slice(1));
      const digests = { md5: "m", sha1: "s", sha256: "d" };
      const known = {
        fuid: "F",
        first: MOMENT,
        last: MOMENT,
        size: null,
        octets,
        ranges: [[0, octets] as const],
        end: octets,
        again: 0,
      };
      const content: FileContent = {
        ...known,
        isInterleaved: false,
        isMixed: false,
        digests,
        chunks: [],
        notHashed: null,
      };
      const file = { content: () => content } as unknown as CarriedFile;
      files.began(command, file);
      files.over(file);
    }
    const code = name === "REST" ? 350 : 226;
    files.ended({ command, path: argument, before: null, user: "u", code, text: "", size, to: MOMENT });
  }
  files.close();
  return rows;
}

it("a transfer that goes on in the middle has its place in the file", () => {
  expect(versionsOf("TYPE I", "STOR /a <100")).toMatchObject([
    { state: "complete", size: 100, sha256: "d", begins: "new" },
  ]);
  expect(versionsOf("TYPE I", "REST 100", "RETR /a <50")).toMatchObject([
    { state: "partial", size: 150, octets: 50, ranges: "100-149", holes: "unknown", sha256: null },
  ]);
  expect(versionsOf("TYPE I", "REST 100", "STOR /a <50")).toMatchObject([
    { state: "size-unknown", size: null, ranges: "100-149", begins: "changed", sha256: null },
  ]);
  expect(versionsOf("TYPE I", "SIZE /a =100", "REST 100", "STOR /a <50")).toMatchObject([
    { state: "partial", size: 150, ranges: "100-149", begins: "changed" },
  ]);
});

it("what is put behind a file begins where that ended, if anybody said where", () => {
  expect(versionsOf("TYPE I", "APPE /a <50")).toEqual([]);
  expect(versionsOf("TYPE I", "SIZE /a =100", "APPE /a <50", "APPE /a <7")).toMatchObject([
    { state: "partial", size: 150, ranges: "100-149", begins: "changed" },
    { size: 157, ranges: "150-156" },
  ]);
  expect(versionsOf("TYPE A", "STOR /a <100", "APPE /a <50")).toMatchObject([{ size: 100, sha256: null }]);
});
