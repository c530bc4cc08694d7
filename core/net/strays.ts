import type { RecordOutput } from "../records/record-output.ts";
import type { FrameBatch } from "../capture/frame-batch.ts";
import { sessionKey } from "./packet-batch.ts";
import { forgetOldest } from "./recent-map.ts";
import { weird } from "./records.ts";
import { packetIdOf } from "./uid.ts";

/** Something odd about a packet that belongs to no connection, because its headers do not get that far. */
export interface Stray {
  /** Row of the batch's frames. */
  readonly frame: number;
  /** Number of the packet within its frame. */
  readonly level: number;
  /** Number of the oddity within the packet. */
  readonly n: number;
  readonly name: string;
  readonly addl: string | null;
  /** Protocol whose rules it breaks, as Zeek names its analyzers. */
  readonly source: string | null;
  /** Addresses of the packet, or of the tunnel it is in; null if there are none to trust. */
  readonly src: string | null;
  readonly dst: string | null;
}

/** One oddity between the same addresses is told again only after so long. Zeek: `Weird::weird_ignore` */
const SILENCE_NS = 600_000_000_000;
/** Oddities and addresses that are remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 20_000;
/** Oddities that are told once of an address that sends them. Zeek: `Weird::actions` */
const TOLD_ONCE: readonly string[] = [
  "bad_IP_checksum",
  "excessively_small_fragment",
  "fragment_inconsistency",
  "fragment_overlap",
  "fragment_size_inconsistency",
];

/** Oddities that are told of each who is named in them, not only of the addresses. */
const TOLD_OF_EACH: readonly string[] = ["arp_address_contested", "arp_between"];

/** Gathers the oddities of a batch; a flood of one is told once in a while. */
export class StrayLog {
  /** When each was told last. */
  readonly #told = new Map<string, number>();
  #strays: Stray[] = [];

  add(stray: Omit<Stray, "n">, nowNs: number): void {
    const isToldOnce = TOLD_ONCE.includes(stray.name);
    const named = TOLD_OF_EACH.includes(stray.name) ? stray.addl : "";
    const key = `${stray.name} ${stray.src ?? ""} ${isToldOnce ? "" : (stray.dst ?? "")} ${named}`;
    const told = this.#told.get(key);
    if (told !== undefined && (isToldOnce || nowNs - told < SILENCE_NS)) return;
    this.#told.delete(key);
    if (this.#told.size >= MAX_REMEMBERED) forgetOldest(this.#told, MAX_REMEMBERED);
    this.#told.set(key, nowNs);
    const before = this.#strays.at(-1);
    const n = before?.frame === stray.frame && before.level === stray.level ? before.n + 1 : 0;
    this.#strays.push({ ...stray, n });
  }

  /** What was gathered since the last call. */
  take(): readonly Stray[] {
    const strays = this.#strays;
    this.#strays = [];
    return strays;
  }
}

/** Writes the oddities of a batch as weird records: they name their packet where others name a connection. */
export function writeStrays(strays: readonly Stray[], frames: FrameBatch, output: RecordOutput): void {
  for (const { frame, level, n, name, addl, source, src, dst } of strays) {
    const uid = packetIdOf(sessionKey(frames.firstOrdinal + frame, level));
    const port = src === null ? null : 0;
    const key = { uid, origH: src, origP: port, respH: dst, respP: port };
    const at = { ts: frames.ts[frame]!, capture: frames.capture[frame]!, frame: frames.frame[frame]! };
    output.write(weird, key, n, { name, addl, notice: false, peer: "backtrail", source }, at, at);
  }
}
