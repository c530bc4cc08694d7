import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CaptureFile } from "../core/capture/capture-file.ts";
import { openCaptures, type OpenOptions } from "../core/capture/open.ts";

/** One frame as it was read. */
export interface ReadFrame {
  readonly capture: number;
  readonly frame: number;
  readonly ts: bigint;
  readonly wireLength: number;
  readonly linkType: number;
  readonly iface: number;
  readonly fileOffset: number;
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

export interface ReadResult {
  readonly frames: readonly ReadFrame[];
  readonly captures: readonly CaptureFile[];
  readonly batches: number;
}

/** Reads captures to the end, giving every batch back at once. */
export async function readAll(inputs: readonly string[], options: OpenOptions = {}): Promise<ReadResult> {
  const set = await openCaptures(inputs, options);
  const frames: ReadFrame[] = [];
  let batches = 0;
  for (let batch = await set.next(); batch !== null; batch = await set.next()) {
    batches++;
    if (batch.firstOrdinal !== frames.length) throw new Error("ordinals have a gap");
    for (let row = 0; row < batch.count; row++) {
      const start = batch.offset[row]!;
      const end = start + batch.capLen[row]!;
      if (end > batch.bytes.length) throw new Error("a frame passes the end of its octets");
      frames.push({
        capture: batch.capture[row]!,
        frame: batch.frame[row]!,
        ts: batch.ts[row]!,
        wireLength: batch.wireLen[row]!,
        linkType: batch.linkType[row]!,
        iface: batch.iface[row]!,
        fileOffset: batch.fileOffset[row]!,
        hex: Buffer.from(batch.bytes.subarray(start, end)).toString("hex"),
      });
    }
    set.release(batch);
  }
  await set.close();
  return { frames, captures: set.captures, batches };
}

/** A folder for one test's files. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), "backtrail-capture-"));
  #files = 0;

  /** Writes a file and gives its path. */
  file(bytes: Uint8Array, name = `${++this.#files}.capture`): string {
    const path = join(this.folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
