import { join } from "node:path";
import type { CaptureSet } from "../capture/open.ts";
import { openCaptures } from "../capture/open.ts";
import { BacktrailError } from "../contracts/result.ts";
import { segmentNames } from "./segment-store.ts";

/** Time up to which the segments have the frames of an interface, in the order of whose times they were written, ns; null if there are none. */
export async function recordedUntil(folder: string, iface: string): Promise<bigint | null> {
  for (const name of segmentNames(folder).reverse()) {
    const times = await timesOf(join(folder, name), iface);
    // What came from it before others came is in the segments before.
    if (times !== null) return times.last ?? times.first - 1n;
  }
  return null;
}

/** Times of the first frame of a segment and of the last of an interface, ns. */
interface Times {
  readonly first: bigint;
  last: bigint | null;
}

/** Null if it has no frame. */
async function timesOf(path: string, iface: string): Promise<Times | null> {
  try {
    const set = await openCaptures([path]);
    try {
      return await timesIn(set, iface);
    } finally {
      await set.close();
    }
  } catch (error) {
    // One that was begun and got nothing is no capture yet.
    if (error instanceof BacktrailError) return null;
    throw error;
  }
}

async function timesIn(set: CaptureSet, iface: string): Promise<Times | null> {
  let times: Times | null = null;
  for (let frames = await set.next(); frames !== null; frames = await set.next()) {
    const named = set.captures[0]!.interfaces.filter(({ name }) => name === iface).map(({ index }) => index);
    for (let row = 0; row < frames.count; row++) {
      const ts = frames.ts[row]!;
      times ??= { first: ts, last: null };
      if (named.includes(frames.iface[row]!)) times.last = ts;
    }
    set.release(frames);
  }
  return times;
}
