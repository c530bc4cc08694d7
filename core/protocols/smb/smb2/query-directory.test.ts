import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../bytes/reader.ts";
import { parseDirectoryNames } from "./query-directory.ts";

/** A response as Windows Server 2012 sends one: FileIdBothDirectoryInformation (37), eight octets between entries. */
function response(names: readonly string[]): Uint8Array {
  const entries = names.map((name, i) => {
    const octets = 104 + name.length * 2;
    const entry = Buffer.alloc(i === names.length - 1 ? octets : Math.ceil(octets / 8) * 8);
    if (i < names.length - 1) entry.writeUInt32LE(entry.length, 0);
    entry.writeUInt32LE(name.length * 2, 60);
    entry.write(name, 104, "utf16le");
    return entry;
  });
  const body = Buffer.concat(entries);
  const head = Buffer.alloc(8);
  head.writeUInt16LE(9, 0);
  head.writeUInt16LE(72, 2);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([Buffer.alloc(64), head, body]);
}

const read = (bytes: Uint8Array, infoClass = 37) => {
  const r = new ByteReader(bytes);
  r.seek(64);
  return parseDirectoryNames(r, 0, infoClass);
};

describe("names of a directory", () => {
  it("are read in order; what is cut short or of another form is not guessed", () => {
    const bytes = response([".", "..", "FS01.vbk", "DB01.vbk"]);
    expect(read(bytes)).toEqual([".", "..", "FS01.vbk", "DB01.vbk"]);
    expect(read(bytes, 99)).toBeNull();
    for (let end = 64; end < bytes.length; end++) expect(read(bytes.subarray(0, end))).toBeNull();
  });

  it("never throw nor go on for ever", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 72, maxLength: 400 }),
        fc.constantFrom(1, 2, 3, 12, 37, 38),
        (bytes, form) => {
          bytes.set([9, 0, 72, 0, (bytes.length - 72) & 0xff, (bytes.length - 72) >> 8, 0, 0], 64);
          read(bytes, form);
        },
      ),
      { numRuns: 300 },
    );
  });
});
