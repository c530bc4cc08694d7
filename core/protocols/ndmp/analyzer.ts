import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import { Charge, rowWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { accountOf } from "../account.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { reportNdmpActs } from "./archive-acts.ts";
import { HISTORY_NAMES } from "./file-history.ts";
import type { Header } from "./header.ts";
import { beginsMessage, fragmentOctets, HEADER_OCTETS, isLastFragment, MARK_OCTETS, readHeader } from "./header.ts";
import { messageName } from "./messages.ts";
import type { NdmpRow } from "./records.ts";
import { emptyRow, NDMP_RECORD } from "./records.ts";
import { readReply } from "./replies.ts";
import { readRequest } from "./requests.ts";

/** Octets of a message that are looked at: a list of files to restore, or of devices. */
const MESSAGE_HEAD = 64 << 10;
/** Requests of one side that wait for a reply at one time; the oldest is written without one for a new one. */
const MOST_PENDING = 256;

/** Messages that come many times over, gathered into one row: polls, tape records, file history. */
const GATHERED: ReadonlySet<number> = new Set([
  0x202, 0x302, 0x304, 0x305, 0x400, 0x700, 0x701, 0x702, 0x703, 0x704, 0x705, 0xa00,
]);
/** A tape's records are gathered until it does something else. */
const TAPE_RECORDS: readonly number[] = [0x304, 0x305];
/** MOVER_LISTEN and MOVER_CONNECT: from then on records go to or from the tape without a message for each. */
const MOVERS: readonly number[] = [0xa01, 0xa09];
const DATA_HALTED = 0x501;
const CONNECT_CLOSE = 0x902;

interface Pending {
  readonly code: number;
  readonly row: NdmpRow;
  readonly from: Moment;
  /** Where what is gathered ends. */
  to: Moment;
}

/** One control connection. An operation's record is written with its reply. */
export class NdmpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #sides: readonly [Side, Side];
  readonly #runs = new HeldMap<number, Pending>(({ row }) => rowWeight(row));
  #version = 0;
  #user: string | null = null;
  #tape: string | null = null;
  #atBeginning = false;
  #scsi: string | null = null;
  #product: string | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#sides = [new Side(conn, true, this.#take), new Side(conn, false, this.#take)];
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#sides[fromOriginator ? 0 : 1].heads.data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    const side = this.#sides[fromOriginator ? 0 : 1];
    side.heads.gap(octets);
    side.clear();
  }

  close(): void {
    for (const { pending } of this.#sides) for (const one of pending.values()) this.#write(one, one.from);
    this.#endRuns(() => true);
  }

  readonly #take = (r: ByteReader, fromOriginator: boolean): boolean => {
    const isWhole = r.left >= HEADER_OCTETS;
    const header = readHeader(r);
    if (header === null) {
      if (isWhole) this.#conn.violate("no message of NDMP");
      return !isWhole;
    }
    this.#conn.confirm();
    if (header.isReply) this.#reply(header, r, fromOriginator);
    else this.#request(header, r, fromOriginator);
    return true;
  };

  #request(header: Header, r: ByteReader, fromOriginator: boolean): void {
    const { code, sequence } = header;
    const row = emptyRow(messageName(code), sequence);
    readRequest(code, r, this.#version, row);
    const moment = this.#conn.now;
    const request = { code, row, from: moment, to: moment };
    if (isTold(code)) {
      row.outcome = "told";
      if (this.#version === 0 && row.version !== null) this.#version = row.version;
      this.#done(request);
      return;
    }
    // The connection is there before the reply.
    if (code === 0x40a || code === 0xa09) this.#expect(row.address);
    const { pending } = this.#sides[fromOriginator ? 0 : 1];
    const isFull = !pending.has(sequence) && pending.size >= MOST_PENDING;
    if (isFull) this.#out.forgot("NDMP request");
    const former = pending.get(sequence) ?? (isFull ? first(pending) : undefined);
    if (former !== undefined) {
      pending.delete(former.row.sequence!);
      this.#write(former, former.from);
    }
    pending.set(sequence, request);
  }

  #reply(header: Header, r: ByteReader, fromOriginator: boolean): void {
    const { code, error, replySequence } = header;
    const { pending } = this.#sides[fromOriginator ? 1 : 0];
    const moment = this.#conn.now;
    let request = pending.get(replySequence);
    if (request?.code === code) pending.delete(replySequence);
    else request = { code, row: emptyRow(messageName(code), replySequence), from: moment, to: moment };
    readReply(code, error, r, this.#version, request.row);
    request.to = moment;
    if (request.row.outcome === "granted") this.#granted(request);
    this.#done(request);
  }

  /** What a granted request changes. */
  #granted({ code, row }: Pending): void {
    switch (code) {
      case 0x900:
        if (row.version !== null) this.#version = row.version;
        break;
      case 0x901:
        this.#user = row.user;
        if (row.user !== null)
          this.#conn.identity = { user: row.user, domain: null, workstation: null, mechanism: "plain" };
        break;
      case 0x108:
        this.#product = [row.vendor, row.product].filter((part) => part).join(" ") || null;
        break;
      case 0x200:
        this.#scsi = row.device;
        break;
      case 0x300:
        this.#endRuns((run) => TAPE_RECORDS.includes(run));
        this.#tape = row.device;
        break;
      case 0x409:
      case 0xa01:
        this.#expect(row.address);
    }
  }

  /** The data connection goes to this address. */
  #expect(address: string | null): void {
    const colon = address?.lastIndexOf(":") ?? -1;
    if (address === null || colon < 0) return;
    this.#conn.expect(address.slice(0, colon), Number(address.slice(colon + 1)), "ndmp-data");
  }

  /** A message with its reply, or one that has none: gathered or written. */
  #done(message: Pending): void {
    const { code, row } = message;
    if (GATHERED.has(code) && row.outcome !== "refused") {
      const run = this.#runs.get(code);
      if (run === undefined) {
        if (TAPE_RECORDS.includes(code)) this.#endRuns((other) => TAPE_RECORDS.includes(other));
        this.#runs.set(code, message);
      } else {
        gather(run.row, row);
        run.to = message.to;
      }
      return;
    }
    if (code >> 8 === 3 || MOVERS.includes(code)) this.#endRuns((run) => TAPE_RECORDS.includes(run));
    if (code === DATA_HALTED) this.#endRuns((run) => run >> 8 === 7);
    this.#write(message, message.to);
    this.#moved(message);
  }

  /** Where the tape stands after this. */
  #moved({ code, row }: Pending): void {
    if (row.outcome !== "granted") return;
    if (code === 0x300) this.#atBeginning = true;
    else if (code === 0x301) this.#tape = null;
    else if (code === 0x303) this.#atBeginning = row.command === "REW" || (row.count === 0 && this.#atBeginning);
    else if (code === 0x401 || code === 0x402) this.#atBeginning = false;
    else if (TAPE_RECORDS.includes(code) || MOVERS.includes(code)) this.#atBeginning = false;
  }

  #endRuns(which: (code: number) => boolean): void {
    for (const [code, run] of this.#runs) {
      if (!which(code)) continue;
      this.#runs.delete(code);
      this.#write(run, run.to);
      this.#moved(run);
    }
  }

  #write({ code, row, from }: Pending, to: Moment): void {
    row.version ??= this.#version === 0 ? null : this.#version;
    row.user ??= this.#user;
    if (code >> 8 === 3 || MOVERS.includes(code)) row.device ??= this.#tape;
    if (code >> 8 === 2) row.device ??= this.#scsi;
    this.#out.emit(NDMP_RECORD, row, from, to);
    const actor = accountOf(this.#conn.identity);
    const isEnd = row.error === "EOF_ERR" || row.error === "EOM_ERR";
    if (isEnd) return;
    reportNdmpActs(this.#out, row, { actor, product: this.#product, atBeginning: this.#atBeginning }, from, to);
  }
}

/** One direction: fragments, records, and requests that wait. */
class Side {
  readonly heads: MessageHeads;
  /** Bodies of the fragments of an unfinished record, `MESSAGE_HEAD` octets at most. */
  readonly #fragments = new GatheredOctets(new Charge());
  readonly pending = new HeldMap<number, Pending>(({ row }) => rowWeight(row));
  #isContinued = false;

  constructor(conn: Connection, fromOriginator: boolean, take: (r: ByteReader, fromOriginator: boolean) => boolean) {
    this.heads = new MessageHeads(conn, fromOriginator, MESSAGE_HEAD, {
      length: (r) => {
        if (r.left < MARK_OCTETS) return 0;
        const octets = fragmentOctets(r);
        return octets < 0 ? -1 : octets + MARK_OCTETS;
      },
      message: (r) => {
        const isLast = isLastFragment(r.u32be());
        if (isLast && !this.#isContinued) return take(r, fromOriginator);
        this.#keep(r);
        return !isLast || take(this.#joined(), fromOriginator);
      },
      broken: () => conn.violate("no record mark of NDMP"),
      resumes: (r) => beginsMessage(r) === true,
    });
  }

  #keep(r: ByteReader): void {
    const octets = Math.min(r.left, MESSAGE_HEAD - this.#fragments.length);
    this.#fragments.add(r.source, r.pos, r.pos + octets);
    this.#isContinued ||= octets > 0;
  }

  /** Forgets a record that is not whole. */
  clear(): void {
    this.#fragments.clear();
    this.#isContinued = false;
  }

  #joined(): ByteReader {
    const whole = new ByteReader(this.#fragments.octets());
    this.clear();
    return whole;
  }
}

/** Notices, log messages and file history have no reply; the end of the connection needs none. */
function isTold(code: number): boolean {
  return (code >= 0x500 && code < 0x800) || code === CONNECT_CLOSE;
}

function gather(run: NdmpRow, next: NdmpRow): void {
  run.messages = run.messages! + 1;
  if (next.entries !== null) run.entries = (run.entries ?? 0) + next.entries;
  if (next.octets !== null) run.octets = (run.octets ?? 0) + next.octets;
  if (next.paths !== null && (run.paths?.length ?? 0) < HISTORY_NAMES)
    run.paths = [...(run.paths ?? []), ...next.paths].slice(0, HISTORY_NAMES);
}

function first<T>(map: ReadonlyMap<unknown, T>): T | undefined {
  return map.values().next().value;
}
