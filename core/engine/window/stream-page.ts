import type { Case } from "../../case/case.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { StreamPage, StreamPart } from "../../contracts/window.ts";
import type { ConnectionHandler, NetConnection } from "../../net/connection.ts";
import { PacketDecoder } from "../../net/decoder.ts";
import { ConnectionTracker } from "../../net/tracker.ts";
import { rowText } from "../../records/row-text.ts";
import { batchOf, EvidenceFrames } from "./evidence-frames.ts";

/** Frames read at once: few enough that the first screen of a long stream is there soon. */
const FRAMES_AT_ONCE = 512;

/**
 * A part of both directions of a connection, put together from its packets in the evidence.
 * @param first Octets of both directions to leave out at the beginning.
 * @param count Octets to give at most.
 * @throws BacktrailError `no-session`, `evidence-changed`
 */
export async function streamPage(source: Case, uid: string, first: number, count: number): Promise<StreamPage> {
  const [row] = await source.store.rows(
    `SELECT "id.orig_h" AS orig_h, "id.orig_p" AS orig_p, "id.resp_h" AS resp_h, "id.resp_p" AS resp_p, proto FROM conn WHERE uid = $uid`,
    { uid },
  );
  if (row === undefined)
    throw new BacktrailError("no-session", `There is no connection ${uid} in this case: it has no stream to follow.`);
  const ends = {
    origH: rowText(row["orig_h"]),
    origP: Number(row["orig_p"]),
    respH: rowText(row["resp_h"]),
    respP: Number(row["resp_p"]),
  };
  const frames = await EvidenceFrames.choose(source, { kind: "session", uid });
  const page = new Page(ends, first, count);
  const tracker = new ConnectionTracker(page, { write: () => undefined });
  page.tracker = tracker;
  const decoder = new PacketDecoder({});
  for (let at = 0; at < frames.count && !page.more; at += FRAMES_AT_ONCE)
    tracker.process(decoder.decode(batchOf(await frames.read(at, FRAMES_AT_ONCE), at)), 0, 1);
  if (!page.more) tracker.finish();
  const end = (host: string, port: number) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
  return {
    originator: end(ends.origH, ends.origP),
    responder: end(ends.respH, ends.respP),
    proto: rowText(row["proto"]),
    parts: page.parts,
    more: page.more,
  };
}

type Ends = Pick<NetConnection, "origH" | "origP" | "respH" | "respP">;

class Page implements ConnectionHandler {
  readonly parts: StreamPart[] = [];
  /** True once octets came that are beyond the page. */
  more = false;
  tracker: ConnectionTracker | null = null;
  readonly #ends: Ends;
  readonly #first: number;
  readonly #last: number;
  #at = 0;

  constructor(ends: Ends, first: number, count: number) {
    this.#ends = ends;
    this.#first = first;
    this.#last = first + count;
  }

  opened(): void {}
  closed(): void {}

  data(connection: NetConnection, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    if (!this.#isWanted(connection)) return;
    const at = this.#at;
    this.#at += end - start;
    if (this.#at > this.#last) this.more = true;
    const from = Math.max(0, this.#first - at);
    const to = Math.min(end - start, this.#last - at);
    if (to <= from) return;
    const base64 = Buffer.from(bytes.subarray(start + from, start + to)).toString("base64");
    this.parts.push({ ts: this.tracker!.now.ts.toString(), fromOriginator, base64, lost: 0, at: at + from });
  }

  gap(connection: NetConnection, octets: number, fromOriginator: boolean): void {
    if (!this.#isWanted(connection) || this.#at < this.#first || this.more) return;
    this.parts.push({ ts: this.tracker!.now.ts.toString(), fromOriginator, base64: null, lost: octets, at: this.#at });
  }

  #isWanted(connection: Ends): boolean {
    const { origH, origP, respH, respP } = this.#ends;
    return (
      connection.origH === origH &&
      connection.origP === origP &&
      connection.respH === respH &&
      connection.respP === respP
    );
  }
}
