import type { DecodeCounters } from "./decode-counters.ts";

/** Bounds of defragmentation. */
export interface FragmentLimits {
  /** Datagrams open at one time. */
  readonly datagrams: number;
  /** Octets held for all of them, those of the lists of their parts included. */
  readonly octets: number;
  /** Longest time between two parts of one datagram (RFC 791: 15 s, RFC 8200: 60 s). */
  readonly timeoutNs: number;
}

export const FRAGMENT_LIMITS: FragmentLimits = { datagrams: 4096, octets: 16 * 1024 * 1024, timeoutNs: 60e9 };

/** What Zeek's `FragReassembler` finds odd about a part. */
export const FRAGMENT_ODDITY = { contradicts: 1, overlaps: 2, size: 4, header: 8 } as const;

/** Parts that one datagram may have: 64 KiB in parts of 8 octets. */
const MAX_PARTS = 8192;
const MAX_LENGTH = 65535;
/** Octets of memory of a number in a list. */
const NUMBER = 8;

/** A datagram that is whole. Borrowed until the next fragment. */
export interface WholeDatagram {
  /** The first fragment's IP header (and, in IPv6, the extension headers before the fragment header). */
  readonly header: Uint8Array;
  /** Offset in `header` of the octet that named the fragment header (IPv6). */
  readonly nextHeaderAt: number;
  readonly payload: Uint8Array;
  /** Next header of the first fragment (IPv6); its protocol (IPv4). */
  readonly proto: number;
  /** Frames that held the parts, by run ordinal, the last one included. */
  readonly ordinals: readonly number[];
}

/** One fragment, as `Defragmenter.add` takes it. */
export interface Fragment {
  bytes: Uint8Array;
  headerAt: number;
  headerEnd: number;
  nextHeaderAt: number;
  proto: number;
  payloadAt: number;
  payloadEnd: number;
  /** Octets of the datagram before this part. */
  offset: number;
  more: boolean;
}

/**
 * Puts fragmented datagrams together.
 *
 * Where parts overlap, the octets that came first are kept, as Zeek does; contradicting ones are counted. A datagram is given up
 * when its parts are further apart than the timeout, and the oldest one when a bound is hit.
 */
export class Defragmenter {
  readonly #limits: FragmentLimits;
  readonly #counters: DecodeCounters;
  /** In order of their first fragment. */
  readonly #open = new Map<string, Datagram>();
  #held = 0;
  /** `FRAGMENT_ODDITY`s of the part that was added last. */
  oddities = 0;

  constructor(limits: FragmentLimits, counters: DecodeCounters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  get pending(): number {
    return this.#open.size;
  }

  /**
   * Takes one fragment.
   * @param key Addresses, identification and protocol of its datagram.
   */
  add(key: string, part: Fragment, ordinal: number, nowNs: number): WholeDatagram | null {
    let datagram = this.#open.get(key);
    if (datagram !== undefined && nowNs - datagram.lastNs > this.#limits.timeoutNs) {
      this.#forget(key, datagram);
      this.#counters.fragmentsExpired++;
      datagram = undefined;
    }
    if (datagram === undefined) {
      datagram = new Datagram();
      this.#open.set(key, datagram);
    }
    datagram.lastNs = nowNs;
    const before = datagram.held;
    const fits = datagram.add(part, ordinal, this.#counters);
    this.oddities = datagram.oddities;
    this.#held += datagram.held - before;
    if (!fits) {
      this.#forget(key, datagram);
      this.#counters.fragmentsDropped++;
      return null;
    }
    if (datagram.isWhole) {
      this.#forget(key, datagram);
      this.#counters.reassembled++;
      return datagram;
    }
    while (this.#open.size > this.#limits.datagrams || this.#held > this.#limits.octets) {
      const oldest = this.#open.entries().next().value;
      if (oldest === undefined) break;
      this.#forget(oldest[0], oldest[1]);
      this.#counters.fragmentsDropped++;
    }
    return null;
  }

  /** Gives up datagrams without a part since `timeoutNs` before `clockNs`. */
  sweep(clockNs: number): void {
    for (const [key, datagram] of this.#open) {
      if (clockNs - datagram.lastNs <= this.#limits.timeoutNs) continue;
      this.#forget(key, datagram);
      this.#counters.fragmentsExpired++;
    }
  }

  #forget(key: string, datagram: Datagram): void {
    this.#open.delete(key);
    this.#held -= datagram.held;
  }
}

class Datagram implements WholeDatagram {
  header = EMPTY;
  nextHeaderAt = 0;
  proto = 0;
  payload = EMPTY;
  readonly ordinals: number[] = [];
  lastNs = 0;
  held = 0;
  /** `FRAGMENT_ODDITY`s of the last part. */
  oddities = 0;
  /** Length and next header of the IP header that came first, -1 before. */
  #headerLength = -1;
  #next = -1;
  /** Length by the last fragment, -1 before it came. */
  #length = -1;
  #buffer = EMPTY;
  /** Ranges that are there: starts and ends, ascending and disjoint. */
  readonly #ranges: number[] = [];

  get isWhole(): boolean {
    return (
      this.#length >= 0 &&
      this.header.length > 0 &&
      this.#ranges.length === 2 &&
      this.#ranges[0] === 0 &&
      this.#ranges[1] === this.#length
    );
  }

  /** @returns false if the part cannot belong to a datagram. */
  add(part: Fragment, ordinal: number, counters: DecodeCounters): boolean {
    const octets = part.payloadEnd - part.payloadAt;
    let end = part.offset + octets;
    this.oddities = this.#oddityOf(part, end);
    if (end > MAX_LENGTH || this.ordinals.length >= MAX_PARTS) return false;
    if (this.ordinals.at(-1) !== ordinal) this.ordinals.push(ordinal);
    if (part.offset === 0 && this.header.length === 0) {
      this.header = new Uint8Array(part.bytes.subarray(part.headerAt, part.headerEnd));
      this.nextHeaderAt = part.nextHeaderAt - part.headerAt;
      this.proto = part.proto;
    }
    if (!part.more && this.#length < 0) {
      this.#length = end;
      // A part beyond the end that came earlier is not of this datagram's end any more.
      this.#cutAt(end);
    }
    if (this.#length >= 0 && end > this.#length) end = this.#length;
    if (part.offset < end) this.#insert(part, end, counters);
    this.held = this.#buffer.length + this.header.length + NUMBER * (this.ordinals.length + this.#ranges.length);
    if (this.isWhole) this.payload = this.#buffer.subarray(0, this.#length);
    return true;
  }

  #oddityOf(part: Fragment, end: number): number {
    const headerLength = part.headerEnd - part.headerAt;
    if (this.#headerLength < 0) {
      this.#headerLength = headerLength;
      this.#next = part.proto;
    }
    const isOtherHeader = headerLength !== this.#headerLength || part.proto !== this.#next;
    const isOtherSize = this.#length >= 0 && (part.more ? end > this.#length : end !== this.#length);
    return (isOtherHeader ? FRAGMENT_ODDITY.header : 0) | (isOtherSize ? FRAGMENT_ODDITY.size : 0);
  }

  #insert(part: Fragment, end: number, counters: DecodeCounters): void {
    if (this.#buffer.length < end) {
      const grown = new Uint8Array(Math.max(end, Math.min(this.#buffer.length * 2, MAX_LENGTH), 2048));
      grown.set(this.#buffer);
      this.#buffer = grown;
    }
    const ranges = this.#ranges;
    let at = part.offset;
    let contradicts = false;
    let overlaps = false;
    const from = (octet: number): number => part.payloadAt + octet - part.offset;
    for (let i = 0; i < ranges.length && at < end; i += 2) {
      const start = ranges[i]!;
      const stop = ranges[i + 1]!;
      if (stop <= at) continue;
      if (start >= end) break;
      if (at < start) this.#buffer.set(part.bytes.subarray(from(at), from(start)), at);
      const overlapEnd = Math.min(stop, end);
      overlaps = true;
      for (let k = Math.max(at, start); k < overlapEnd && !contradicts; k++) {
        contradicts = this.#buffer[k] !== part.bytes[from(k)];
      }
      at = stop;
    }
    if (at < end) this.#buffer.set(part.bytes.subarray(from(at), from(end)), at);
    if (contradicts) counters.fragmentContradictions++;
    if (overlaps) this.oddities |= contradicts ? FRAGMENT_ODDITY.contradicts : FRAGMENT_ODDITY.overlaps;
    this.#cover(part.offset, end);
  }

  #cover(start: number, end: number): void {
    const ranges = this.#ranges;
    let i = 0;
    while (i < ranges.length && ranges[i + 1]! < start) i += 2;
    let from = start;
    let to = end;
    let stop = i;
    while (stop < ranges.length && ranges[stop]! <= to) {
      from = Math.min(from, ranges[stop]!);
      to = Math.max(to, ranges[stop + 1]!);
      stop += 2;
    }
    ranges.splice(i, stop - i, from, to);
  }

  #cutAt(end: number): void {
    const ranges = this.#ranges;
    for (let i = ranges.length - 2; i >= 0; i -= 2) {
      if (ranges[i]! >= end) ranges.splice(i, 2);
      else if (ranges[i + 1]! > end) ranges[i + 1] = end;
    }
  }
}

const EMPTY = new Uint8Array(0);
