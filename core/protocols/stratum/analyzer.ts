import { ENTRY, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import { LineCutter } from "../../bytes/lines.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { MAX_MESSAGE, parseStratum, type StratumMessage } from "./message.ts";
import { stratumRecord } from "./records.ts";

/** Requests that wait for their answer; a pool that never answers must not fill memory. */
const MOST_WAITING = 64;
/** Methods that are listed. */
const MOST_METHODS = 16;

/** One connection of a miner to its pool: lines of JSON in both directions. After a loss the next line end is where reading goes on. */
export class StratumAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #fromMiner = new LineCutter(MAX_MESSAGE);
  readonly #fromPool = new LineCutter(MAX_MESSAGE);
  readonly #methods = new Set<string>();
  readonly #waiting = new HeldMap<string, "login" | "share">((_, id) => ENTRY / 2 + textWeight(id));
  #first: Moment | null = null;
  #last: Moment | null = null;
  #agent: string | null = null;
  #worker: string | null = null;
  #acceptedLogin: boolean | null = null;
  #jobs = 0;
  #shares = 0;
  #accepted = 0;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const lines = fromOriginator ? this.#fromMiner : this.#fromPool;
    lines.feed(r, (line) => this.#line(line));
  }

  gap(_octets: number, fromOriginator: boolean): void {
    (fromOriginator ? this.#fromMiner : this.#fromPool).clear();
  }

  close(): void {
    if (this.#first === null || this.#methods.size === 0) return;
    const row = {
      agent: this.#agent,
      worker: this.#worker,
      methods: [...this.#methods],
      accepted_login: this.#acceptedLogin,
      jobs: this.#jobs,
      shares: this.#shares,
      accepted: this.#accepted,
    };
    this.#out.emit(stratumRecord, row, this.#first, this.#last ?? this.#first);
  }

  #line(line: string): boolean {
    const message = line.trim() === "" ? null : parseStratum(line);
    if (message === null) return true;
    this.#conn.confirm();
    this.#last = this.#conn.now;
    this.#first ??= this.#last;
    if (message.kind === null) this.#answered(message);
    else this.#called(message, message.kind);
    if (message.hasJob) this.#jobs++;
    return true;
  }

  #called(message: StratumMessage, kind: NonNullable<StratumMessage["kind"]>): void {
    if (message.method !== null && this.#methods.size < MOST_METHODS) this.#methods.add(message.method);
    this.#agent ??= message.agent;
    this.#worker ??= message.worker;
    if (kind === "share") this.#shares++;
    if (message.id === null || (kind !== "login" && kind !== "share")) return;
    if (this.#waiting.size >= MOST_WAITING) this.#waiting.clear();
    this.#waiting.set(message.id, kind);
  }

  #answered(message: StratumMessage): void {
    const kind = message.id === null ? undefined : this.#waiting.get(message.id);
    if (kind === undefined || message.id === null) return;
    this.#waiting.delete(message.id);
    if (kind === "login") this.#acceptedLogin ??= message.isAccepted ?? message.hasJob;
    else if (message.isAccepted === true) this.#accepted++;
  }
}
