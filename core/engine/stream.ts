import { BUFFER, holdFor, type Charge, type HeldBudget, type Holder } from "../bytes/held-budget.ts";
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
import type { AnalyzerTree, Candidates } from "./analyzer-tree.ts";
import { HELD, underWay } from "./limits.ts";
import type { FileHandle } from "./files/carried-files.ts";
import { HEAD_OCTETS } from "./backup-recognition.ts";
import type { BoundedStream } from "./open-streams.ts";
import { ENDED_EARLY } from "./open-streams.ts";
import { WORTH_FORGETTING, type SharedValues } from "./shared-values.ts";

/** Most octets (both directions) held while the protocol of a stream is not known. */
const PROBE_OCTETS = 8192;
/** Most pieces (segments, datagrams, tokens) held while the protocol of a stream is not known. */
const PROBE_PIECES = 32;
/** Streams inside streams deeper than this are not analysed (a SOCKS in CONNECT in CONNECT ... bomb). */
const MAX_DEPTH = 6;
/** Files that a stream may have open before they are charged to it, and octets of memory of each, about: three hashes under way. */
const FEW_FILES = 16;
const OPEN_FILE = 3072;
/** Files without a key that one stream has open at one time; the oldest is ended for a new one. */
const MOST_FILES = 1024;
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

/** Bits of the sides of a stream. */
const ORIGINATOR = 1;
const RESPONDER = 2;
const BOTH_SIDES = 3;

const EMPTY = new Uint8Array(0);

interface HeldPiece {
  readonly bytes: Uint8Array;
  readonly fromOriginator: boolean;
  readonly moment: Moment;
  readonly gap: number;
}

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
  #files: FileHandle[] | null = null;
  /** So many are taken before those that are over are let go, and what that is charged with. */
  #filesRoom = FEW_FILES;
  #filesCharged = 0;
  /** Files that this connection carried so far, streams inside it included; counted by the outermost stream. */
  #filesOpened = 0;
  #securityContext: SecurityContext | null = null;
  /** What its hosts share, once it used it; kept by the outermost stream. */
  #pair: SharedValues | null = null;
  #skipOriginator = 0;
  #skipResponder = 0;
  #held: HeldPiece[] | null = null;
  #heldOctets = 0;
  /** Protocols that may be it; null once that is settled. */
  #candidates: Candidates | null;
  /** By candidate, the sides that said no; null while none did. A protocol is out when both sides said no. */
  #refusals: number[] | null = null;
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
    this.#candidates = tree.candidates(carrier, net, pipe);
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
      this.#files ??= [];
      if (this.#files.length >= this.#filesRoom) this.#sortOutFiles();
      this.#files.push(file);
    }
    return file;
  }

  /** Lets go of files that are over, and ends the oldest of too many. */
  #sortOutFiles(): void {
    const open = this.#files!.filter(({ isOpen }) => isOpen);
    if (open.length >= MOST_FILES) {
      open.shift()!.abandon();
      this.forgot("carried file");
    }
    this.#files = open;
    this.#filesRoom = Math.min(MOST_FILES, Math.max(FEW_FILES, 2 * open.length));
    const before = this.#filesCharged;
    this.#filesCharged = this.#filesRoom > FEW_FILES ? OPEN_FILE * this.#filesRoom : 0;
    this.budget.change(this, this.#filesCharged - before);
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
    const candidates = this.#candidates;
    if (candidates === null) return;
    const r = this.#begin(bytes, start, end, fromOriginator);
    const first = r.pos;
    const last = r.end;
    const hint = this.#tree.hint(this.carrier, this.#net, this.pipe, fromOriginator, this.#depth);
    const side = fromOriginator ? ORIGINATOR : RESPONDER;
    const { protocols } = candidates;
    const onPort = this.#depth === 0 ? candidates.onPort : 0;
    let open = 0;
    let chosen: Protocol | null = null;
    for (let i = 0; i < protocols.length; i++) {
      let refusals = this.#refusals === null ? 0 : this.#refusals[i]!;
      if (refusals === BOTH_SIDES) continue;
      if ((refusals & side) === 0) {
        r.seek(first, last);
        hint.onPort = i < onPort;
        const verdict = protocols[i]!.probe(r, hint);
        if (verdict === "yes") {
          chosen = protocols[i]!;
          break;
        }
        if (verdict === "no") {
          refusals |= side;
          this.#refusals ??= new Array<number>(protocols.length).fill(0);
          this.#refusals[i] = refusals;
        }
      }
      if (refusals !== BOTH_SIDES) open++;
    }
    // The first octets of a side may show a product, however they are cut into segments; later ones need not be looked at.
    if (this.#depth === 0 && last - first - (end - start) < HEAD_OCTETS) {
      const head = r.source.subarray(first, last);
      this.#tree.products.head(this.#net, head, fromOriginator, this.now);
      if (chosen === null) this.#tree.unrecognised.head(this.#net, head, fromOriginator, this.now);
      else this.#tree.unrecognised.recognised(this.#net);
    }
    this.#tree.returnReader(r);
    if (chosen !== null) this.#open(chosen, bytes, start, end, fromOriginator);
    else if (open === 0) this.#abandon();
    else this.#hold(bytes.subarray(start, end), 0, fromOriginator);
  }

  /** Reader over all that this side sent so far: for a stream the held octets and the new ones, else the new piece. */
  #begin(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): ByteReader {
    const isStream = this.carrier === "tcp" || this.carrier === "pipe";
    if (!isStream || this.#held === null) return this.#tree.borrowReader(bytes, start, end);
    const before = this.#held.filter((piece) => piece.fromOriginator === fromOriginator && piece.gap === 0);
    if (before.length === 0) return this.#tree.borrowReader(bytes, start, end);
    const joined = Buffer.concat([...before.map((piece) => piece.bytes), bytes.subarray(start, end)]);
    return this.#tree.borrowReader(joined, 0, joined.length);
  }

  #hold(bytes: Uint8Array, gap: number, fromOriginator: boolean): void {
    this.#heldOctets += bytes.length;
    this.#held ??= [];
    if (this.#heldOctets > PROBE_OCTETS || this.#held.length >= PROBE_PIECES) {
      this.#abandon();
      return;
    }
    this.#held.push({ bytes: bytes.slice(), fromOriginator, moment: this.now, gap });
    this.budget.change(this, BUFFER + bytes.length);
  }

  #open(protocol: Protocol, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    const held = this.#held;
    this.#settle();
    this.#protocol = protocol;
    this.#analyzer = protocol.open(this, this);
    if (held !== null) {
      for (const piece of held) {
        this.#replayed = piece.moment;
        if (piece.gap > 0) this.gap(piece.gap, piece.fromOriginator);
        else this.data(piece.bytes, 0, piece.bytes.length, piece.fromOriginator);
      }
      this.#replayed = null;
    }
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
    if (this.#files !== null) for (const file of this.#files) file.abandon();
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

  /** Nothing is asked or held any more. */
  #settle(): void {
    if (this.#held !== null)
      this.budget.change(this, -this.#held.reduce((sum, { bytes }) => sum + BUFFER + bytes.length, 0));
    this.#held = null;
    this.#candidates = null;
    this.#refusals = null;
  }
}
