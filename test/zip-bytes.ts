import { crc32 } from "node:zlib";

/** A file of an archive; `mode` is its Unix mode, 0 for none. */
export interface ZipEntry {
  readonly name: string;
  readonly content?: string;
  readonly mode?: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** A ZIP archive of stored files with any names, as no program of ours would write it. */
export function zipBytes(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = "x", mode = 0 } of entries) {
    const [path, data] = [Buffer.from(name), Buffer.from(content)];
    const sizes = [crc32(data), data.length, data.length];
    const local = Buffer.concat([words(LOCAL), Buffer.alloc(10), words(...sizes), shorts(path.length, 0), path, data]);
    const central = [
      words(CENTRAL),
      shorts(3 << 8, 20),
      Buffer.alloc(8),
      words(...sizes),
      shorts(path.length, 0, 0, 0, 0),
    ];
    directory.push(Buffer.concat([...central, words((mode << 16) >>> 0, offset), path]));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const count = [entries.length, entries.length];
  return Buffer.concat([...parts, list, words(END), shorts(0, 0, ...count), words(list.length, offset), shorts(0)]);
}

function words(...values: readonly number[]): Buffer {
  const octets = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => octets.writeUInt32LE(value, 4 * i));
  return octets;
}

function shorts(...values: readonly number[]): Buffer {
  const octets = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => octets.writeUInt16LE(value, 2 * i));
  return octets;
}
