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
/** Frames looked up at once. */
const FRAMES_LOCATED = 4096;

/** Follows the streams of connections page by page: where a page goes on from the one before, so does the reading. */
export class StreamPages {
  readonly #source: Case;
  #last: { readonly uid: string; readonly stream: StreamReader } | null = null;
  #done: Promise<unknown> = Promise.resolve();

  constructor(source: Case) {
    this.#source = source;
  }

  /**
   * A part of both directions of a connection, put together from its packets in the evidence.
   * @param first Octets of both directions to leave out at the beginning.
   * @param count Octets to give at most.
   * @throws BacktrailError `no-session`, `no-packets`, `evidence-changed`
   */
  page(uid: string, first: number, count: number): Promise<StreamPage> {
    const page = this.#done.then(() => this.#read(uid, first, count));
    this.#done = page.catch(() => (this.#last = null));
    return page;
  }

  async #read(uid: string, first: number, count: number): Promise<StreamPage> {
    // A recording adds packets to a stream that was read.
    const goesOn = this.#last?.uid === uid && this.#last.stream.reached <= first && !this.#source.store.isIngesting;
    if (!goesOn) this.#last = { uid, stream: await StreamReader.open(this.#source, uid) };
    return this.#last!.stream.page(first, count);
  }
}

interface Ends {
  readonly origH: string;
  readonly origP: number;
  readonly respH: string;
  readonly respP: number;
}

/** A stream from its beginning on. */
class StreamReader {
  readonly #ends: Ends;
  readonly #proto: string;
  readonly #parts: AsyncGenerator<EvidenceFrames>;
  readonly #octets: StreamOctets;
  readonly #tracker: ConnectionTracker;
  readonly #decoder = new PacketDecoder({});
  #frames: EvidenceFrames | null = null;
  #next = 0;
  #ordinal = 0;
  #isAtEnd = false;

  private constructor(ends: Ends, proto: string, parts: AsyncGenerator<EvidenceFrames>) {
    this.#ends = ends;
    this.#proto = proto;
    this.#parts = parts;
    this.#octets = new StreamOctets(ends, () => this.#tracker.now.ts);
    this.#tracker = new ConnectionTracker(this.#octets, { write: () => undefined });
  }

  static async open(source: Case, uid: string): Promise<StreamReader> {
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
    return new StreamReader(ends, rowText(row["proto"]), EvidenceFrames.ofSession(source, uid, FRAMES_LOCATED));
  }

  /** Octets before which nothing can be given any more. */
  get reached(): number {
    return this.#octets.begin;
  }

  async page(first: number, count: number): Promise<StreamPage> {
    const last = first + count;
    while (this.#octets.end <= last && (await this.#readOn())) this.#octets.forget(first);
    const end = (host: string, port: number) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
    return {
      originator: end(this.#ends.origH, this.#ends.origP),
      responder: end(this.#ends.respH, this.#ends.respP),
      proto: this.#proto,
      parts: this.#octets.between(first, last),
      more: this.#octets.end > last,
    };
  }

  /** False at the end. */
  async #readOn(): Promise<boolean> {
    if (this.#isAtEnd) return false;
    if (this.#frames === null || this.#next >= this.#frames.count) {
      const next = await this.#parts.next();
      this.#frames = next.done === true ? null : next.value;
      this.#next = 0;
    }
    if (this.#frames === null) {
      this.#isAtEnd = true;
      this.#tracker.finish();
      return true;
    }
    const frames = await this.#frames.read(this.#next, FRAMES_AT_ONCE);
    this.#next += FRAMES_AT_ONCE;
    this.#tracker.process(this.#decoder.decode(batchOf(frames, this.#ordinal)), 0, 1);
    this.#ordinal += frames.length;
    return true;
  }
}

/** A run of octets from one side, or a gap of `lost`. */
interface Piece {
  readonly ts: bigint;
  readonly fromOriginator: boolean;
  readonly at: number;
  readonly bytes: Uint8Array | null;
  readonly lost: number;
}

/** Octets of one connection as they come, those of the pages before forgotten. */
class StreamOctets implements ConnectionHandler {
  readonly #ends: Ends;
  readonly #now: () => bigint;
  #pieces: Piece[] = [];
  /** Octets of both directions that were forgotten, and that came at all. */
  begin = 0;
  end = 0;

  constructor(ends: Ends, now: () => bigint) {
    this.#ends = ends;
    this.#now = now;
  }

  opened(): void {}
  closed(): void {}

  data(connection: NetConnection, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    if (!this.#isWanted(connection)) return;
    this.#pieces.push({ ts: this.#now(), fromOriginator, at: this.end, bytes: bytes.slice(start, end), lost: 0 });
    this.end += end - start;
  }

  gap(connection: NetConnection, octets: number, fromOriginator: boolean): void {
    if (this.#isWanted(connection))
      this.#pieces.push({ ts: this.#now(), fromOriginator, at: this.end, bytes: null, lost: octets });
  }

  /** Lets go what lies wholly before a place. */
  forget(before: number): void {
    const kept = this.#pieces.filter(({ at, bytes }) => at + (bytes?.length ?? 0) >= before);
    if (kept.length < this.#pieces.length) this.begin = Math.min(before, kept[0]?.at ?? this.end);
    this.#pieces = kept;
  }

  between(first: number, last: number): StreamPart[] {
    const parts: StreamPart[] = [];
    for (const { ts: at, fromOriginator, at: begin, bytes, lost } of this.#pieces) {
      const ts = at.toString();
      if (bytes === null) {
        if (begin >= first && begin <= last) parts.push({ ts, fromOriginator, base64: null, lost, at: begin });
        continue;
      }
      const [from, to] = [Math.max(0, first - begin), Math.min(bytes.length, last - begin)];
      if (to <= from) continue;
      const base64 = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("base64");
      parts.push({ ts, fromOriginator, base64, lost: 0, at: begin + from });
    }
    return parts;
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
