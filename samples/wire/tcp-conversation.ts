import type { Endpoint } from "./endpoint.ts";
import { FILLER_LENGTH, fillerPool } from "./filler.ts";
import { checksumOf, headersLength, pseudoHeaderSum, TCP, wordSum, writeHeaders } from "./frame.ts";
import type { FiveTuple, FrameSink, FrameSource, Witness } from "./frame-sink.ts";
import type { Random } from "./random.ts";

/** What one side says before it listens. */
export interface Turn {
  readonly fromClient: boolean;
  readonly bytes: Uint8Array;
  /** Octets of opaque data that follow `bytes`. */
  readonly filler?: number;
  /** Nanoseconds this side thinks before it speaks; the way through the network comes on top. */
  readonly waitNs: number;
  /** Takes note of the frames of this turn as the ones that show something. */
  readonly shows?: Witness | undefined;
}

/** How a conversation ends: by whom closed, reset by the client, refused at the first segment, or still open. */
export type Ending = "client" | "server" | "reset" | "refused" | "open";

export interface TcpConversationOptions {
  readonly startNs: number;
  readonly client: Endpoint;
  readonly clientPort: number;
  readonly server: Endpoint;
  readonly serverPort: number;
  readonly turns: Iterable<Turn>;
  readonly ending?: Ending | undefined;
  /** Takes note of all frames. */
  readonly witness?: Witness | undefined;
  /** Largest transport of this path, bits per second; 1e9 if not given. */
  readonly bitsPerSecond?: number | undefined;
  readonly random: Random;
}

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const PSH = 0x08;
const ACK = 0x10;

const LAN_ROUND_TRIP_NS = 180_000;
/** Above this round trip the sender starts slowly and waits for acknowledgements. */
const FAR_NS = 2_000_000;
const FIRST_WINDOW = 10; // segments, RFC 6928
const LARGEST_WINDOW = 64;

/** One side's half of the state. */
interface Side {
  readonly endpoint: Endpoint;
  readonly port: number;
  /** Headers up to TCP, with the parts that change left 0. */
  readonly headers: Uint8Array;
  readonly ipSum: number;
  readonly pseudoSum: number;
  readonly windowScale: number;
  readonly window: number;
  /** Offset of this side's millisecond clock (TCP time stamps). */
  readonly clock: number;
  /** Time to the recorder and back as seen by the other side, nanoseconds. */
  readonly answerNs: number;
  sequence: number;
  /** Acknowledgement sent last. */
  acknowledged: number;
  identification: number;
  /** Segments of the peer not acknowledged yet. */
  owed: number;
  /** Milliseconds clock value sent last. */
  sentClock: number;
  /** Segments it may send without hearing of them, and has sent, on a far path. */
  allowed: number;
  inFlight: number;
}

/** A TCP connection from first to last segment: handshake, segmentation, acknowledgements, teardown. [RFC 9293] */
export class TcpConversation implements FrameSource {
  timeNs: number;
  readonly #client: Side;
  readonly #server: Side;
  readonly #options: TcpConversationOptions;
  readonly #tuple: FiveTuple;
  readonly #timestamps: boolean;
  readonly #segment: number;
  readonly #gapNs: number;
  readonly #steps: Generator<undefined, undefined>;
  #more: boolean;
  // the segment that is due
  #from: Side;
  #flags = 0;
  #turn: Turn | null = null;
  #start = 0;
  #end = 0;
  #fillerAt: number;
  // of the sender's last data, for delayed acknowledgements
  #lastDataNs = 0;

  constructor(options: TcpConversationOptions) {
    const { client, server, random } = options;
    this.#options = options;
    this.#tuple = {
      protocol: "tcp",
      client: client.ip,
      clientPort: options.clientPort,
      server: server.ip,
      serverPort: options.serverPort,
    };
    this.#timestamps = client.stack === "linux" && server.stack === "linux";
    this.#segment = 1500 - (headersLength(client) - 14) - 20 - (this.#timestamps ? 12 : 0);
    this.#gapNs = Math.max(1, Math.round((1514 * 8 * 1e9) / (options.bitsPerSecond ?? 1e9)));
    this.#client = sideOf(client, options.clientPort, server, random);
    this.#server = sideOf(server, options.serverPort, client, random);
    this.#from = this.#client;
    this.#fillerAt = random.below(FILLER_LENGTH);
    this.timeNs = options.startNs;
    this.#steps = this.#packets();
    this.#more = this.#steps.next().done !== true;
  }

  write(sink: FrameSink): boolean {
    if (!this.#more) return false;
    this.#put(sink);
    this.#more = this.#steps.next().done !== true;
    return this.#more;
  }

  *#packets(): Generator<undefined, undefined> {
    const { ending = "client" } = this.#options;
    const client = this.#client;
    const server = this.#server;
    this.#due(client, SYN);
    yield;
    client.sequence++;
    this.timeNs += server.answerNs;
    if (ending === "refused") {
      server.sequence = 0;
      this.#due(server, RST | ACK);
      yield;
      return;
    }
    this.#due(server, SYN | ACK);
    yield;
    server.sequence++;
    this.timeNs += client.answerNs;
    this.#due(client, ACK);
    yield;
    let last: Side = client;
    for (const turn of this.#options.turns) {
      const from = turn.fromClient ? client : server;
      const to = turn.fromClient ? server : client;
      yield* this.#pause(turn.waitNs + (last === from ? 0 : from.answerNs), from === last ? to : from);
      yield* this.#speak(turn, from, to);
      last = from;
    }
    if (ending === "open") {
      yield* this.#pause(1e9, last === client ? server : client);
      return;
    }
    const first = ending === "server" ? server : client;
    const second = ending === "server" ? client : server;
    yield* this.#pause(this.#options.random.between(200_000, 3_000_000), last === client ? server : client);
    if (ending === "reset") {
      this.#due(client, RST | ACK);
      yield;
      return;
    }
    this.#due(first, FIN | ACK);
    yield;
    first.sequence++;
    this.timeNs += second.answerNs;
    this.#due(second, FIN | ACK);
    yield;
    second.sequence++;
    this.timeNs += first.answerNs;
    this.#due(first, ACK);
    yield;
  }

  /** Lets time pass; a listener that owes an acknowledgement sends it when its timer runs out. */
  *#pause(waitNs: number, listener: Side): Generator<undefined, undefined> {
    const until = this.timeNs + waitNs;
    if (listener.owed > 0) {
      const timer = listener.owed >= 2 ? 0 : listener.endpoint.stack === "windows" ? 50e6 : 40e6;
      const delay = timer + listener.answerNs;
      const at = Math.max(this.timeNs, this.#lastDataNs + delay);
      if (at < until) {
        this.timeNs = at;
        this.#due(listener, ACK);
        yield;
        (listener === this.#client ? this.#server : this.#client).inFlight = 0;
      }
    }
    this.timeNs = until;
  }

  *#speak(turn: Turn, from: Side, to: Side): Generator<undefined, undefined> {
    const total = turn.bytes.length + (turn.filler ?? 0);
    const isFar = Math.max(from.answerNs, to.answerNs) > FAR_NS;
    const receiverIsNear = to.answerNs <= FAR_NS;
    to.inFlight = 0; // speaking acknowledges
    for (let at = 0; at < total; at += this.#segment) {
      const end = Math.min(total, at + this.#segment);
      if (at > 0) this.timeNs += this.#gapNs + (this.#fillerAt & 0x3ff);
      this.#due(from, end === total ? ACK | PSH : ACK, turn, at, end);
      yield;
      from.sequence = (from.sequence + end - at) >>> 0;
      to.owed++;
      this.#lastDataNs = this.timeNs;
      from.inFlight++;
      if (end === total) break;
      if (!isFar || receiverIsNear) {
        if (to.owed >= 2) {
          this.timeNs += 4_000 + (this.#fillerAt & 0xfff);
          this.#due(to, ACK);
          yield;
        }
        if (isFar && from.inFlight >= from.allowed) {
          this.timeNs += from.answerNs;
          widen(from);
        }
      } else if (from.inFlight >= from.allowed) {
        yield* this.#lateAcknowledgements(from, to);
        widen(from);
      }
    }
    if (to.owed >= 2 && (!isFar || receiverIsNear)) {
      this.timeNs += 4_000 + (this.#fillerAt & 0xfff);
      this.#due(to, ACK);
      yield;
    }
  }

  /** A far receiver acknowledges a whole window, one answer for two segments, a round trip later. */
  *#lateAcknowledgements(from: Side, to: Side): Generator<undefined, undefined> {
    this.timeNs += to.answerNs;
    const behind = (from.sequence - to.acknowledged) >>> 0;
    const step = 2 * this.#segment;
    const final = from.sequence;
    for (let left = behind; left > step; left -= step) {
      from.sequence = (final - left + step) >>> 0; // what the receiver has seen by then
      this.#due(to, ACK);
      yield;
      this.timeNs += 2 * this.#gapNs;
    }
    from.sequence = final;
    this.#due(to, ACK);
    yield;
  }

  #due(from: Side, flags: number, turn: Turn | null = null, start = 0, end = 0): void {
    this.#from = from;
    this.#flags = flags;
    this.#turn = turn;
    this.#start = start;
    this.#end = end;
  }

  #put(sink: FrameSink): void {
    const from = this.#from;
    const to = from === this.#client ? this.#server : this.#client;
    const flags = this.#flags;
    const payload = this.#end - this.#start;
    const isSyn = (flags & SYN) !== 0;
    const carriesTimestamps = this.#timestamps && (flags & RST) === 0;
    const header = 20 + (isSyn ? (this.#timestamps ? 20 : 12) : carriesTimestamps ? 12 : 0);
    const headers = from.headers.length;
    const number = sink.frame(this.timeNs, headers + header + payload);
    const { view, bytes, at } = sink;
    bytes.set(from.headers, at);
    const length = header + payload;
    if (from.endpoint.address.length === 4) {
      from.identification = (from.identification + 1) & 0xffff;
      view.setUint16(at + 16, 20 + length);
      view.setUint16(at + 18, from.identification);
      view.setUint16(at + 24, checksumOf(from.ipSum + 20 + length + from.identification));
    } else {
      view.setUint16(at + 18, length);
    }
    const tcp = at + headers;
    const acknowledges = (flags & ACK) !== 0;
    view.setUint16(tcp, from.port);
    view.setUint16(tcp + 2, to.port);
    view.setUint32(tcp + 4, from.sequence);
    view.setUint32(tcp + 8, acknowledges ? to.sequence : 0);
    view.setUint16(tcp + 12, ((header / 4) << 12) | flags);
    view.setUint16(tcp + 14, isSyn ? 64240 : flags & RST ? 0 : from.window - ((to.sequence >>> 11) & 7));
    view.setUint32(tcp + 16, 0);
    if (header > 20) this.#putOptions(view, tcp + 20, from, isSyn, acknowledges);
    if (payload > 0) this.#copyPayload(bytes, tcp + header);
    const sum = from.pseudoSum + length + wordSum(view, tcp, tcp + length);
    view.setUint16(tcp + 16, checksumOf(sum));
    if (acknowledges) {
      from.acknowledged = to.sequence;
      from.owed = 0;
    }
    this.#options.witness?.saw(number, this.timeNs, this.#tuple, false);
    if (payload > 0) this.#turn?.shows?.saw(number, this.timeNs, this.#tuple, true);
  }

  #putOptions(view: DataView, start: number, from: Side, isSyn: boolean, acknowledges: boolean): void {
    let at = start;
    if (isSyn) {
      view.setUint32(at, 0x02040000 | (from.endpoint.address.length === 4 ? 1460 : 1440));
      at += 4;
    }
    if (this.#timestamps) {
      const now = (from.clock + Math.floor(this.timeNs / 1e6)) >>> 0;
      const to = from === this.#client ? this.#server : this.#client;
      view.setUint32(at, isSyn ? 0x0402080a : 0x0101080a); // SACK permitted or padding, then time stamps
      view.setUint32(at + 4, now);
      view.setUint32(at + 8, acknowledges ? to.sentClock : 0);
      from.sentClock = now;
      at += 12;
      if (isSyn) view.setUint32(at, 0x01030300 | from.windowScale);
    } else {
      view.setUint32(at, 0x01030300 | from.windowScale);
      view.setUint32(at + 4, 0x01010402);
    }
  }

  /** Copies the due part of the turn: its octets, then opaque data. */
  #copyPayload(bytes: Uint8Array, to: number): void {
    const turn = this.#turn;
    if (turn === null) return;
    const own = turn.bytes.length;
    let at = to;
    if (this.#start < own) {
      const part = turn.bytes.subarray(this.#start, Math.min(own, this.#end));
      bytes.set(part, at);
      at += part.length;
    }
    const left = to + this.#end - this.#start - at;
    if (left <= 0) return;
    this.#fillerAt = (this.#fillerAt + 1) % (FILLER_LENGTH - left); // another part of the pool for each segment
    bytes.set(fillerPool().subarray(this.#fillerAt, this.#fillerAt + left), at);
    this.#fillerAt = (this.#fillerAt + left) % FILLER_LENGTH;
  }
}

/** Slow start: twice as much may be under way after each round. [RFC 5681 3.1] */
function widen(side: Side): void {
  side.inFlight = 0;
  side.allowed = Math.min(2 * side.allowed, LARGEST_WINDOW);
}

function sideOf(endpoint: Endpoint, port: number, peer: Endpoint, random: Random): Side {
  const headers = new Uint8Array(headersLength(endpoint));
  const view = new DataView(headers.buffer);
  const isV4 = endpoint.address.length === 4;
  writeHeaders(view, 0, endpoint, peer, { identification: 0, protocol: TCP, length: 0 });
  if (isV4) {
    view.setUint16(16, 0);
    view.setUint16(24, 0);
  }
  const isNear = endpoint.network === peer.network || endpoint.watched >= peer.watched;
  const windows = endpoint.stack === "windows";
  return {
    endpoint,
    port,
    headers,
    ipSum: isV4 ? wordSum(view, 14, 34) : 0,
    pseudoSum: pseudoHeaderSum(endpoint, peer, TCP),
    windowScale: windows ? 8 : 7,
    window: windows ? 2053 : 4009,
    clock: random.u32(),
    answerNs: isNear ? random.between(25_000, LAN_ROUND_TRIP_NS) : endpoint.roundTripNs + random.below(90_000),
    sequence: random.u32(),
    acknowledged: 0,
    identification: random.below(65536),
    owed: 0,
    sentClock: 0,
    allowed: FIRST_WINDOW,
    inFlight: 0,
  };
}
