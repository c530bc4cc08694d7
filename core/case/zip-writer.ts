import { once } from "node:events";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { crc32, createDeflateRaw } from "node:zlib";
import { BacktrailError } from "../contracts/result.ts";

/** Most octets of a file and of the whole that the form without ZIP64 can name. */
const MOST = 0xffff_ffff;

/** Date of every entry, 1980-01-01: the files' own times are those of this machine and prove nothing. */
const DOS_DATE = (1 << 5) | 1;

/** Sizes follow the data (bit 3), names are UTF-8 (bit 11). APPNOTE 4.4.4 */
const FLAGS = 0x0808;
const DEFLATE = 8;

/**
 * A ZIP archive of files in a folder, piece by piece. The same files give the same octets.
 * @param names Paths inside the folder, with slashes, in the order of the archive.
 * @throws BacktrailError `zip-too-large` where it would need more than 4 GiB.
 */
export async function* zipOf(folder: string, names: readonly string[], top: string): AsyncGenerator<Uint8Array, void> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const name of names) {
    const path = Buffer.from(`${top}/${name}`, "utf8");
    const local = Buffer.concat([header(0x04034b50, path.length, 0, 0, 0), path]);
    yield local;
    let [crc, octets, packed] = [0, 0, 0];
    const deflate = createDeflateRaw({ level: 6 });
    const feed = (async () => {
      for await (const block of createReadStream(join(folder, name))) {
        crc = crc32(block as Buffer, crc);
        octets += (block as Buffer).length;
        if (!deflate.write(block)) await once(deflate, "drain");
      }
      deflate.end();
    })();
    feed.catch((error: unknown) => deflate.destroy(error as Error));
    for await (const block of deflate) {
      packed += (block as Buffer).length;
      yield block as Buffer;
    }
    await feed;
    const at = offset;
    offset += local.length + packed + 16;
    if (octets > MOST || offset > MOST)
      throw new BacktrailError(
        "zip-too-large",
        `The pack is too large for a ZIP archive (4 GiB): the folder ${folder} is whole, archive it with another tool.`,
        { kind: "work" },
      );
    const descriptor = Buffer.alloc(16);
    [0x08074b50, crc, packed, octets].forEach((value, i) => descriptor.writeUInt32LE(value, 4 * i));
    yield descriptor;
    directory.push(entry(path, crc, packed, octets, at));
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(names.length, 8);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  yield Buffer.concat([list, end]);
}

function header(signature: number, nameLength: number, crc: number, packed: number, octets: number): Buffer {
  const fields = Buffer.alloc(30);
  fields.writeUInt32LE(signature, 0);
  fields.writeUInt16LE(20, 4);
  fields.writeUInt16LE(FLAGS, 6);
  fields.writeUInt16LE(DEFLATE, 8);
  fields.writeUInt16LE(DOS_DATE, 12);
  fields.writeUInt32LE(crc, 14);
  fields.writeUInt32LE(packed, 18);
  fields.writeUInt32LE(octets, 22);
  fields.writeUInt16LE(nameLength, 26);
  return fields;
}

/** Entry of the central directory: the local header's fields after the version that made it, then where that header is. */
function entry(path: Buffer, crc: number, packed: number, octets: number, offset: number): Buffer {
  const fields = Buffer.alloc(46);
  fields.writeUInt32LE(0x02014b50, 0);
  fields.writeUInt16LE(20, 4);
  header(0, path.length, crc, packed, octets).copy(fields, 6, 4, 28);
  fields.writeUInt32LE(offset, 42);
  return Buffer.concat([fields, path]);
}
