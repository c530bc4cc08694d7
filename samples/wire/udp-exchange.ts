import type { Endpoint } from "./endpoint.ts";
import { checksumOf, headersLength, pseudoHeaderSum, UDP, wordSum, writeHeaders } from "./frame.ts";
import type { FiveTuple, FrameSink, FrameSource, Witness } from "./frame-sink.ts";
import type { Random } from "./random.ts";
import type { Turn } from "./tcp-conversation.ts";

export interface UdpExchangeOptions {
  readonly startNs: number;
  readonly client: Endpoint;
  readonly clientPort: number;
  readonly server: Endpoint;
  readonly serverPort: number;
  /** One datagram each, at most 1,400 octets. */
  readonly turns: readonly Turn[];
  readonly witness?: Witness | undefined;
  readonly random: Random;
}

/** Datagrams to and fro between two ports. [RFC 768] */
export class UdpExchange implements FrameSource {
  timeNs: number;
  readonly #options: UdpExchangeOptions;
  readonly #tuple: FiveTuple;
  readonly #clientIsNear: boolean;
  #identification: number;
  #next = 0;

  constructor(options: UdpExchangeOptions) {
    const { client, server } = options;
    this.#options = options;
    this.#identification = options.random.below(65536);
    this.#clientIsNear = client.network === server.network || client.watched >= server.watched;
    this.timeNs = options.startNs + (options.turns[0]?.waitNs ?? 0);
    this.#tuple = {
      protocol: "udp",
      client: client.ip,
      clientPort: options.clientPort,
      server: server.ip,
      serverPort: options.serverPort,
    };
  }

  write(sink: FrameSink): boolean {
    const { client, server, clientPort, serverPort, turns, witness } = this.#options;
    const turn = turns[this.#next];
    if (turn === undefined) return false;
    const from = turn.fromClient ? client : server;
    const to = turn.fromClient ? server : client;
    const headers = headersLength(from);
    const length = 8 + turn.bytes.length;
    const number = sink.frame(this.timeNs, headers + length);
    const { view, bytes, at } = sink;
    this.#identification = (this.#identification + 1) & 0xffff;
    bytes.set(turn.bytes, at + headers + 8);
    writeHeaders(view, at, from, to, { identification: this.#identification, protocol: UDP, length });
    const udp = at + headers;
    view.setUint16(udp, turn.fromClient ? clientPort : serverPort);
    view.setUint16(udp + 2, turn.fromClient ? serverPort : clientPort);
    view.setUint16(udp + 4, length);
    view.setUint16(udp + 6, 0);
    const sum = checksumOf(pseudoHeaderSum(from, to, UDP) + length + wordSum(view, udp, udp + length));
    view.setUint16(udp + 6, sum === 0 ? 0xffff : sum);
    witness?.saw(number, this.timeNs, this.#tuple, false);
    turn.shows?.saw(number, this.timeNs, this.#tuple, true);
    const following = turns[++this.#next];
    if (following === undefined) return false;
    const farSide = this.#clientIsNear ? server : client;
    const answers = following.fromClient !== turn.fromClient;
    const isLocal = client.network === server.network;
    this.timeNs += following.waitNs + (answers ? (isLocal ? 90_000 : farSide.roundTripNs) : 0);
    return true;
  }
}
