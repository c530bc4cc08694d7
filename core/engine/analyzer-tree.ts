import { HeldBudget } from "../bytes/held-budget.ts";
import { ByteReader } from "../bytes/reader.ts";
import type { ConnectionHandler, NetConnection } from "../net/connection.ts";
import { tunnel as tunnelRecord, weird as weirdRecord } from "../net/records.ts";
import { isGatheredPort } from "../net/server-ports.ts";
import { faultText } from "../program/fault-text.ts";
import type { Carrier, Moment, ProbeHint, Protocol } from "../protocols/protocol.ts";
import { NO_SECRETS, type Secrets } from "../protocols/secrets.ts";
import type { RecordOutput } from "../records/record-output.ts";
import { BackupRecognition } from "./backup-recognition.ts";
import { UnrecognisedStreams } from "./unrecognised-streams.ts";
import { CarriedFiles } from "./files/carried-files.ts";
import type { FileOptions } from "./files/file-options.ts";
import { underWay } from "./limits.ts";
import { ENDED_EARLY, OpenStreams } from "./open-streams.ts";
import { SharedValues, type SharedValuesEvents } from "./shared-values.ts";
import { Stream } from "./stream.ts";

/** Connections whose payload is analysed at one time: some 4 kB each for a web request that waits for its answer. */
export const MAX_STREAMS = 20_000;
/** Octets of messages that are not complete, calls without answer, handles and names, of all streams. */
export const MOST_HELD = 64 << 20;
/** Of that, how much what connections of the same two hosts share may take besides. */
const SHARED_PART = 3 / 4;
/** Most host pairs whose shared values are kept at one time. */
const PAIRS_KEPT = 100_000;
/** Pairs in use that are passed over to find one that is not. */
const MOST_LOOKED_AT = 64;
/** Most values kept for one host pair. */
const VALUES_PER_PAIR = 4096;
/** Name of what connections on the ports of gathered services share; those of two hosts have their addresses for it. */
const GATHERED = "";
const SHARED = underWay("shared value");
/** Most facts of host pairs that are remembered because they were told; some 250 octets each. */
const MOST_TOLD = 32_768;
const TOLD = underWay("note of what was told before");

/** An analyzer that threw: a fault of ours, reported with the place. */
export interface AnalyzerFailure {
  readonly protocol: string;
  readonly capture: number;
  readonly frame: number;
  readonly message: string;
}

/** Protocols to ask about a new stream, in this order. */
export interface Candidates {
  readonly protocols: readonly Protocol[];
  /** So many of them, the first ones, have one of the connection's ports for their own. */
  readonly onPort: number;
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
  readonly secrets: Secrets;
  /** Connections whose payload is being analysed. */
  readonly open: OpenStreams;
  /** What their analyzers hold. */
  readonly held: HeldBudget;
  /** What connections of the same two hosts share. */
  readonly shared: HeldBudget;
  /** Files that connections carry. */
  readonly files: CarriedFiles;
  /** Which backup product a connection belongs to. */
  readonly products: BackupRecognition;
  readonly unrecognised: UnrecognisedStreams;
  /** What analyzers gave up early because too much of its kind was under way, by the name of the bound. */
  readonly forgotten = new Map<string, number>();
  /** Analyzers that threw, the first hundred. */
  readonly failures: AnalyzerFailure[] = [];
  readonly #now: () => Moment;
  readonly #protocols: readonly Protocol[];
  readonly #byName: ReadonlyMap<string, Protocol>;
  readonly #byCarrier = new Map<Carrier, CarrierCandidates>();
  readonly #pairs = new Map<string, SharedValues>();
  /** What becomes of them; one object for all, as there may be very many. */
  readonly #events: SharedValuesEvents = {
    forgot: () => this.forgot(SHARED),
    ended: (name) => {
      // Others take their place.
      if (name === GATHERED) this.#gathered = this.#gather();
      else this.#pairs.delete(name);
      this.forgot("pairs");
    },
    failed: (error) => this.analyzerFailed("shared values", this.now, error),
  };
  /** When what is told once in a while was told of two hosts; the one told longest ago comes first. */
  readonly #told = new Map<string, bigint>();
  /** Shared values of connections on the ports of gathered services. */
  #gathered: SharedValues;
  /** Responder ports that connections were ever announced on; most connections need not be looked up. */
  readonly #expectedPorts = new Set<number>();
  readonly #hint: MutableHint = {
    carrier: "tcp",
    fromOriginator: true,
    respPort: 0,
    origPort: 0,
    pipe: "",
    onPort: false,
  };
  readonly #readers: ByteReader[] = [];

  /**
   * @param now Frame being delivered; asked for only when a record or an analyzer wants it.
   * @param maxStreams Connections whose payload is analysed at one time.
   * @param maxHeld Octets that analyzers may hold.
   */
  constructor(
    protocols: readonly Protocol[],
    output: RecordOutput,
    now: () => Moment,
    maxStreams = MAX_STREAMS,
    secrets = NO_SECRETS,
    files: FileOptions = {},
    maxHeld = MOST_HELD,
  ) {
    this.secrets = secrets;
    this.held = new HeldBudget(maxHeld);
    this.shared = new HeldBudget(maxHeld * SHARED_PART);
    this.#gathered = this.#gather();
    this.open = new OpenStreams(maxStreams);
    this.files = new CarriedFiles(output, files);
    this.products = new BackupRecognition(output);
    this.unrecognised = new UnrecognisedStreams(output);
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
    if (connection.state === ENDED_EARLY) {
      connection.wantsPayload = false;
      this.open.wentOn++;
      return;
    }
    let stream = connection.state as Stream | null;
    if (stream === null) {
      const { proto } = connection;
      if (proto === "unknown_transport") {
        connection.wantsPayload = false;
        return;
      }
      stream = new Stream(this, connection, null, proto, "");
      connection.state = stream;
      this.open.add(stream);
    }
    stream.isRecent = true;
    stream.octets += end - start;
    stream.data(bytes, start, end, fromOriginator);
    this.held.relieve();
    this.shared.relieve();
    if (!stream.isOver) return;
    connection.wantsPayload = false;
    this.open.remove(stream);
  }

  gap(connection: NetConnection, octets: number, fromOriginator: boolean): void {
    const stream = connection.state;
    if (!(stream instanceof Stream)) return;
    stream.octets += octets;
    stream.hasGap = true;
    stream.gap(octets, fromOriginator);
  }

  closed(connection: NetConnection): void {
    const stream = connection.state;
    if (stream instanceof Stream) {
      this.open.remove(stream);
      stream.close();
      connection.state = null;
    }
    this.files.closed(connection);
    this.products.closed(connection);
    this.unrecognised.closed(connection);
  }

  tellOpen(connection: NetConnection, output: RecordOutput): void {
    this.unrecognised.tellOpen(connection, output);
  }

  protocolNamed(name: string): Protocol | undefined {
    return this.#byName.get(name);
  }

  /** Protocols to ask about a new stream: those of its ports first. */
  candidates(carrier: Carrier, net: NetConnection, pipe: string): Candidates {
    let known = this.#byCarrier.get(carrier);
    if (known === undefined) {
      known = new CarrierCandidates(this.#protocols.filter((protocol) => protocol.over.includes(carrier)));
      this.#byCarrier.set(carrier, known);
    }
    return known.on(pipe === "" ? net.respP : 0, net.origP);
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

  /** Names the two hosts, whichever of them opened the connection. */
  pairKey(net: NetConnection): string {
    return net.origH < net.respH ? `${net.origH} ${net.respH}` : `${net.respH} ${net.origH}`;
  }

  /** Something may be shared with connections of its hosts. */
  hasPair(net: NetConnection): boolean {
    return isGathered(net) || (this.#pairs.size > 0 && this.#pairs.has(this.pairKey(net)));
  }

  pairOf(net: NetConnection): SharedValues {
    if (isGathered(net)) return this.#gathered;
    const key = this.pairKey(net);
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      if (this.#pairs.size >= PAIRS_KEPT) this.#makeRoom();
      pair = new SharedValues(this.shared, VALUES_PER_PAIR, this.#events, key);
      this.#pairs.set(key, pair);
    }
    return pair;
  }

  /** Ends the oldest pair that no connection uses; those in use come by again, but not all of them are looked at. */
  #makeRoom(): void {
    let looked = 0;
    for (const [key, pair] of this.#pairs) {
      if (pair.restsSince !== null || ++looked > MOST_LOOKED_AT) {
        pair.end();
        return;
      }
      this.#pairs.delete(key);
      this.#pairs.set(key, pair);
    }
  }

  #gather(): SharedValues {
    return new SharedValues(this.shared, VALUES_PER_PAIR, this.#events, GATHERED);
  }

  expect(net: NetConnection, respH: string, respP: number, protocol: string): void {
    this.#expectedPorts.add(respP);
    this.pairOf(net).set(expectationKey(respH, respP), protocol);
  }

  /** Protocol that a connection was announced to speak, if any. */
  expectedFor(net: NetConnection): string | undefined {
    if (!this.#expectedPorts.has(net.respP)) return undefined;
    return this.#pairs.get(this.pairKey(net))?.get(expectationKey(net.respH, net.respP)) as string | undefined;
  }

  /** Zeek takes all connections of a client to the same port of a proxy as one tunnel, whose client port is 0. */
  proxied(net: NetConnection, kind: string, at: Moment): void {
    const { uid, origH, respH, respP } = net;
    const pair = this.pairOf(net);
    const known = `${kind} ${origH} ${respH} ${respP}`;
    if (pair.has(known)) return;
    pair.set(known, true);
    const row = { tunnel_type: kind, action: "Tunnel::DISCOVER", network: null, packets: null, tunnel_parents: null };
    this.output.write(tunnelRecord, { uid, origH, origP: 0, respH, respP }, net.nextRecord++, row, at, at);
  }

  /** See `Connection.isFirst`. */
  isFirst(net: NetConnection, what: string, at: bigint, within: bigint): boolean {
    const key = `${this.pairKey(net)} ${what}`;
    const before = this.#told.get(key);
    if (before !== undefined && at - before < within) return false;
    this.#told.delete(key);
    if (this.#told.size >= MOST_TOLD) {
      const [oldest, told] = this.#told.entries().next().value!;
      this.#told.delete(oldest);
      if (at - told < within) this.forgot(TOLD);
    }
    this.#told.set(key, at);
    return true;
  }

  /** Counts a bound that was hit. */
  forgot(bound: string): void {
    this.forgotten.set(bound, (this.forgotten.get(bound) ?? 0) + 1);
  }

  weird(net: NetConnection, name: string, addl: string | null, source: string | null, at: Moment): void {
    const row = { name, addl, notice: false, peer: "backtrail", source };
    this.output.write(weirdRecord, net, net.nextRecord++, row, at, at);
  }

  analyzerFailed(protocol: string, at: Moment, error: unknown): void {
    if (this.failures.length >= 100) return;
    const message = faultText(error);
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
}

/** The protocols of one carrier, in the order in which a connection's ports make them likely. */
class CarrierCandidates {
  readonly #protocols: readonly Protocol[];
  readonly #ports: ReadonlySet<number>;
  readonly #byPorts = new Map<number, Candidates>();

  constructor(protocols: readonly Protocol[]) {
    this.#protocols = protocols;
    this.#ports = new Set(protocols.flatMap(({ ports }) => ports));
  }

  on(respP: number, origP: number): Candidates {
    const resp = this.#ports.has(respP) ? respP : 0;
    const orig = this.#ports.has(origP) ? origP : 0;
    const key = resp * 65_536 + orig;
    let candidates = this.#byPorts.get(key);
    if (candidates === undefined) {
      const isOnPort = ({ ports }: Protocol): boolean =>
        (resp !== 0 && ports.includes(resp)) || (orig !== 0 && ports.includes(orig));
      const first = this.#protocols.filter(isOnPort);
      const rest = this.#protocols.filter((protocol) => !isOnPort(protocol));
      candidates = { protocols: [...first, ...rest], onPort: first.length };
      this.#byPorts.set(key, candidates);
    }
    return candidates;
  }
}

/** Conversations of such a service go between several pairs of addresses. */
function isGathered({ proto, origP, respP }: NetConnection): boolean {
  return proto === "udp" && (isGatheredPort(origP) || isGatheredPort(respP));
}

function expectationKey(respH: string, respP: number): string {
  return `expect ${respH} ${respP}`;
}
