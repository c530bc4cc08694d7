import { Charge } from "../../bytes/held-budget.ts";
import { ByteReader } from "../../bytes/reader.ts";
import type { Connection } from "../protocol.ts";
import type { Hole, Payload } from "./xdr.ts";

/** What takes the records of one direction. */
export interface RecordTaker {
  /** Looks at the beginning of a long record: file data that reaches beyond it, or null. */
  preview(r: ByteReader, fromOriginator: boolean): Payload | null;
  /** Octets of the file data found by the last preview. False: the rest may go by unseen. */
  payload(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): boolean;
  /** Octets of it that were lost, or that went by unseen. */
  payloadLost(octets: number, isSkipped: boolean, fromOriginator: boolean): void;
  record(r: ByteReader, hole: Hole | null, fromOriginator: boolean): void;
  /** True if a message begins here: 20 octets from the transaction id on are there. */
  isMessage(r: ByteReader, fromOriginator: boolean): boolean;
  weird(name: string): void;
}

const LAST = 0x80000000;
/** Octets of a record after which file data in it is looked for: headers and operations before it are shorter. */
const PREVIEW_OCTETS = 4096;
/** Longest record that is kept, file data apart: the longest lists of directories are 1 MiB, most 32 kB. */
const MAX_RECORD = 1 << 20;
/** Longest fragment that is believed; servers take calls of at most 1 or 2 MiB. */
const MAX_FRAGMENT = 1 << 26;
/** Shortest record: a call that was denied. RFC 5531 9 */
const SHORTEST = 20;
/** Record mark and a beginning long enough to be told from other octets. */
const START_OCTETS = 4 + SHORTEST;

/** Takes one direction of a TCP connection apart into records (RFC 5531 11), without keeping file data. */
export class RecordStream {
  readonly #conn: Connection;
  readonly #taker: RecordTaker;
  readonly #fromOriginator: boolean;
  readonly #reader = new ByteReader(new Uint8Array(0));
  readonly #mark = new Uint8Array(4);
  #markOctets = 0;
  #fragmentLeft = 0;
  #isLast = false;
  #held = EMPTY;
  readonly #charge = new Charge();
  #heldOctets = 0;
  #payloadLeft = 0;
  #hole: Hole | null = null;
  #isPreviewed = false;
  /** Octets of the record at hand were lost, or it is too long: it is passed over. */
  #isDropped = false;
  /** Nothing is known of where records begin. */
  #isLost = false;
  /** Octets passed over in search of a record. */
  searched = 0;
  records = 0;

  constructor(conn: Connection, taker: RecordTaker, fromOriginator: boolean) {
    this.#conn = conn;
    this.#taker = taker;
    this.#fromOriginator = fromOriginator;
  }

  data(r: ByteReader): void {
    while (r.left > 0) {
      if (this.#isLost) this.#search(r);
      else if (this.#fragmentLeft === 0) this.#takeMark(r);
      else if (this.#payloadLeft > 0) this.#takePayload(r);
      else this.#takeContent(r);
    }
  }

  gap(octets: number): void {
    let lost = octets;
    if (!this.#isLost && this.#payloadLeft > 0) {
      const inside = Math.min(lost, this.#payloadLeft, this.#fragmentLeft);
      this.#taker.payloadLost(inside, false, this.#fromOriginator);
      this.#payloadLeft -= inside;
      this.#fragmentLeft -= inside;
      lost -= inside;
      if (this.#fragmentLeft === 0) this.#fragmentEnded();
    }
    if (lost === 0 || this.#isLost) {
      if (this.#isLost) this.#heldOctets = 0;
      return;
    }
    if (lost > this.#fragmentLeft) {
      this.#lose();
      return;
    }
    this.#fragmentLeft -= lost;
    this.#isDropped = true;
    this.#payloadLeft = 0;
    if (this.#fragmentLeft === 0) this.#fragmentEnded();
  }

  /** The connection is over: what of file data never came is taken back. */
  close(): void {
    const never = this.#conn.unskipped(this.#fromOriginator);
    if (never > 0) this.#taker.payloadLost(-never, true, this.#fromOriginator);
  }

  #takeMark(r: ByteReader): void {
    if (this.#markOctets === 0 && r.left >= 4) this.#begin(r.u32be());
    else {
      while (this.#markOctets < 4 && r.left > 0) this.#mark[this.#markOctets++] = r.u8();
      if (this.#markOctets < 4) return;
      this.#markOctets = 0;
      const [a, b, c, d] = this.#mark as unknown as [number, number, number, number];
      this.#begin(a * 0x1000000 + ((b << 16) | (c << 8) | d));
    }
  }

  #begin(mark: number): void {
    this.#isLast = mark >= LAST;
    this.#fragmentLeft = this.#isLast ? mark - LAST : mark;
    if (this.#fragmentLeft > MAX_FRAGMENT) this.#lose();
    else if (this.#fragmentLeft === 0) this.#fragmentEnded();
  }

  #takeContent(r: ByteReader): void {
    const here = Math.min(r.left, this.#fragmentLeft);
    const start = r.pos;
    r.skip(here);
    this.#fragmentLeft -= here;
    if (this.#heldOctets === 0 && this.#hole === null && !this.#isDropped && this.#isLast && this.#fragmentLeft === 0) {
      this.#reader.aim(r.source, start, start + here);
      this.#deliver();
      return;
    }
    if (!this.#isDropped) this.#hold(r.source, start, start + here);
    if (this.#fragmentLeft === 0) this.#fragmentEnded();
    else if (!this.#isPreviewed && this.#heldOctets >= PREVIEW_OCTETS) this.#preview();
  }

  #fragmentEnded(): void {
    if (!this.#isLast) return;
    if (this.#payloadLeft > 0) this.#isDropped = true;
    this.#payloadLeft = 0;
    if (!this.#isDropped && this.#heldOctets > 0) {
      this.#reader.aim(this.#held, 0, this.#heldOctets);
      this.#deliver();
      return;
    }
    this.#reset();
  }

  #deliver(): void {
    const [reader, hole] = [this.#reader, this.#hole];
    const [start, end] = [reader.pos, reader.end];
    if (end - start < SHORTEST || !this.#taker.isMessage(reader, this.#fromOriginator)) {
      this.#lose();
      return;
    }
    reader.seek(start, end);
    this.records++;
    this.#taker.record(reader, hole, this.#fromOriginator);
    this.#reset();
  }

  #preview(): void {
    this.#isPreviewed = true;
    const reader = this.#reader;
    reader.aim(this.#held, 0, this.#heldOctets);
    if (!this.#taker.isMessage(reader, this.#fromOriginator)) {
      this.#lose();
      return;
    }
    reader.seek(0, this.#heldOctets);
    const found = this.#taker.preview(reader, this.#fromOriginator);
    if (found === null) return;
    const there = this.#heldOctets - found.at;
    this.#hole = { at: found.at, octets: found.octets };
    this.#payloadLeft = found.octets - there;
    this.#heldOctets = found.at;
    this.#taker.payload(this.#held, found.at, found.at + there, this.#fromOriginator);
  }

  #takePayload(r: ByteReader): void {
    const whole = Math.min(this.#payloadLeft, this.#fragmentLeft);
    const here = Math.min(r.left, whole);
    const start = r.pos;
    r.skip(here);
    const goesOn = this.#taker.payload(r.source, start, start + here, this.#fromOriginator);
    let gone = here;
    if (!goesOn && whole > here) {
      this.#conn.skip(whole - here, this.#fromOriginator);
      this.#taker.payloadLost(whole - here, true, this.#fromOriginator);
      gone = whole;
    }
    this.#payloadLeft -= gone;
    this.#fragmentLeft -= gone;
    if (this.#fragmentLeft === 0) this.#fragmentEnded();
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    const total = this.#heldOctets + end - start;
    if (total > MAX_RECORD) {
      this.#taker.weird("sunrpc_record_too_long");
      this.#isDropped = true;
      return;
    }
    if (total > this.#held.length) {
      const grown = new Uint8Array(Math.max(total, 2 * this.#held.length, 256));
      grown.set(this.#held.subarray(0, this.#heldOctets));
      this.#charge.set(grown.length);
      this.#held = grown;
    }
    this.#held.set(bytes.subarray(start, end), this.#heldOctets);
    this.#heldOctets = total;
  }

  #reset(): void {
    this.#heldOctets = 0;
    if (this.#held.length > 2 * PREVIEW_OCTETS) {
      this.#charge.set(0);
      this.#held = EMPTY;
    }
    this.#hole = null;
    this.#isPreviewed = false;
    this.#isDropped = false;
  }

  #lose(): void {
    if (this.records > 0) this.#taker.weird("sunrpc_framing_lost");
    this.#reset();
    this.#fragmentLeft = 0;
    this.#payloadLeft = 0;
    this.#markOctets = 0;
    this.#isLost = true;
  }

  /** Looks for a mark with a message behind it. */
  #search(r: ByteReader): void {
    const before = this.#heldOctets;
    const end = r.pos + Math.min(r.left, PREVIEW_OCTETS);
    this.#hold(r.source, r.pos, end);
    const reader = this.#reader;
    const last = this.#heldOctets - START_OCTETS;
    for (let at = 0; at <= last; at++) {
      reader.aim(this.#held, at, this.#heldOctets);
      const octets = reader.u32be() & ~LAST;
      if (octets < SHORTEST || octets > MAX_FRAGMENT || !this.#taker.isMessage(reader, this.#fromOriginator)) continue;
      this.#isLost = false;
      // What was held before is less than a beginning, so that this goes on in the octets given.
      const behindHeld = Math.max(0, at - before);
      const again = this.#held.slice(at, before + behindHeld);
      this.#reset();
      r.skip(behindHeld);
      reader.aim(again, 0, again.length);
      if (again.length > 0) this.data(new ByteReader(again));
      return;
    }
    this.searched += end - r.pos;
    r.skip(end - r.pos);
    const kept = Math.min(this.#heldOctets, START_OCTETS - 1);
    this.#held.copyWithin(0, this.#heldOctets - kept, this.#heldOctets);
    this.#heldOctets = kept;
  }
}

const EMPTY = new Uint8Array(0);
