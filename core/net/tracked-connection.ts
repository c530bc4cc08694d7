import type { FrameRef } from "../records/table-chunk.ts";
import { ipv4Text, ipv6Text } from "./addresses.ts";
import type { NetConnection, Transport } from "./connection.ts";
import { HISTORY_SEEN, intsOf, ORIGINATOR, PARTIAL, SEEN_FIRST, START_HIGH, START_LOW } from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import type { HeldOctets } from "./held-octets.ts";
import { NO_SERVICES } from "./services.ts";
import { uidOf } from "./uid.ts";

/** History bit of a bound that was hit. Zeek: `HIST_UNKNOWN_PKT` */
const LIMIT_SEEN = 0x400;
/** Longest history that is kept; a flood of resets would make it grow without end. */
const MAX_HISTORY = 2000;
/** Letters for each connection that there is room for; those that are open share them. */
const HISTORY_SHARE = 50;
/** V8 keeps a longer text that grows letter by letter as a list of letters, some 32 octets each. */
const SHORT_TEXT = 12;
/** Letters after which it becomes one text again. */
const LETTERS_A_TEXT = 4;

/** A connection of the tracker: what is not in the flow table's arrays. Text is made only when asked for. */
export class TrackedConnection implements NetConnection {
  readonly slot: number;
  /** See `sessionKey`. */
  readonly key: number;
  readonly proto: Transport;
  readonly ipProto: number;
  readonly capture: number;
  readonly frame: number;
  lastCapture: number;
  lastFrame: number;
  history = "";
  sawStart = true;
  nextRecord = 1;
  state: unknown = null;
  services = NO_SERVICES;
  skipped = 0;
  sealed = 0;
  wantsPayload = true;
  /** The handler was told that both sides have said all they had to say. */
  hasSaidAll = false;
  /** Keys of the tunnels that carried it directly, in order of appearance. */
  carriers: number[] | null = null;
  /** Octets that wait for others before them, by side. */
  heldA: HeldOctets | null = null;
  heldB: HeldOctets | null = null;
  /** Ranges of positions that came out of order, by side: starts and ends, ascending and disjoint. */
  rangesA: number[] | null = null;
  rangesB: number[] | null = null;
  /** Names of the weirds that were recorded. */
  weirds: string[] | null = null;
  /** Packets that an IP tunnel or a tunnel's connection carried, and the number of its network. */
  carried = 0;
  network = 0;
  tunnelKind = 0;
  /** Time of its last packet when its row was shown while it was open, ns. */
  shownNs = -1;

  readonly #table: FlowTable;
  #uid = "";
  #addressA = "";
  #addressB = "";
  #start: FrameRef | null = null;

  constructor(
    table: FlowTable,
    slot: number,
    key: number,
    proto: Transport,
    ipProto: number,
    capture: number,
    frame: number,
  ) {
    this.#table = table;
    this.slot = slot;
    this.key = key;
    this.proto = proto;
    this.ipProto = ipProto;
    this.capture = capture;
    this.frame = frame;
    this.lastCapture = capture;
    this.lastFrame = frame;
  }

  get uid(): string {
    if (this.#uid === "") this.#uid = uidOf(this.key);
    return this.#uid;
  }
  /** True once an oddity of its packets was recorded. */
  get isWeird(): boolean {
    return this.weirds !== null;
  }
  get originatorSide(): number {
    return this.#table.ints[intsOf(this.slot) + ORIGINATOR]!;
  }
  get origH(): string {
    return this.address(this.originatorSide);
  }
  get origP(): number {
    return this.#table.port(this.slot, this.originatorSide);
  }
  get respH(): string {
    return this.address(1 - this.originatorSide);
  }
  get respP(): number {
    return this.#table.port(this.slot, 1 - this.originatorSide);
  }
  get start(): FrameRef {
    if (this.#start === null) {
      const { ints } = this.#table;
      const at = intsOf(this.slot);
      const ts = (BigInt(ints[at + START_HIGH]!) << 32n) | BigInt(ints[at + START_LOW]! >>> 0);
      this.#start = { ts, capture: this.capture, frame: this.frame };
    }
    return this.#start;
  }

  flip(): void {
    const { ints } = this.#table;
    const i = intsOf(this.slot);
    ints[i + ORIGINATOR] = 1 - ints[i + ORIGINATOR]!;
    const seen = ints[i + SEEN_FIRST]!;
    ints[i + SEEN_FIRST] = ((seen & 1) << 1) | (seen >> 1);
    ints[i + PARTIAL] = 0;
    this.addHistory("^", true);
  }

  rest(): void {
    this.#uid = this.#addressA = this.#addressB = "";
    this.#start = null;
  }

  address(side: number): string {
    if (side === 0) {
      if (this.#addressA === "") this.#addressA = this.#text(0);
      return this.#addressA;
    }
    if (this.#addressB === "") this.#addressB = this.#text(1);
    return this.#addressB;
  }

  /**
   * Adds a letter to the history if its kind was not seen from this side before.
   * @param letter Upper case; a responder's is put in lower case.
   * @returns true if it had been seen.
   */
  checkHistory(bit: number, letter: string, fromOriginator: boolean): boolean {
    const { ints } = this.#table;
    const at = intsOf(this.slot) + HISTORY_SEEN;
    const mask = fromOriginator ? bit : bit << 16;
    if ((ints[at]! & mask) !== 0) return true;
    ints[at]! |= mask;
    this.addHistory(letter, fromOriginator);
    return false;
  }

  noteLimit(): void {
    const { ints } = this.#table;
    const at = intsOf(this.slot) + HISTORY_SEEN;
    if ((ints[at]! & LIMIT_SEEN) !== 0) return;
    ints[at]! |= LIMIT_SEEN;
    this.addHistory("X", true);
  }

  addHistory(letter: string, fromOriginator: boolean): void {
    const { length } = this.history;
    if (length >= MAX_HISTORY || length >= HISTORY_SHARE * this.#table.roominess) return;
    const history = this.history + (fromOriginator ? letter : letter.toLowerCase());
    this.history =
      length < SHORT_TEXT || length % LETTERS_A_TEXT > 0 ? history : Buffer.from(history, "latin1").toString("latin1");
  }

  /**
   * Counts an event whose letter is written at the 1st, 10th, 100th ... time.
   * @param at Word of the counter in the flow table; the next word holds the count of the next letter.
   */
  countHistory(at: number, letter: string, fromOriginator: boolean): void {
    const { ints } = this.#table;
    const next = ints[at + 1]! === 0 ? 1 : ints[at + 1]!;
    if (++ints[at]! !== next) return;
    this.addHistory(letter, fromOriginator);
    if (next < 1e9) ints[at + 1] = next * 10;
  }

  held(side: number): HeldOctets | null {
    return side === 0 ? this.heldA : this.heldB;
  }
  setHeld(side: number, held: HeldOctets | null): void {
    if (side === 0) this.heldA = held;
    else this.heldB = held;
  }
  ranges(side: number): number[] | null {
    return side === 0 ? this.rangesA : this.rangesB;
  }
  setRanges(side: number, ranges: number[] | null): void {
    if (side === 0) this.rangesA = ranges;
    else this.rangesB = ranges;
  }

  #text(side: number): string {
    const table = this.#table;
    const a = table.addressWord(this.slot, side, 0);
    if (!table.isV6(this.slot)) return ipv4Text(a);
    return ipv6Text(
      a >>> 0,
      table.addressWord(this.slot, side, 1) >>> 0,
      table.addressWord(this.slot, side, 2) >>> 0,
      table.addressWord(this.slot, side, 3) >>> 0,
    );
  }
}
