import { HeldBudget, type Charge, type Holder } from "../core/bytes/held-budget.ts";
import type { Pair } from "../core/protocols/pair.ts";
import { mimeTypeOf } from "../core/bytes/mime-type.ts";
import { ByteReader } from "../core/bytes/reader.ts";
import type { HttpHead } from "../core/protocols/http-message.ts";
import type { CarriedFile, FileFacts } from "../core/protocols/carried-file.ts";
import type {
  Analyzer,
  Carrier,
  CarrierFact,
  Connection,
  Identity,
  InnerStream,
  Moment,
  ProbeHint,
  Protocol,
  RecordSink,
  Verdict,
} from "../core/protocols/protocol.ts";
import { NO_SECRETS, type Secrets } from "../core/protocols/secrets.ts";
import type { SecurityContext } from "../core/protocols/security-context.ts";
import type { RecordType } from "../core/records/record-type.ts";

/** What a connection under test is. */
export interface TrialOptions {
  /** Follows files as the engine does, where a test needs what it makes of them. */
  readonly file?: (facts: FileFacts) => CarriedFile;
  readonly uid?: string;
  readonly carrier?: Carrier;
  readonly origH?: string;
  readonly origP?: number;
  readonly respH?: string;
  readonly respP?: number;
  readonly pipe?: string;
  readonly sawStart?: boolean;
  readonly secrets?: Partial<Secrets>;
  /** Values shared with other connections under test. */
  readonly pair?: Map<string, unknown>;
}

/** A row that an analyzer emitted. */
export interface TrialRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly from: Moment;
  readonly to: Moment;
}

/** Octets that an analyzer gave to a stream inside its own. */
export interface TrialInner {
  readonly carrier: "pipe" | "gss" | "http" | "tcp";
  readonly name: string;
  readonly parts: { readonly fromOriginator: boolean; readonly bytes: Uint8Array }[];
  readonly facts: CarrierFact[];
  gaps: number;
  closed: boolean;
  identity: Identity | null;
  securityContext: SecurityContext | null;
}

/** A file that an analyzer reported, with its octets. */
export interface TrialFile {
  readonly facts: FileFacts;
  readonly fuid: string;
  name: string | null;
  total: number | null;
  mimeType: string | null;
  /** Octets by their place in the file; what was skipped or lost reads as zeros. */
  bytes: Buffer;
  seen: number;
  missing: number;
  closed: boolean;
}

/** What a test may skip of a file without the octets being made up. */
const MOST_SKIPPED = 1 << 20;
const SECOND = 1_000_000_000n;
/** Time of the first frame of every trial: 2024-03-01 00:00:00 UTC. */
export const TRIAL_START = 1_709_251_200n * SECOND;

/** Octets of a carried file that are kept at the most. */
const FILE_OCTETS_HELD = 1 << 28;

/**
 * One analyzer on a made-up connection, without an engine: it is fed octets, and its rows, weirds and calls are kept.
 * Each `send` is one frame; frames are a millisecond apart unless `at` says otherwise.
 */
export class Trial {
  readonly rows: TrialRow[] = [];
  readonly weirds: string[] = [];
  /** What the analyzer gave up because too much was under way, and how often. */
  readonly forgotten = new Map<string, number>();
  readonly inner: TrialInner[] = [];
  /** Files in the order in which the analyzer opened them. */
  readonly files: TrialFile[] = [];
  /** False: the analyzer is told that nobody needs the octets of files. */
  wantsFiles = true;
  readonly expected: { respH: string; respP: number; protocol: string }[] = [];
  readonly conn: Connection;
  /** How often the analyzer confirmed. */
  confirmed = 0;
  /** How often it said that the first sender is the responder. */
  flips = 0;
  /** Reason of `violate`, after which the analyzer gets nothing more. */
  violated: string | null = null;
  handedOver = false;
  /** Kinds of proxy that the connection was said to go through. */
  readonly proxies: string[] = [];
  /** Octets skipped on request, of each direction: [originator's, responder's]. */
  readonly skipped: [number, number] = [0, 0];
  /** Octets that the analyzer called encrypted. */
  sealed = 0;
  #moment: Moment = { ts: TRIAL_START, capture: 1, frame: 1 };
  #frames = 0;
  #octets = 0;
  #hasGap = false;
  readonly #toSkip: [number, number] = [0, 0];
  readonly #analyzer: Analyzer;
  #closed = false;

  constructor(protocol: Protocol, options: TrialOptions = {}) {
    this.conn = this.#connection(options);
    const out: RecordSink = {
      emit: (type: RecordType, row: Readonly<Record<string, unknown>>, from: Moment, to: Moment = from) => {
        this.rows.push({ table: type.name, row: checkedRow(type, row), from, to });
      },
      weird: (name: string, addl?: string) => {
        if (!protocol.weirds.includes(name)) throw new Error(`${protocol.name} does not list the weird ${name}`);
        this.weirds.push(addl === undefined ? name : `${name}: ${addl}`);
      },
      limit: (name: string, value: number, most: number) => out.weird(name, `${value} > ${most}`),
      forgot: (noun: string) => void this.forgotten.set(noun, (this.forgotten.get(noun) ?? 0) + 1),
    } as RecordSink;
    this.#analyzer = protocol.open(this.conn, out);
  }

  /** Rows of one table, in the order they were emitted. */
  table(name: string): Readonly<Record<string, unknown>>[] {
    return this.rows.filter((row) => row.table === name).map((row) => row.row);
  }

  /** Goes on to the next frame without sending anything. */
  tick(milliseconds = 1): void {
    this.#frames++;
    const ts = this.#frames === 1 ? TRIAL_START : this.#moment.ts + BigInt(milliseconds) * 1_000_000n;
    this.#moment = { ts, capture: 1, frame: this.#frames };
  }

  /** Sends one segment, datagram or token. Text is ISO 8859-1. */
  send(fromOriginator: boolean, octets: Uint8Array | string, at?: Moment): void {
    if (at === undefined) this.tick();
    else this.#moment = at;
    this.deliver(fromOriginator, octets);
  }

  /** Sends octets within the current frame. */
  deliver(fromOriginator: boolean, octets: Uint8Array | string): void {
    const bytes = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
    // In the middle of something larger, as a segment is in its frame; the octets around it must not matter.
    const frame = new Uint8Array(bytes.length + 16).fill(0xa5);
    frame.set(bytes, 8);
    this.#octets += bytes.length;
    const skip = this.#takeSkip(bytes.length, fromOriginator);
    if (skip === bytes.length && skip > 0) return;
    if (this.#deaf) return;
    this.#analyzer.data(new ByteReader(frame, 8 + skip, 8 + bytes.length), fromOriginator);
    frame.fill(0x5a);
  }

  /** Sends a stream in pieces of `size` octets, each a frame. */
  sendInPieces(fromOriginator: boolean, octets: Uint8Array | string, size: number): void {
    const bytes = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
    for (let at = 0; at < bytes.length; at += size) this.send(fromOriginator, bytes.subarray(at, at + size));
  }

  gap(octets: number, fromOriginator: boolean): void {
    this.#octets += octets;
    this.#hasGap = true;
    const left = octets - this.#takeSkip(octets, fromOriginator);
    if (left > 0 && !this.#deaf) this.#analyzer.gap(left, fromOriginator);
  }

  tell(fact: CarrierFact): void {
    if (!this.#deaf) this.#analyzer.told?.(fact);
  }

  close(): void {
    if (this.#closed || this.violated !== null) return;
    this.#closed = true;
    this.#analyzer.close();
  }

  /** Ends the analysis without the connection. */
  release(): void {
    this.#closed = true;
    this.#analyzer.release?.();
  }

  get #deaf(): boolean {
    return this.#closed || this.violated !== null || this.handedOver;
  }

  #takeSkip(octets: number, fromOriginator: boolean): number {
    const side = fromOriginator ? 0 : 1;
    const skip = Math.min(octets, this.#toSkip[side]);
    this.#toSkip[side] -= skip;
    this.skipped[side] += skip;
    return skip;
  }

  #inner(carrier: TrialInner["carrier"], name: string): InnerStream {
    const made: TrialInner = {
      carrier,
      name,
      parts: [],
      facts: [],
      gaps: 0,
      closed: false,
      identity: null,
      securityContext: null,
    };
    this.inner.push(made);
    return {
      data: (bytes, start, end, fromOriginator) => {
        made.parts.push({ fromOriginator, bytes: bytes.slice(start, end) });
      },
      gap: (octets) => void (made.gaps += octets),
      tell: (fact) => void made.facts.push(fact),
      close: () => void (made.closed = true),
      get identity() {
        return made.identity;
      },
      get securityContext() {
        return made.securityContext;
      },
    };
  }

  #file(facts: FileFacts): CarriedFile {
    const trial = this as Trial;
    const made: TrialFile = {
      facts,
      fuid: `FTrial${String(this.files.length).padStart(2, "0")}`,
      name: facts.filename ?? null,
      total: facts.totalOctets ?? null,
      mimeType: facts.mimeType ?? null,
      bytes: Buffer.alloc(0),
      seen: 0,
      missing: 0,
      closed: false,
    };
    this.files.push(made);
    let at = 0;
    const grow = (octets: number): void => {
      if (!Number.isSafeInteger(at) || at < 0) throw new Error(`a file's octets at ${at}`);
      at += octets;
      // Offsets from the wire reach further than memory does.
      if (at > made.bytes.length && at <= FILE_OCTETS_HELD)
        made.bytes = Buffer.concat([made.bytes, Buffer.alloc(at - made.bytes.length)]);
    };
    return {
      fuid: made.fuid,
      isNewHere: true,
      get mimeType() {
        return made.mimeType;
      },
      get wants() {
        return trial.wantsFiles;
      },
      name: (filename) => void (made.name = filename),
      total: (octets) => void (made.total = octets),
      seek: (offset) => void (at = offset),
      data: (bytes, start, end) => {
        const from = at;
        grow(end - start);
        if (at <= made.bytes.length) made.bytes.set(bytes.subarray(start, end), from);
        made.seen += end - start;
        made.mimeType = facts.mimeType ?? mimeTypeOf(made.bytes.toString("latin1"));
      },
      gap: (octets) => {
        grow(octets);
        made.missing += octets;
      },
      skipped: (octets) => {
        grow(Math.min(octets, MOST_SKIPPED));
        made.seen += octets;
      },
      refused: () => undefined,
      close: () => void (made.closed = true),
      // What the engine keeps of a file is tried with the engine.
      content: () => null,
    };
  }

  #connection(options: TrialOptions): Connection {
    const trial = this as Trial;
    const takeSkipRequest = (octets: number, fromOriginator: boolean): void => {
      if (!(octets >= 0) || !Number.isSafeInteger(octets)) throw new Error(`skip of ${octets} octets`);
      trial.#toSkip[fromOriginator ? 0 : 1] += octets;
    };
    const pair = pairOf(options.pair ?? new Map<string, unknown>());
    return {
      uid: options.uid ?? "CTrial00000A",
      carrier: options.carrier ?? "tcp",
      origH: options.origH ?? "10.0.0.1",
      origP: options.origP ?? 50000,
      respH: options.respH ?? "10.0.0.2",
      respP: options.respP ?? 1000,
      start: { ts: TRIAL_START, capture: 1, frame: 1 },
      pipe: options.pipe ?? "",
      sawStart: options.sawStart ?? true,
      get now() {
        return trial.#moment;
      },
      confirm: () => void this.confirmed++,
      get isSettled() {
        return trial.#octets > 10_240 || trial.#hasGap || !this.sawStart;
      },
      flip: () => void this.flips++,
      violate: (reason) => void (this.violated ??= reason),
      skip: takeSkipRequest,
      unskipped: (fromOriginator) => trial.#toSkip[fromOriginator ? 0 : 1],
      seal: (octets) => void (this.sealed += octets),
      file: options.file ?? ((facts) => this.#file(facts)),
      inner: (carrier, name) => this.#inner(carrier, name),
      handOver: () => void (this.handedOver = true),
      proxied: (kind) => void this.proxies.push(kind),
      expect: (respH, respP, protocol) => void this.expected.push({ respH, respP, protocol }),
      isFirst: (what, within) => {
        const told = pair.get(`told ${what}`);
        if (typeof told === "bigint" && this.#moment.ts - told < within) return false;
        pair.set(`told ${what}`, this.#moment.ts);
        return true;
      },
      pair,
      shared: (name) => pair.get(name),
      identity: null,
      securityContext: null,
      secrets: { ...NO_SECRETS, ...options.secrets },
    };
  }
}

/** Whose what analyzers hold is, given to `holdFor`; without a bound. */
export class TrialHolder implements Holder {
  readonly budget = new HeldBudget(Infinity);
  readonly owner = "";
  readonly restsSince = null;
  carried = 0;
  forgettable: Set<Charge> | null = null;

  /** Forgets what can be, as where all connections together hold too much. */
  giveUp(): void {
    for (const each of [...(this.forgettable ?? [])]) each.forget();
  }
}

/** The map as what two hosts share, without a bound. */
function pairOf(map: Map<string, unknown>): Pair {
  // The same as of a connection before.
  if ("budget" in map) return map as Pair;
  return Object.assign(map, {
    budget: new HeldBudget(Infinity),
    carried: 0,
    forgettable: null,
    owner: "",
    restsSince: null,
    giveUp: () => undefined,
  });
}

/** What HTTP tells of a message to the API inside it. */
export function httpMessage(head: Partial<HttpHead> & Pick<HttpHead, "isRequest">): CarrierFact {
  return {
    kind: "http-message",
    exchange: 1,
    from: { ts: TRIAL_START, capture: 1, frame: 1 },
    method: null,
    target: null,
    host: null,
    status: null,
    contentType: null,
    headers: new Map(),
    upgraded: null,
    ...head,
  };
}

/** What `protocol` says to the first octets of one side. */
export function probe(protocol: Protocol, octets: Uint8Array | string, hint: Partial<ProbeHint> = {}): Verdict {
  const bytes = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
  return protocol.probe(new ByteReader(bytes), {
    carrier: "tcp",
    fromOriginator: true,
    respPort: 0,
    origPort: 0,
    pipe: "",
    onPort: false,
    ...hint,
  });
}

/** Octets written as hexadecimal; white space is for reading only. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

function checkedRow(type: RecordType, row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const name of Object.keys(type.columns)) {
    const value = row[name];
    const kind = type.columns[name]!.kind;
    if (value === undefined) throw new Error(`${type.name}.${name} is not named`);
    if (value === null) continue;
    const wanted = kind.startsWith("vector[") || kind.startsWith("set[") ? "object" : JS_TYPES[kind];
    if (wanted !== undefined && typeof value !== wanted) throw new Error(`${type.name}.${name} is ${typeof value}`);
    if (wanted === "number" && !Number.isFinite(value)) throw new Error(`${type.name}.${name} is not finite`);
  }
  return row;
}

const JS_TYPES: Readonly<Record<string, string>> = {
  time: "bigint",
  interval: "number",
  count: "number",
  int: "number",
  double: "number",
  port: "number",
  bool: "boolean",
  addr: "string",
  string: "string",
  enum: "string",
};
