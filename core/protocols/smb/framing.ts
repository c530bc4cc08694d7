import type { Span } from "../../bytes/carry.ts";
import { Carry } from "../../bytes/carry.ts";
import { ByteReader } from "../../bytes/reader.ts";
import type { Connection } from "../protocol.ts";

/** Most octets of one command that are held to be read together; bulk payload does not count. */
export const MAX_UNIT_OCTETS = 128 * 1024;
/** Shorter rests are dropped here rather than by asking the carrier to skip them. */
const SKIP_THRESHOLD = 256;

/** NetBIOS session service packet types. RFC 1002 4.3.1 */
const SESSION_MESSAGE = 0x00;
const SESSION_REQUEST = 0x81;
const SESSION_KEEPALIVE = 0x85;

export const MAGIC_SMB2 = 0xfe;
export const MAGIC_TRANSFORM = 0xfd;
export const MAGIC_COMPRESSED = 0xfc;

/** Takes a payload piece by piece as it arrives. */
export interface PayloadTaker {
  /** @returns false if it wants nothing more of this payload. */
  take(bytes: Uint8Array, start: number, end: number): boolean;
  gap(octets: number): void;
}

/** What is done with a command once enough of it was read. Written over by each call. */
export interface UnitPlan {
  /** Octets that the command occupies in the message, from its header to the next one. */
  length: number;
  /** Offset of the bulk payload in it, and its octets; 0 octets if there is none. */
  payloadAt: number;
  payloadLength: number;
  /** Who wants the payload; null skips it. */
  taker: PayloadTaker | null;
}

/** Reads the messages of one direction. */
export interface UnitReader {
  /** A message of `octets` octets begins; its first octet is `magic`. */
  begin(magic: number, octets: number): void;
  /**
   * Reads one command (a message has one, or several in a compound).
   * @param r At the command; ends where the octets at hand end.
   * @param left Octets of the message from here on.
   * @returns 0 if it was read and `plan` says how to go on, else how many octets are needed (more than there are).
   */
  unit(r: ByteReader, left: number, plan: UnitPlan): number;
  /** Octets without SMB in them: the reader looks for the next message. */
  framingLost(): void;
  /** The connection ended `octets` octets before the end of the payload announced last. */
  brokeOff(octets: number): void;
}

const AT_FRAME = 0;
const AT_UNIT = 1;
const IN_BODY = 2;
const LOST = 3;

/**
 * One direction of an SMB connection: finds messages in the octets (direct TCP or NetBIOS session service), hands their
 * commands to a `UnitReader`, and passes bulk payload on or skips it without holding it. After a gap it goes on at
 * the next message whose place is known, or searches for one. [MS-SMB2] 2.1, RFC 1002 4.3
 */
export class SmbStream {
  readonly #conn: Connection;
  readonly #fromOriginator: boolean;
  readonly #reader: UnitReader;
  readonly #carry = new Carry(MAX_UNIT_OCTETS + 16);
  /** Reads octets that were held; those of the segment at hand are read with the reader that brought them. */
  readonly #heldCursor = new ByteReader(new Uint8Array(0));
  #cursor: ByteReader = this.#heldCursor;
  readonly #plan: UnitPlan = { length: 0, payloadAt: 0, payloadLength: 0, taker: null };

  #state = AT_FRAME;
  /** Octets of the message not consumed yet, with those held. */
  #messageLeft = 0;
  /** Octets wanted before the reader is asked again. */
  #need = 0;
  #beforePayload = 0;
  #payloadLeft = 0;
  #afterPayload = 0;
  /** What was asked to be skipped last: octets of payload, and those behind it. */
  #skippedPayload = 0;
  #skippedAfter = 0;

  constructor(conn: Connection, fromOriginator: boolean, reader: UnitReader) {
    this.#conn = conn;
    this.#fromOriginator = fromOriginator;
    this.#reader = reader;
  }

  data(r: ByteReader): void {
    const span = this.#carry.join(r.source, r.pos, r.end);
    this.#cursor = span.bytes === r.source ? r : this.#heldCursor;
    let at = span.start;
    for (;;) {
      const from = at;
      const state = this.#state;
      at = this.#step(span, at);
      if (at === from && this.#state === state) break;
    }
    if (this.#state === IN_BODY) {
      this.#carry.clear();
      this.#skipRest();
    } else {
      this.#carry.keep(span, at);
    }
  }

  gap(octets: number): void {
    const held = this.#carry.length;
    this.#carry.clear();
    if (this.#state === IN_BODY) {
      this.#gapInBody(octets);
      return;
    }
    if (this.#state === AT_UNIT) {
      const left = this.#messageLeft - held - octets;
      if (left >= 0) {
        this.#discardMessage(left);
        return;
      }
    }
    this.#lose();
  }

  /** The connection is over. */
  close(): void {
    const unread = this.#state === IN_BODY ? this.#payloadLeft : 0;
    const unskipped = Math.min(this.#skippedPayload, this.#conn.unskipped(this.#fromOriginator) - this.#skippedAfter);
    const octets = Math.max(unread, unskipped);
    if (octets > 0) this.#reader.brokeOff(octets);
  }

  /** One step from `at`; gives the position behind what it used, `at` itself with the same state if it needs more. */
  #step(span: Span, at: number): number {
    switch (this.#state) {
      case AT_FRAME:
        return this.#frame(span, at);
      case AT_UNIT:
        return this.#unit(span, at);
      case IN_BODY:
        return this.#body(span, at);
      default:
        return this.#search(span, at);
    }
  }

  #frame(span: Span, at: number): number {
    const left = span.end - at;
    if (left < 4) return at;
    const { bytes } = span;
    const type = bytes[at]!;
    if (type >= SESSION_REQUEST && type <= SESSION_KEEPALIVE && bytes[at + 1]! <= 1) {
      const length = (bytes[at + 1]! & 1) * 0x10000 + bytes[at + 2]! * 0x100 + bytes[at + 3]!;
      this.#messageLeft = length;
      this.#discardMessage(length);
      return at + 4;
    }
    const length = bytes[at + 1]! * 0x10000 + bytes[at + 2]! * 0x100 + bytes[at + 3]!;
    if (type === SESSION_MESSAGE && length === 0) return at + 4;
    if (left < 8 && type === SESSION_MESSAGE) return at;
    if (type !== SESSION_MESSAGE || length < 4 || !isSmbMagic(bytes, at + 4)) {
      this.#reader.framingLost();
      this.#lose();
      return at;
    }
    this.#messageLeft = length;
    this.#need = 0;
    this.#state = AT_UNIT;
    this.#reader.begin(bytes[at + 4]!, length);
    return at + 4;
  }

  #unit(span: Span, at: number): number {
    const have = Math.min(span.end - at, this.#messageLeft);
    if (have < this.#need) return at;
    this.#cursor.aim(span.bytes, at, at + have);
    const plan = this.#plan;
    plan.length = this.#messageLeft;
    plan.payloadAt = 0;
    plan.payloadLength = 0;
    plan.taker = null;
    const need = this.#reader.unit(this.#cursor, this.#messageLeft, plan);
    if (need > 0 && have < this.#messageLeft) {
      this.#need = need;
      return at;
    }
    const length = Math.max(1, Math.min(plan.length, this.#messageLeft));
    this.#messageLeft -= length;
    this.#beforePayload = Math.min(plan.payloadAt, length);
    this.#payloadLeft = Math.min(plan.payloadLength, length - this.#beforePayload);
    this.#afterPayload = length - this.#beforePayload - this.#payloadLeft;
    this.#need = 0;
    this.#state = IN_BODY;
    return at;
  }

  #body(span: Span, start: number): number {
    let at = start;
    const before = Math.min(this.#beforePayload, span.end - at);
    this.#beforePayload -= before;
    at += before;
    if (this.#beforePayload > 0) return at;
    const payload = Math.min(this.#payloadLeft, span.end - at);
    const { taker } = this.#plan;
    if (payload > 0 && taker !== null && !taker.take(span.bytes, at, at + payload)) this.#plan.taker = null;
    this.#payloadLeft -= payload;
    at += payload;
    if (this.#payloadLeft > 0) return at;
    const after = Math.min(this.#afterPayload, span.end - at);
    this.#afterPayload -= after;
    at += after;
    if (this.#afterPayload > 0) return at;
    this.#state = this.#messageLeft > 0 ? AT_UNIT : AT_FRAME;
    return at;
  }

  /** Has the carrier skip what nobody wants of the command at hand. */
  #skipRest(): void {
    const wanted = this.#plan.taker !== null && this.#payloadLeft > 0;
    const unwanted = wanted ? 0 : this.#beforePayload + this.#payloadLeft + this.#afterPayload;
    if (unwanted < SKIP_THRESHOLD) return;
    this.#skippedPayload = this.#payloadLeft;
    this.#skippedAfter = this.#afterPayload;
    this.#beforePayload = 0;
    this.#payloadLeft = 0;
    this.#afterPayload = 0;
    this.#state = this.#messageLeft > 0 ? AT_UNIT : AT_FRAME;
    this.#conn.skip(unwanted, this.#fromOriginator);
  }

  #gapInBody(octets: number): void {
    let lost = octets;
    const before = Math.min(this.#beforePayload, lost);
    this.#beforePayload -= before;
    lost -= before;
    const payload = Math.min(this.#payloadLeft, lost);
    if (payload > 0) this.#plan.taker?.gap(payload);
    this.#payloadLeft -= payload;
    lost -= payload;
    const after = Math.min(this.#afterPayload, lost);
    this.#afterPayload -= after;
    lost -= after;
    if (this.#beforePayload + this.#payloadLeft + this.#afterPayload > 0) return;
    if (lost > this.#messageLeft) this.#lose();
    else if (lost > 0) this.#discardMessage(this.#messageLeft - lost);
    else this.#state = this.#messageLeft > 0 ? AT_UNIT : AT_FRAME;
  }

  /** Drops the next `octets` octets, after which the next message begins. */
  #discardMessage(octets: number): void {
    this.#messageLeft = 0;
    this.#plan.taker = null;
    this.#beforePayload = octets;
    this.#payloadLeft = 0;
    this.#afterPayload = 0;
    this.#state = octets > 0 ? IN_BODY : AT_FRAME;
  }

  #lose(): void {
    this.#state = LOST;
    this.#messageLeft = 0;
    this.#need = 0;
  }

  /** Looks for the next session message with SMB in it. */
  #search(span: Span, at: number): number {
    const { bytes, end } = span;
    for (let from = at; ;) {
      const found = bytes.subarray(0, end).indexOf(0x53, from);
      if (found < 0) return Math.max(at, end - SEARCH_TAIL);
      const magicAt = found - 1;
      if (magicAt - 4 >= at && isSmbStart(bytes, magicAt - 4, end)) {
        if (end - magicAt < SEARCH_TAIL) return magicAt - 4;
        this.#state = AT_FRAME;
        return magicAt - 4;
      }
      from = found + 1;
    }
  }
}

/** Octets kept while searching, so that a header split between segments is found. */
const SEARCH_TAIL = 10;

/** True if `0xFF|0xFE|0xFD|0xFC 'S' 'M' 'B'` stands at `at`. */
export function isSmbMagic(bytes: Uint8Array, at: number): boolean {
  return bytes[at]! >= MAGIC_COMPRESSED && bytes[at + 1] === 0x53 && bytes[at + 2] === 0x4d && bytes[at + 3] === 0x42;
}

/**
 * True if a session message with SMB seems to begin at `at`, as far as `end` lets it be seen.
 * Checks the length field and the octets behind the magic, so that "SMB" in a file is hardly taken for one.
 */
export function isSmbStart(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < 8 || bytes[at] !== SESSION_MESSAGE || !isSmbMagic(bytes, at + 4)) return false;
  const length = bytes[at + 1]! * 0x10000 + bytes[at + 2]! * 0x100 + bytes[at + 3]!;
  if (length < 32) return false;
  if (bytes[at + 4] !== MAGIC_SMB2 || end - at < 10) return true;
  return bytes[at + 8] === 64 && bytes[at + 9] === 0;
}
