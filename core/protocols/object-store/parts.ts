import { ENTRY, textWeight, type Holder } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import type { CarriedFile } from "../carried-file.ts";
import type { BodySink } from "../http-calls.ts";
import type { Moment } from "../protocol.ts";

/** Octets that all parts of this thread hold while parts before them, or the list of them, are still to come; the oldest give up. */
const MOST_HELD = 64 << 20;
/** Octets to which small pieces are joined, so that pieces of one octet cost one. */
const PIECE = 65_536;
/** Parts of one upload: Azure allows so many blocks, S3 a fifth of it. */
const MOST_PARTS = 50_000;

/** Parts that hold octets, the oldest first. */
const holders = new Set<Part>();
let heldByAll = 0;

/** The body of one part, kept until its place in the object is known. */
export class Part implements BodySink {
  /** All of it, seen or not. */
  octets = 0;
  /** Octets that were never captured, said once it is over; all others that are not there were let pass or given up. */
  isLossy = false;
  /** Octets, or the number of those that are not there. */
  #pieces: (GatheredOctets | number)[] = [];
  #held = 0;

  data(bytes: Uint8Array, start: number, end: number): void {
    const octets = end - start;
    this.octets += octets;
    this.#lastPiece().add(bytes, start, end);
    this.#held += octets;
    heldByAll += octets;
    holders.add(this);
    for (const oldest of holders) {
      if (heldByAll <= MOST_HELD) break;
      oldest.giveUp();
    }
  }

  gap(octets: number): void {
    this.octets += octets;
    this.#pieces.push(octets);
  }

  #lastPiece(): GatheredOctets {
    const last = this.#pieces.at(-1);
    if (last instanceof GatheredOctets && last.length < PIECE) return last;
    const piece = new GatheredOctets();
    this.#pieces.push(piece);
    return piece;
  }

  /** What of it was not seen at all, its length being known. */
  padTo(octets: number): void {
    if (octets > this.octets) this.gap(octets - this.octets);
  }

  feed(file: CarriedFile): void {
    for (const piece of this.#pieces) {
      if (typeof piece !== "number") file.data(piece.octets(), 0, piece.length);
      else if (this.isLossy) file.gap(piece);
      else file.skipped(piece);
    }
  }

  /** Its octets are not needed any more; that they went by is. */
  giveUp(): void {
    heldByAll -= this.#held;
    this.#held = 0;
    this.#pieces = [this.octets];
    holders.delete(this);
  }
}

/** Why an object that was put together is not known whole: a part was copied on the server, did not go by, or the order is not sure. */
export type Lack = "copied" | "part" | "order";

/** What was put together. */
export interface Assembled {
  /** What went by at places that are known. */
  readonly file: CarriedFile;
  /** Octets of all parts in it that went by. */
  readonly octets: number;
  readonly lacks: Lack | null;
}

/** An upload in parts. Where they are numbered, those that came in order go on at once; others wait for the list that ends the upload. */
export class PartedUpload {
  readonly from: Moment;
  readonly #isNumbered: boolean;
  /** Null: copied by the server. */
  readonly #parts: HeldMap<string, Part | null>;
  /** Of the parts that went on, where they begin. */
  readonly #places: HeldMap<string, number>;
  #next = 1;
  #end = 0;
  /** As the last connection that brought some of it knows it. */
  #file: CarriedFile | null = null;

  /** @param holder Whose it is: the two hosts', whose connections may all go on with it. */
  constructor(from: Moment, isNumbered: boolean, holder: Holder | null = null) {
    this.from = from;
    this.#parts = new HeldMap((_, id) => ENTRY + textWeight(id), null, holder);
    this.#places = new HeldMap((_, id) => ENTRY / 2 + textWeight(id), null, holder);
    this.#isNumbered = isNumbered;
  }

  /**
   * A part was accepted; sent again it takes the place of the former one.
   * @param part Null if the server copied it.
   * @param file Takes the octets of the object.
   */
  add(id: string, part: Part | null, file: CarriedFile): void {
    const before = this.#parts.get(id);
    if (before === undefined && this.#parts.size >= MOST_PARTS) {
      part?.giveUp();
      return;
    }
    before?.giveUp();
    this.#parts.set(id, part);
    const place = this.#places.get(id);
    if (place !== undefined && part !== null) {
      // What went on before is not what is there: the file sees the place twice.
      part.giveUp();
      file.seek(place);
      part.feed(file);
      this.#file = file;
      return;
    }
    for (let ready = this.#ready(); ready !== null; ready = this.#ready()) {
      this.#goOn(String(this.#next++), ready, file);
      if (!file.wants) this.giveUp();
    }
  }

  /** @param order The parts that the object is made of; null if the list was not seen. */
  complete(order: readonly string[] | null, file: CarriedFile): Assembled {
    let lacks: Lack | null = order === null ? "order" : null;
    let at = 0;
    let octets = 0;
    for (const id of order ?? this.#parts.keys()) {
      const part = this.#parts.get(id);
      octets += part?.octets ?? 0;
      if (part === undefined) lacks ??= "part";
      else if (part === null) lacks ??= "copied";
      if (lacks !== null || !part) continue;
      if (!this.#places.has(id)) this.#goOn(id, part, file);
      if (this.#places.get(id) !== at) lacks = "order";
      at += part.octets;
    }
    if (lacks === null && at !== this.#end) lacks = "order";
    const whole = this.#file ?? file;
    if (lacks === null) whole.total(at);
    this.giveUp();
    whole.close();
    return { file: whole, octets, lacks };
  }

  giveUp(): void {
    for (const part of this.#parts.values()) part?.giveUp();
  }

  /** It is over: nothing is kept of it. */
  release(): void {
    this.giveUp();
    this.#parts.clear();
    this.#places.clear();
  }

  #ready(): Part | null {
    const id = String(this.#next);
    return !this.#isNumbered || this.#places.has(id) ? null : (this.#parts.get(id) ?? null);
  }

  #goOn(id: string, part: Part, file: CarriedFile): void {
    file.seek(this.#end);
    part.feed(file);
    part.giveUp();
    this.#file = file;
    this.#places.set(id, this.#end);
    this.#end += part.octets;
  }
}
