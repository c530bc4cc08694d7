import { describe, expect, it } from "vitest";
import type { CarriedFile, FileContent } from "./carried-file.ts";
import type { StoredObject } from "./object-version.ts";
import { reportObjectVersion } from "./object-version.ts";

const MOMENT = { ts: 0n, capture: 1, frame: 1 };
const DIGESTS = { md5: "m", sha1: "s", sha256: "d" };
const WHOLE: FileContent = {
  fuid: "F",
  first: MOMENT,
  last: MOMENT,
  size: 100,
  octets: 100,
  ranges: [[0, 100]],
  end: 100,
  again: 0,
  isInterleaved: false,
  isMixed: false,
  digests: DIGESTS,
  chunks: [[0, "c"]],
  notHashed: null,
};

function versionOf(content: Partial<FileContent>, stored: Partial<StoredObject> = {}) {
  const rows: Record<string, unknown>[] = [];
  const file = { content: () => ({ ...WHOLE, ...content }) } as unknown as CarriedFile;
  const about = { isWrite: false, share: null, object: "a.vbk", actor: null, isNew: null, ...stored };
  reportObjectVersion(
    {
      emit: (_type, row) => void rows.push(row),
      weird: () => undefined,
      limit: () => undefined,
      forgot: () => undefined,
    },
    "nfs",
    about,
    file,
  );
  return rows[0]!;
}

describe("a version of a stored object", () => {
  it("has digests only if all of it went by", () => {
    expect(versionOf({})).toMatchObject({ state: "complete", sha256: "d", coverage: 1, ranges: null, holes: null });
    expect(versionOf({ octets: 60, ranges: [[40, 100]] })).toMatchObject({
      state: "partial",
      sha256: null,
      chunks: ["0:c"],
      coverage: 0.6,
      ranges: "40-99",
      holes: "unknown",
    });
    expect(versionOf({ octets: 60, ranges: [[0, 60]] })).toMatchObject({ state: "head-only" });
    expect(versionOf({ size: null })).toMatchObject({ state: "size-unknown", sha256: null, coverage: null });
  });

  it("is as long as what was written, if it is new and nothing else was told; holes of it are zero", () => {
    const write = { isWrite: true, isNew: true };
    expect(versionOf({ size: null }, write)).toMatchObject({ state: "complete", size: 100, begins: "new" });
    const holed = { size: null, octets: 60, ranges: [[40, 100]] as const };
    expect(versionOf(holed, write)).toMatchObject({ state: "partial", size: 100, holes: "zero" });
    expect(versionOf(holed, { isWrite: true, isNew: false })).toMatchObject({
      state: "size-unknown",
      begins: "changed",
    });
  });

  it("is not hashed as one where places were written twice or by several; reading twice changes nothing", () => {
    expect(versionOf({ again: 5 }, { isWrite: true })).toMatchObject({
      state: "rewritten",
      sha256: null,
      rewritten: 5,
    });
    expect(versionOf({ again: 5 })).toMatchObject({ state: "complete", sha256: "d" });
    expect(versionOf({ isInterleaved: true }, { isWrite: true })).toMatchObject({ state: "interleaved", sha256: null });
    expect(versionOf({ isMixed: true })).toMatchObject({ state: "rewritten" });
    expect(versionOf({ digests: null, notHashed: "size" })).toMatchObject({ state: "complete", not_hashed: "size" });
    expect(versionOf({}, { isAltered: true })).toMatchObject({ sha256: null });
  });
});
