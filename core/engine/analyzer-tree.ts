import { ByteReader } from "../bytes/reader.ts";
import type { ConnectionHandler, NetConnection } from "../net/connection.ts";
import { weird as weirdRecord } from "../net/records.ts";
import type { Carrier, Moment, ProbeHint, Protocol } from "../protocols/protocol.ts";
import type { RecordOutput } from "../records/record-output.ts";
import type { Candidate } from "./stream.ts";
import { Stream } from "./stream.ts";

/** Most host pairs whose shared values are kept at one time. */
const PAIRS_KEPT = 100_000;
/** Most values kept for one host pair. */
const VALUES_PER_PAIR = 4096;

/** An analyzer that threw: a fault of ours, reported with the place. */
export interface AnalyzerFailure {
  readonly protocol: string;
  readonly capture: number;
  readonly frame: number;
  readonly message: string;
}

interface MutableHint extends ProbeHint {
  carrier: Carrier;
  fromOriginator: boolean;
  respPort: number;
  origPort: number;
  pipe: string;
  onPort: boolean;
}

/**
 * Joins connections to protocols: for each connection it finds out what is spoken, by content, and runs the analyzers,
 * streams inside streams included.
 */
export class AnalyzerTree implements ConnectionHandler {
  readonly output: RecordOutput;
  /** Analyzers that threw, the first hundred. */
  readonly failures: AnalyzerFailure[] = [];
  readonly #now: () => Moment;
  readonly #protocols: readonly Protocol[];
  readonly #byName: ReadonlyMap<string, Protocol>;
  readonly #byCarrier = new Map<Carrier, readonly Protocol[]>();
  readonly #byPort = new Map<string, readonly Protocol[]>();
  readonly #pairs = new Map<string, Map<string, unknown>>();
  readonly #hint: MutableHint = {
    carrier: "tcp",
    fromOriginator: true,
    respPort: 0,
    origPort: 0,
    pipe: "",
    onPort: false,
  };
  readonly #readers: ByteReader[] = [];

  /** @param now Frame being delivered; asked for only when a record or an analyzer wants it. */
  constructor(protocols: readonly Protocol[], output: RecordOutput, now: () => Moment) {
    this.#protocols = protocols;
    this.output = output;
    this.#now = now;
    this.#byName = new Map(protocols.map((protocol) => [protocol.name, protocol]));
  }

  get now(): Moment {
    return this.#now();
  }

  opened(): void {}

  data(connection: NetConnection, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    let stream = connection.state as Stream | null;
    if (stream === null) {
      const { proto } = connection;
      if (proto === "unknown_transport") {
        connection.wantsPayload = false;
        return;
      }
      stream = new Stream(this, connection, null, proto, "");
      connection.state = stream;
    }
    stream.data(bytes, start, end, fromOriginator);
    if (stream.isOver) connection.wantsPayload = false;
  }

  gap(connection: NetConnection, octets: number, fromOriginator: boolean): void {
    (connection.state as Stream | null)?.gap(octets, fromOriginator);
  }

  closed(connection: NetConnection): void {
    (connection.state as Stream | null)?.close();
    connection.state = null;
  }

  protocolNamed(name: string): Protocol | undefined {
    return this.#byName.get(name);
  }

  /** Protocols to ask about a new stream: those of its port first. */
  candidates(carrier: Carrier, net: NetConnection, pipe: string): Candidate[] {
    const port = pipe === "" ? net.respP : 0;
    const key = `${carrier}/${port}/${net.origP < 1024 && carrier === "udp" ? net.origP : 0}`;
    let ordered = this.#byPort.get(key);
    if (ordered === undefined) {
      const all = this.#ofCarrier(carrier);
      const isOnPort = (protocol: Protocol) => protocol.ports.includes(port) || protocol.ports.includes(net.origP);
      ordered = [...all.filter(isOnPort), ...all.filter((protocol) => !isOnPort(protocol))];
      if (this.#byPort.size < 10_000) this.#byPort.set(key, ordered);
    }
    return ordered.map((protocol) => ({ protocol, no: 0 }));
  }

  hint(carrier: Carrier, net: NetConnection, pipe: string, fromOriginator: boolean, depth: number): MutableHint {
    const hint = this.#hint;
    hint.carrier = carrier;
    hint.fromOriginator = fromOriginator;
    hint.respPort = depth === 0 ? net.respP : 0;
    hint.origPort = depth === 0 ? net.origP : 0;
    hint.pipe = carrier === "gss" ? "" : pipe;
    return hint;
  }

  hintFor(hint: MutableHint, protocol: Protocol): ProbeHint {
    hint.onPort = protocol.ports.includes(hint.respPort) || protocol.ports.includes(hint.origPort);
    return hint;
  }

  pairOf(net: NetConnection): Map<string, unknown> {
    const key = net.origH < net.respH ? `${net.origH} ${net.respH}` : `${net.respH} ${net.origH}`;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = new BoundedMap<string, unknown>(VALUES_PER_PAIR);
      if (this.#pairs.size >= PAIRS_KEPT) this.#pairs.delete(this.#pairs.keys().next().value!);
      this.#pairs.set(key, pair);
    }
    return pair;
  }

  expect(net: NetConnection, respH: string, respP: number, protocol: string): void {
    this.pairOf(net).set(expectationKey(respH, respP), protocol);
  }

  /** Protocol that a connection was announced to speak, if any. */
  expectedFor(net: NetConnection): string | undefined {
    if (this.#pairs.size === 0) return undefined;
    const key = net.origH < net.respH ? `${net.origH} ${net.respH}` : `${net.respH} ${net.origH}`;
    return this.#pairs.get(key)?.get(expectationKey(net.respH, net.respP)) as string | undefined;
  }

  weird(net: NetConnection, name: string, addl: string | null, source: string | null, at: Moment): void {
    const row = { name, addl, notice: false, peer: "backtrail", source: source?.toUpperCase() ?? null };
    this.output.write(weirdRecord, net, net.nextRecord++, row, at, at);
  }

  analyzerFailed(protocol: string, at: Moment, error: unknown): void {
    if (this.failures.length >= 100) return;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.failures.push({ protocol, capture: at.capture, frame: at.frame, message });
  }

  /** A reader to use until `returnReader`; calls nest as streams do. */
  borrowReader(bytes: Uint8Array, start: number, end: number): ByteReader {
    const reader = this.#readers.pop();
    if (reader === undefined) return new ByteReader(bytes, start, end);
    reader.aim(bytes, start, end);
    return reader;
  }

  returnReader(reader: ByteReader): void {
    this.#readers.push(reader);
  }

  #ofCarrier(carrier: Carrier): readonly Protocol[] {
    let protocols = this.#byCarrier.get(carrier);
    if (protocols === undefined) {
      protocols = this.#protocols.filter((protocol) => protocol.over.includes(carrier));
      this.#byCarrier.set(carrier, protocols);
    }
    return protocols;
  }
}

function expectationKey(respH: string, respP: number): string {
  return `expect ${respH} ${respP}`;
}

/** A map that forgets its oldest entry when it is full. */
class BoundedMap<K, V> extends Map<K, V> {
  readonly #limit: number;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  override set(key: K, value: V): this {
    if (this.size >= this.#limit && !this.has(key)) this.delete(this.keys().next().value!);
    return super.set(key, value);
  }
}
