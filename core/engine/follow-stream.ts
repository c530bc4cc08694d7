import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "../case/case.ts";
import { CASE_FILES } from "../case/case.ts";
import { BacktrailError } from "../contracts/result.ts";
import { openCaptures } from "../capture/open.ts";
import type { ConnectionHandler, NetConnection } from "../net/connection.ts";
import { PacketDecoder } from "../net/decoder.ts";
import { ConnectionTracker } from "../net/tracker.ts";
import { carvePackets } from "./carve-packets.ts";
import { rowText } from "../records/row-text.ts";

/** A piece of a stream, in the order of arrival. */
export interface StreamPiece {
  readonly ts: bigint;
  readonly fromOriginator: boolean;
  /** Octets, or null for a gap of `lost` octets. */
  readonly bytes: Uint8Array | null;
  readonly lost: number;
}

/** Both directions of a connection. */
export interface FollowedStream {
  readonly origH: string;
  readonly origP: number;
  readonly respH: string;
  readonly respP: number;
  readonly proto: string;
  readonly pieces: readonly StreamPiece[];
  /** True if more octets came than were asked for. */
  readonly cut: boolean;
}

/**
 * Puts the payload of one connection together from its packets in the evidence.
 * @param most Octets kept of both directions together.
 * @throws BacktrailError `no-session` for an unknown uid, `capture-missing` where the evidence is gone.
 */
export async function followStream(source: Case, uid: string, most: number): Promise<FollowedStream> {
  const [row] = await source.store.rows(
    `SELECT "id.orig_h" AS orig_h, "id.orig_p" AS orig_p, "id.resp_h" AS resp_h, "id.resp_p" AS resp_p, proto FROM conn WHERE uid = $uid`,
    { uid },
  );
  if (row === undefined)
    throw new BacktrailError(
      "no-session",
      `There is no connection ${uid} in this case: backtrail query shows the uids.`,
    );
  const folder = source.isReadOnly ? tmpdir() : join(source.folder, CASE_FILES.tmp);
  const slice = join(folder, `backtrail-stream-${process.pid}.pcapng`);
  try {
    await carvePackets(source, { session: uid }, slice);
    const wanted = {
      origH: rowText(row["orig_h"]),
      origP: Number(row["orig_p"]),
      respH: rowText(row["resp_h"]),
      respP: Number(row["resp_p"]),
    };
    const collector = new Collector(wanted, most);
    const tracker = new ConnectionTracker(collector, { write: () => undefined });
    collector.tracker = tracker;
    const decoder = new PacketDecoder({});
    const captures = await openCaptures([slice]);
    try {
      for (let frames = await captures.next(); frames !== null; frames = await captures.next()) {
        tracker.process(decoder.decode(frames), 0, 1);
        captures.release(frames);
      }
      tracker.finish();
    } finally {
      await captures.close();
    }
    return { ...wanted, proto: rowText(row["proto"]), pieces: collector.pieces, cut: collector.cut };
  } finally {
    rmSync(slice, { force: true });
  }
}

type Ends = Pick<NetConnection, "origH" | "origP" | "respH" | "respP">;

class Collector implements ConnectionHandler {
  readonly pieces: StreamPiece[] = [];
  cut = false;
  tracker: ConnectionTracker | null = null;
  readonly #wanted: Ends;
  #left: number;

  constructor(wanted: Ends, most: number) {
    this.#wanted = wanted;
    this.#left = most;
  }

  opened(): void {}
  closed(): void {}

  data(connection: NetConnection, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    if (!this.#isWanted(connection)) return;
    const kept = Math.min(end - start, this.#left);
    if (kept < end - start) this.cut = true;
    if (kept === 0) return;
    this.#left -= kept;
    this.pieces.push({ ts: this.tracker!.now.ts, fromOriginator, bytes: bytes.slice(start, start + kept), lost: 0 });
  }

  gap(connection: NetConnection, octets: number, fromOriginator: boolean): void {
    if (this.#isWanted(connection))
      this.pieces.push({ ts: this.tracker!.now.ts, fromOriginator, bytes: null, lost: octets });
  }

  #isWanted(connection: Ends): boolean {
    const { origH, origP, respH, respP } = this.#wanted;
    return (
      connection.origH === origH &&
      connection.origP === origP &&
      connection.respH === respH &&
      connection.respP === respP
    );
  }
}
