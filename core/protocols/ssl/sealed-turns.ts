import type { Moment } from "../protocol.ts";

/** An answer up to this length is no answer: "100 Continue", new keys, a ticket. */
const MOST_INTERIM = 100;
/** Tickets of TLS 1.3, which come while the first request goes out; and the length from which on a record is content that still goes out. */
const MOST_TICKETS = 1024;
const LEAST_CONTENT = 1400;
/** More octets than a request or an answer without content has: headers with a signature, session tokens, policies. */
const MOST_HEADERS = 4096;
/** An answer up to this length brings nothing: headers alone. */
const MOST_BARE = 900;
/** Bare exchanges further apart than this are no series. */
const SERIES_GAP_NS = 5_000_000_000n;
/** Lengths of uploads that are told apart, and how much those of one length differ: in headers alone. */
const MOST_LENGTHS = 32;
const SAME_LENGTH = 200;

/** Requests and answers as far as their lengths and times show them. */
export interface TurnSums {
  readonly exchanges: number;
  /** The client sent content. */
  readonly uploads: number;
  readonly uploadOctets: number;
  /** The server did. */
  readonly downloads: number;
  readonly downloadOctets: number;
  /** Neither did, and the answer was headers alone. */
  readonly bare: number;
  /** Length that most uploads had, and how many had it. */
  readonly partOctets: number;
  readonly parts: number;
  /** Most bare exchanges in a row, and when. */
  readonly series: number;
  readonly seriesFrom: Moment | null;
  readonly seriesTo: Moment | null;
}

/**
 * Takes turns apart: HTTP/1 sends a request, then waits for the answer. What is sealed shows this by who sends when and how much. Of
 * HTTP/2, which mixes exchanges, it says nothing of use. Keeps sums only, however long the session.
 */
export class SealedTurns {
  #exchanges = 0;
  #uploads = 0;
  #uploadOctets = 0;
  #downloads = 0;
  #downloadOctets = 0;
  #bare = 0;
  #series: { count: number; from: Moment; to: Moment } | null = null;
  #longest: { count: number; from: Moment; to: Moment } | null = null;
  /** Of uploads: length of the first of its kind, and how many there are. */
  readonly #lengths: { octets: number; count: number }[] = [];
  #up = 0;
  #down = 0;
  #from: Moment | null = null;
  #to: Moment | null = null;

  /** @param octets What one side sealed. */
  add(octets: number, isClient: boolean, now: Moment): void {
    if (octets <= 0) return;
    if (isClient) {
      const isFirst = this.#exchanges === 0 && this.#up <= MOST_HEADERS;
      const areTickets = isFirst && this.#down <= MOST_TICKETS && octets >= LEAST_CONTENT;
      if (areTickets) this.#down = 0;
      if (this.#down > MOST_INTERIM) this.#end();
      this.#from ??= now;
      this.#up += octets;
    } else if (this.#up > 0) {
      // What a server sends before it is asked (tickets) belongs to no exchange.
      this.#down += octets;
      this.#to = now;
    }
  }

  sums(): TurnSums {
    if (this.#down > MOST_INTERIM) this.#end();
    const most = this.#lengths.reduce((best, one) => (one.count > best.count ? one : best), { octets: 0, count: 0 });
    const longest = this.#longest;
    return {
      exchanges: this.#exchanges,
      uploads: this.#uploads,
      uploadOctets: this.#uploadOctets,
      downloads: this.#downloads,
      downloadOctets: this.#downloadOctets,
      bare: this.#bare,
      partOctets: most.octets,
      parts: most.count,
      series: longest?.count ?? 0,
      seriesFrom: longest?.from ?? null,
      seriesTo: longest?.to ?? null,
    };
  }

  #end(): void {
    const [up, down, from, to] = [this.#up, this.#down, this.#from!, this.#to!];
    this.#up = this.#down = 0;
    this.#from = this.#to = null;
    this.#exchanges++;
    const isUpload = up > MOST_HEADERS;
    const isDownload = down > MOST_HEADERS;
    if (isUpload) {
      this.#uploads++;
      this.#uploadOctets += up;
      this.#countLength(up);
    }
    if (isDownload) {
      this.#downloads++;
      this.#downloadOctets += down;
    }
    if (isUpload || isDownload || down > MOST_BARE) {
      this.#series = null;
      return;
    }
    this.#bare++;
    const series = this.#series;
    if (series !== null && from.ts - series.to.ts <= SERIES_GAP_NS) {
      series.count++;
      series.to = to;
    } else this.#series = { count: 1, from, to };
    if (this.#series!.count > (this.#longest?.count ?? 0)) this.#longest = { ...this.#series! };
  }

  #countLength(octets: number): void {
    const known = this.#lengths.find((one) => Math.abs(one.octets - octets) <= SAME_LENGTH);
    if (known !== undefined) known.count++;
    else if (this.#lengths.length < MOST_LENGTHS) this.#lengths.push({ octets, count: 1 });
  }
}
