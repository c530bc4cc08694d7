import { holdFor, type Charge, type HeldBudget, type Holder } from "../bytes/held-budget.ts";
import type { ByteReader } from "../bytes/reader.ts";
import type { NetConnection } from "../net/connection.ts";
import { withoutService, withService } from "../net/services.ts";
import type { CarriedFile, FileFacts } from "../protocols/carried-file.ts";
import { analyzerRecord } from "../protocols/analyzer-record.ts";
import type {
  Analyzer,
  Carrier,
  CarrierFact,
  Connection,
  Identity,
  InnerStream,
  Moment,
  Protocol,
  RecordSink,
} from "../protocols/protocol.ts";
import type { Pair } from "../protocols/pair.ts";
import type { Secrets } from "../protocols/secrets.ts";
import type { SecurityContext } from "../protocols/security-context.ts";
import type { RecordType, RowOf } from "../records/record-type.ts";
import type { AnalyzerTree } from "./analyzer-tree.ts";
import { HELD, underWay } from "./limits.ts";
import { HEAD_OCTETS } from "./backup-recognition.ts";
import type { BoundedStream } from "./open-streams.ts";
import { ENDED_EARLY } from "./open-streams.ts";
import { Probing, type HeldPiece } from "./probing.ts";
import { WORTH_FORGETTING, type SharedValues } from "./shared-values.ts";
import { StreamFiles } from "./stream-files.ts";

/** Streams inside streams deeper than this are not analysed (a SOCKS in CONNECT in CONNECT ... bomb). */
const MAX_DEPTH = 6;
/** Octets of memory of a stream inside another with its analyzer, about. */
const INNER = 2048;
/** How often a stream forgets what it can before it is given up. */
const FORGETTING_PASSES = 2;
/** A stream's `weird` of one name is told again only after so long. Zeek: `Weird::weird_ignore` */
const WEIRD_SILENCE_NS = 600_000_000_000n;

/** A protocol that fails when more octets than this went by, of both sides, was spoken all the same. Zeek: `DPD::ignore_violations_after` */
const SURE_AFTER = 10_240;

/** Octets of what did not fit that an `analyzer` record shows. Zeek: `Analyzer::failure_data_max_size` */
const FAILURE_DATA = 40;

const EMPTY = new Uint8Array(0);

/**
 * One stream of octets in both directions: a connection's payload, or a stream inside one. Finds out what it carries
 * by asking the protocols of its carrier, then feeds the analyzer.
 */
export class Stream implements Connection, RecordSink, InnerStream, BoundedStream, Holder {
  readonly #tree: AnalyzerTree;
  readonly #net: NetConnection;
  readonly #parent: Stream | null;
  readonly #depth: number;
  readonly carrier: Carrier;
  readonly pipe: string;

  isRecent = true;
  carried = 0;
  forgettable: Set<Charge> | null = null;
  /** Octets of the connection, both directions, what was lost included; counted by its owner. */
  octets = 0;
  /** Some of them were lost. */
  hasGap = false;
  #protocol: Protocol | null = null;
  #analyzer: Analyzer | null = null;
  #confirmed = false;
  #over = false;
  /** Stream that gets the rest of this one after `handOver`. */
  #next: Stream | null = null;
  #identity: Identity | null = null;
  /** Files that end with the analyzer. */
  #files: StreamFiles | null = null;
  /** Files that this connection carried so far, streams inside it included; counted by the outermost stream. */
  #filesOpened = 0;
  #securityContext: SecurityContext | null = null;
  /** What its hosts share, once it used it; kept by the outermost stream. */
  #pair: SharedValues | null = null;
  #skipOriginator = 0;
  #skipResponder = 0;
  /** Null once it is settled what it is, or that nobody knows. */
  #probing: Probing | null;
  readonly #expected: string | undefined;
  /** The frame being replayed while held pieces are delivered, else null. */
  #replayed: Moment | null = null;
  #weirds: Map<string, bigint> | null = null;

  constructor(tree: AnalyzerTree, net: NetConnection, parent: Stream | null, carrier: Carrier, pipe: string) {
    this.#tree = tree;
    this.#net = net;
    this.#parent = parent;
    this.#depth = parent === null ? 0 : parent.#depth + 1;
    this.carrier = carrier;
    this.pipe = pipe;
    this.#probing = new Probing(this, tree.candidates(carrier, net, pipe));
    this.#expected = parent === null ? tree.expectedFor(net) : undefined;
    parent?.budget.change(parent, INNER);
    if (this.#depth > MAX_DEPTH) this.#abandon();
  }

  get uid(): string {
    return this.#net.uid;
  }
  get origH(): string {
    return this.#net.origH;
  }
  get origP(): number {
    return this.#net.origP;
  }
  get respH(): string {
    return this.#net.respH;
  }
  get respP(): number {
    return this.#net.respP;
  }
  get start(): Moment {
    return this.#net.start;
  }
  get sawStart(): boolean {
    return this.#net.sawStart;
  }
  get now(): Moment {
    return this.#replayed ?? this.#parent?.now ?? this.#tree.now;
  }
  get identity(): Identity | null {
    return this.#identity ?? this.#parent?.identity ?? null;
  }
  set identity(identity: Identity | null) {
    this.#identity = identity;
  }
  get securityContext(): SecurityContext | null {
    return this.#securityContext ?? this.#parent?.securityContext ?? null;
  }
  set securityContext(context: SecurityContext | null) {
    this.#securityContext = context;
  }
  get secrets(): Secrets {
    return this.#tree.secrets;
  }
  get pair(): Pair {
    const outermost = this.#outermost;
    const known = outermost.#pair;
    if (known !== null && known.carried >= 0) return known;
    const pair = this.#tree.pairOf(this.#net);
    if (outermost.isOver) return pair;
    pair.join();
    outermost.#pair = pair;
    return pair;
  }

  shared(name: string): unknown {
    return this.#outermost.#pair !== null || this.#tree.hasPair(this.#net) ? this.pair.get(name) : undefined;
  }

  /** A host that opens many connections is judged by all of them. */
  get owner(): string {
    return this.#net.origH;
  }

  /** One that is over holds nothing. */
  get restsSince(): null {
    return null;
  }

  get budget(): HeldBudget {
    return this.#tree.held;
  }

  giveUp(): void {
    const before = this.carried;
    // What is forgotten may be summed up first, as calls of NFS are: the sums are what is left to forget then.
    for (let pass = 0; pass < FORGETTING_PASSES && this.forgettable !== null; pass++) {
      const forgettable = [...this.forgettable];
      // Where that fails, it ends.
      this.#guard(() => {
        for (const each of forgettable) each.forget();
      });
      if (this.carried <= before * WORTH_FORGETTING) return;
    }
    this.#tree.forgot(HELD);
    this.#net.noteLimit();
    this.weird("held_state_limit", `${this.#protocol?.name ?? "unknown protocol"}: ${before} octets`);
    this.close();
  }

  endEarly(): void {
    this.close();
    this.#net.state = ENDED_EARLY;
    this.#net.rest();
  }

  /** True once nothing more can come of this stream's octets. */
  get isOver(): boolean {
    return this.#next === null ? this.#over : this.#next.isOver;
  }

  data(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    if (this.#next !== null) {
      this.#next.data(bytes, start, end, fromOriginator);
      return;
    }
    if (this.#over) return;
    const toSkip = fromOriginator ? this.#skipOriginator : this.#skipResponder;
    if (toSkip > 0) {
      const skipped = Math.min(toSkip, end - start);
      this.#addSkip(-skipped, fromOriginator);
      this.#net.skipped += skipped;
      start += skipped;
      if (start === end) return;
    }
    if (this.#analyzer !== null) this.#feed(bytes, start, end, fromOriginator);
    else this.#probe(bytes, start, end, fromOriginator);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#next !== null) {
      this.#next.gap(octets, fromOriginator);
      return;
    }
    if (this.#over) return;
    const swallowed = Math.min(this.unskipped(fromOriginator), octets);
    this.#addSkip(-swallowed, fromOriginator);
    const lost = octets - swallowed;
    if (lost === 0) return;
    if (this.#analyzer === null) this.#hold(EMPTY, lost, fromOriginator);
    else this.#guard((analyzer) => analyzer.gap(lost, fromOriginator));
  }

  tell(fact: CarrierFact): void {
    if (this.#next !== null) this.#next.tell(fact);
    else this.#guard((analyzer) => analyzer.told?.(fact));
  }

  close(): void {
    if (!this.#over) this.#guard((analyzer) => analyzer.close());
    this.#abandon(true);
    this.#next?.close();
    this.#leavePair();
  }

  confirm(name?: string): void {
    if (this.#protocol === null) return;
    if (name === undefined) {
      if (this.#confirmed) return;
      this.#confirmed = true;
    }
    this.#net.services = withService(this.#net.services, name ?? this.#protocol.name);
  }

  violate(reason: string, data?: string): void {
    if (this.#over || this.#protocol === null) return;
    if (this.#confirmed) {
      const row = {
        analyzer_kind: "protocol",
        analyzer_name: this.#protocol.name.toUpperCase(),
        fuid: null,
        proto: this.#net.proto,
        failure_reason: reason,
        failure_data: data?.slice(0, FAILURE_DATA) ?? null,
      };
      this.emit(analyzerRecord, row, this.now);
      this.#withdraw(this.#protocol.name);
    }
    this.#abandon();
  }

  /** Zeek scripts/base/frameworks/analyzer/dpd.zeek, TCP_ApplicationAnalyzer::AnalyzerViolation */
  get isSettled(): boolean {
    const { octets, hasGap } = this.#outermost;
    return octets > SURE_AFTER || hasGap || !this.#net.sawStart;
  }

  flip(): void {
    if (this.#parent === null) this.#net.flip();
  }

  skip(octets: number, fromOriginator: boolean): void {
    this.#addSkip(Math.max(0, octets), fromOriginator);
  }

  unskipped(fromOriginator: boolean): number {
    return fromOriginator ? this.#skipOriginator : this.#skipResponder;
  }

  seal(octets: number): void {
    this.#net.sealed += octets;
  }

  file(facts: FileFacts): CarriedFile {
    const unique = `${this.uid} ${this.#outermost.#filesOpened++}`;
    const { files } = this.#tree;
    const file = files.open(this.#net, facts, unique, this.#tree.pairKey(this.#net), () => this.now);
    if (facts.key === undefined) {
      this.#files ??= new StreamFiles(this);
      this.#files.add(file);
    }
    return file;
  }

  inner(carrier: "pipe" | "gss" | "http" | "tcp", name: string): InnerStream {
    return new Stream(this.#tree, this.#net, this, carrier, name);
  }

  handOver(): void {
    this.#next ??= new Stream(this.#tree, this.#net, this, this.carrier, "");
  }

  proxied(kind: "Tunnel::SOCKS" | "Tunnel::HTTP"): void {
    this.#usePair();
    this.#tree.proxied(this.#net, kind, this.now);
  }

  isFirst(what: string, within: bigint): boolean {
    return this.#tree.isFirst(this.#net, what, this.now.ts, within);
  }

  expect(respH: string, respP: number, protocol: string): void {
    this.#usePair();
    this.#tree.expect(this.#net, respH, respP, protocol);
  }

  emit<T extends RecordType>(type: T, row: RowOf<T>, from: Moment, to: Moment = from): void {
    this.#tree.output.write(type, this.#net, this.#net.nextRecord++, row, from, to);
    this.#tree.products.row(this.#net, type.name, row, from);
  }

  weird(name: string, addl?: string, source?: string | null): void {
    const { now } = this;
    this.#weirds ??= new Map<string, bigint>();
    const told = this.#weirds.get(name);
    if (told !== undefined && now.ts - told < WEIRD_SILENCE_NS) return;
    this.#weirds.set(name, now.ts);
    const finder = source === undefined ? (this.#protocol?.name.toUpperCase() ?? null) : source;
    this.#tree.weird(this.#net, name, addl ?? null, finder, now);
  }

  limit(name: string, value: number, most: number): void {
    this.weird(name, `${value} > ${most}`);
    this.#net.noteLimit();
  }

  forgot(noun: string): void {
    this.#tree.forgot(underWay(noun));
  }

  /** What failed early is no service. Zeek scripts/base/frameworks/analyzer/dpd.zeek */
  #withdraw(name: string): void {
    if (!this.isSettled) this.#net.services = withoutService(this.#net.services, name);
  }

  get #outermost(): Stream {
    return this.#parent === null ? this : this.#parent.#outermost;
  }

  #addSkip(octets: number, fromOriginator: boolean): void {
    if (fromOriginator) this.#skipOriginator += octets;
    else this.#skipResponder += octets;
  }

  #feed(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    const r = this.#tree.borrowReader(bytes, start, end);
    const before = holdFor(this);
    try {
      this.#analyzer?.data(r, fromOriginator);
    } catch (error) {
      this.#fail(error);
    }
    holdFor(before);
    const next = this.#next;
    if (next !== null && !r.truncated && r.left > 0) next.data(r.source, r.pos, r.end, fromOriginator);
    this.#tree.returnReader(r);
  }

  /** Runs one call into the analyzer; what it throws ends it and is reported. */
  #guard(call: (analyzer: Analyzer) => void): void {
    const analyzer = this.#analyzer;
    if (analyzer === null) return;
    const before = holdFor(this);
    try {
      call(analyzer);
    } catch (error) {
      this.#fail(error);
    }
    holdFor(before);
  }

  #fail(error: unknown): void {
    this.weird("analyzer_exception", `${this.#protocol?.name ?? "?"}: ${String(error)}`);
    this.#tree.analyzerFailed(this.#protocol?.name ?? "?", this.now, error);
    this.#abandon();
  }

  #probe(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    if (this.#expected !== undefined) {
      const protocol = this.#tree.protocolNamed(this.#expected);
      if (protocol !== undefined) {
        this.#open(protocol, bytes, start, end, fromOriginator);
        return;
      }
    }
    const probing = this.#probing;
    if (probing === null) return;
    const r = this.#begin(probing, bytes, start, end, fromOriginator);
    const first = r.pos;
    const last = r.end;
    const hint = this.#tree.hint(this.carrier, this.#net, this.pipe, fromOriginator, this.#depth);
    const verdict = probing.ask(r, hint, this.#depth === 0);
    const chosen = typeof verdict === "string" ? null : verdict;
    // The first octets of a side may show a product, however they are cut into segments; later ones need not be looked at.
    if (this.#depth === 0 && last - first - (end - start) < HEAD_OCTETS) {
      const head = r.source.subarray(first, last);
      this.#tree.products.head(this.#net, head, fromOriginator, this.now);
      if (chosen === null) this.#tree.unrecognised.head(this.#net, head, fromOriginator, this.now);
      else this.#tree.unrecognised.recognised(this.#net);
    }
    this.#tree.returnReader(r);
    if (chosen !== null) this.#open(chosen, bytes, start, end, fromOriginator);
    else if (verdict === "no") this.#abandon();
    else this.#hold(bytes.subarray(start, end), 0, fromOriginator);
  }

  /** Reader over all that this side sent so far: for a stream the held octets and the new ones, else the new piece. */
  #begin(probing: Probing, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): ByteReader {
    const isStream = this.carrier === "tcp" || this.carrier === "pipe";
    const joined = isStream ? probing.joined(bytes, start, end, fromOriginator) : null;
    if (joined === null) return this.#tree.borrowReader(bytes, start, end);
    return this.#tree.borrowReader(joined, 0, joined.length);
  }

  #hold(bytes: Uint8Array, gap: number, fromOriginator: boolean): void {
    if (this.#probing?.hold(bytes, gap, fromOriginator, this.now) === false) this.#abandon();
  }

  #open(protocol: Protocol, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    const held = this.#settle();
    this.#protocol = protocol;
    this.#analyzer = protocol.open(this, this);
    for (const piece of held) {
      this.#replayed = piece.moment;
      if (piece.gap > 0) this.gap(piece.gap, piece.fromOriginator);
      else this.data(piece.bytes, 0, piece.bytes.length, piece.fromOriginator);
    }
    this.#replayed = null;
    this.data(bytes, start, end, fromOriginator);
  }

  /** @param isClosed The analyzer has reported what is pending. */
  #abandon(isClosed = false): void {
    if (!this.#over && this.#parent !== null) this.budget.change(this.#parent, -INNER);
    const analyzer = this.#analyzer;
    this.#over = true;
    this.#analyzer = null;
    if (analyzer !== null && !isClosed) this.#release(analyzer);
    this.budget.end(this);
    this.#files?.abandon();
    this.#files = null;
    this.#settle();
    this.#leavePair();
  }

  #release(analyzer: Analyzer): void {
    if (analyzer.release === undefined) return;
    const before = holdFor(this);
    try {
      analyzer.release();
    } catch (error) {
      this.#tree.analyzerFailed(this.#protocol?.name ?? "?", this.now, error);
    }
    holdFor(before);
  }

  /** What its hosts share is not forgotten before that of others from here on. */
  #usePair(): void {
    void this.pair;
  }

  #leavePair(): void {
    if (this.#pair === null || !this.isOver) return;
    this.#pair.leave();
    this.#pair = null;
  }

  /** Nothing is asked or held any more. @returns what was held. */
  #settle(): readonly HeldPiece[] {
    const held = this.#probing?.end() ?? [];
    this.#probing = null;
    return held;
  }
}
