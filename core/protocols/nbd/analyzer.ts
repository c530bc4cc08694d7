import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import { BlockLedger } from "../block-ledger.ts";
import { blockOpRecord } from "../block-op.ts";
import { Charge } from "../../bytes/held-budget.ts";
import { BlockRanges } from "../block-ranges.ts";
import type { BlockRun } from "../block-runs.ts";
import { BlockRuns, touch } from "../block-runs.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import {
  CMD_DISC,
  CMD_READ,
  CMD_TRIM,
  CMD_WRITE,
  CMD_WRITE_ZEROES,
  COMMANDS,
  nbdErrorName,
  optionError,
  OPTIONS,
  OPT_EXPORT_NAME,
  OPT_GO,
  OPT_INFO,
  OPT_STARTTLS,
  parseReply,
  parseRequest,
  REP_ACK,
  REP_INFO,
  REP_SERVER,
} from "./messages.ts";
import type { NbdRequest } from "./messages.ts";
import { clientLength, serverLength } from "./framing.ts";
import { nbdRecord } from "./records.ts";

/** Octets of a message that are looked at: an option with the longest name (4096 octets). NBD protocol, "Values" */
const HEAD = 8192;
/** Octets of written or read blocks that are looked at, to tell what they are. */
const BLOCK_HEAD = 64;
/** Requests that are outstanding at one time. */
const MOST_REQUESTS = 1024;
/** Octets of memory of one, with the first octets of what it writes and reads. */
const REQUEST = 768;
/** Options and exports that a row lists. */
const MOST_LISTED = 64;

/** NBD_FLAG_FIXED_NEWSTYLE of the server's handshake flags. */
const FIXED_NEWSTYLE = 1;
/** NBD_FLAG_READ_ONLY of the export's flags. */
const READ_ONLY = 2;
/** NBD_INFO_EXPORT: size and flags. */
const INFO_EXPORT = 0;

const KINDS: Readonly<Record<number, "read" | "write" | "change">> = {
  [CMD_READ]: "read",
  [CMD_WRITE]: "write",
  [CMD_TRIM]: "change",
  [CMD_WRITE_ZEROES]: "change",
};

interface Pending extends NbdRequest {
  readonly from: Moment;
  readonly head: Uint8Array | null;
  readHead: Uint8Array | null;
  error: number;
}

/** One connection to a network block device. NBD protocol (doc/proto.md of the NBD project) */
export class NbdAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #fromClient: MessageHeads;
  readonly #fromServer: MessageHeads;
  readonly #pending = new HeldMap<string, Pending>(() => REQUEST);
  readonly #options: string[] = [];
  readonly #exports: string[] = [];
  readonly #ledger: BlockLedger;
  readonly #runs: BlockRuns;
  #known: BlockRanges | null = null;
  #handshake: string | null = null;
  #export: string | null = null;
  #size: number | null = null;
  #isReadOnly: boolean | null = null;
  #isTls = false;
  #success: boolean | null = null;
  #commands = 0;
  #octetsRead = 0;
  #octetsWritten = 0;
  #isEnded = false;
  #isOver = false;
  #from: Moment | null = null;
  #to: Moment | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#ledger = new BlockLedger(out, "nbd", {
      operationOf: ({ operation }) => (operation === "TRIM" ? "delete" : operation === "WRITE_ZEROES" ? "write" : null),
      range: (offset, end) => `octets ${offset} to ${end - 1}`,
      whole: "all octets",
      details: { TRIM: "trimmed", WRITE_ZEROES: "filled with zeros" },
    });
    this.#runs = new BlockRuns((run) => this.#tell(run));
    const stop = (): void => void (this.#isOver = true);
    this.#fromClient = new MessageHeads(conn, true, HEAD, {
      length: clientLength,
      wanted: (r, total) => (r.peekU32be() === 0x2560_9513 ? Math.min(total, 28 + BLOCK_HEAD) : HEAD),
      message: (r, total) => this.#clientSays(r, total),
      broken: stop,
      resumes: (r) => r.left >= 28 && clientLength(r) >= 28,
    });
    this.#fromServer = new MessageHeads(conn, false, HEAD, {
      length: (r) =>
        serverLength(r, { hasOptions: this.#success === null, readOctets: (cookie) => this.#readOctets(cookie) }),
      wanted: (r) => (r.peekU32be() === 0x6744_6698 || r.peekU32be() === 0x668e_33ef ? 32 + BLOCK_HEAD : HEAD),
      message: (r) => this.#serverSays(r),
      broken: stop,
      resumes: (r) => [0x6744_6698, 0x668e_33ef, 0x6e8a_278c].includes(r.peekU32be()),
    });
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) return;
    (fromOriginator ? this.#fromClient : this.#fromServer).data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#fromClient : this.#fromServer).gap(octets);
  }

  close(): void {
    if (this.#from === null) return;
    for (const request of this.#pending.values()) this.#finish(request, null, this.#conn.now);
    this.#pending.clear();
    this.#runs.close();
    this.#ledger.close({ actor: null, share: this.#export });
    this.#out.emit(
      nbdRecord,
      {
        handshake: this.#handshake,
        export: this.#export,
        size: this.#size,
        read_only: this.#isReadOnly,
        options: this.#options.length === 0 ? null : this.#options,
        exports: this.#exports.length === 0 ? null : this.#exports,
        tls: this.#isTls,
        success: this.#success,
        commands: this.#commands,
        octets_read: this.#octetsRead,
        octets_written: this.#octetsWritten,
        ended: this.#isEnded,
      },
      this.#from,
      this.#to ?? this.#from,
    );
  }

  #saw(): Moment {
    const { now } = this.#conn;
    this.#conn.confirm();
    this.#from ??= now;
    this.#to = now;
    return now;
  }

  #clientSays(r: ByteReader, total: number): boolean {
    const now = this.#saw();
    if (total === 4) return true;
    if (r.peekU32be() === OPTION_START) {
      this.#option(r);
      return true;
    }
    const request = parseRequest(r);
    if (request === null) return true;
    this.#success ??= true;
    this.#commands++;
    if (request.command === CMD_DISC) {
      this.#isEnded = true;
      return true;
    }
    if (request.command === CMD_READ) this.#octetsRead += request.octets;
    if (request.command === CMD_WRITE) this.#octetsWritten += request.octets;
    const head = request.command === CMD_WRITE ? r.bytes(Math.min(BLOCK_HEAD, r.left)).slice() : null;
    if (this.#pending.size >= MOST_REQUESTS) {
      const [oldest, forgotten] = this.#pending.entries().next().value!;
      this.#pending.delete(oldest);
      this.#finish(forgotten, null, now);
      this.#out.forgot("NBD request");
    }
    this.#pending.set(request.cookie, { ...request, from: now, head, readHead: null, error: 0 });
    return true;
  }

  #option(r: ByteReader): void {
    r.skip(8);
    const option = r.u32be();
    r.skip(4);
    if (this.#options.length < MOST_LISTED) this.#options.push(OPTIONS[option] ?? `option ${option}`);
    if (option === OPT_EXPORT_NAME) {
      this.#export = wireText(r, Math.min(r.left, 4096));
    } else if (option === OPT_GO || option === OPT_INFO) {
      this.#export = wireText(r, Math.min(r.u32be(), r.left));
    }
  }

  #serverSays(r: ByteReader): boolean {
    const now = this.#saw();
    const magic = r.peekU32be();
    if (magic === GREETING_START) this.#greeting(r);
    else if (magic === OPTION_REPLY_START) return this.#optionReply(r);
    else if (REPLY_MAGICS.has(magic)) this.#reply(r, now);
    else this.#exportAnswer(r);
    return true;
  }

  #greeting(r: ByteReader): void {
    r.skip(8);
    const isOld = r.peekU32be() !== OPTION_START;
    r.skip(8);
    if (isOld) {
      this.#handshake = "oldstyle";
      this.#exportAnswer(r);
      return;
    }
    this.#handshake = (r.u16be() & FIXED_NEWSTYLE) !== 0 ? "fixed newstyle" : "newstyle";
  }

  /** Size and flags: of the only export of the old handshake, or the answer to EXPORT_NAME. */
  #exportAnswer(r: ByteReader): void {
    const size = r.u64beNumber();
    this.#size = Number.isSafeInteger(size) ? size : null;
    // The old handshake has 32 bits of flags, the export's in the lower half.
    if (this.#handshake === "oldstyle") r.skip(2);
    this.#isReadOnly = (r.u16be() & READ_ONLY) !== 0;
    this.#success = true;
  }

  #optionReply(r: ByteReader): boolean {
    r.skip(8);
    const option = r.u32be();
    const type = r.u32be();
    r.skip(4);
    const error = optionError(type);
    if (error !== null) {
      const name = OPTIONS[option] ?? `option ${option}`;
      const at = this.#options.lastIndexOf(name);
      if (at >= 0) this.#options[at] = `${name}: ${error}`;
      if (option === OPT_GO) this.#success = false;
      return true;
    }
    if (type === REP_SERVER && this.#exports.length < MOST_LISTED)
      this.#exports.push(wireText(r, Math.min(r.u32be(), r.left)));
    if (type === REP_INFO && r.u16be() === INFO_EXPORT) {
      const size = r.u64beNumber();
      this.#size = Number.isSafeInteger(size) ? size : null;
      this.#isReadOnly = (r.u16be() & READ_ONLY) !== 0;
    }
    if (type === REP_ACK && option === OPT_GO) this.#success = true;
    if (type === REP_ACK && option === OPT_STARTTLS) {
      this.#isTls = true;
      this.#conn.handOver();
      return false;
    }
    return true;
  }

  #readOctets(cookie: string): number {
    const request = this.#pending.get(cookie);
    return request?.command === CMD_READ ? request.octets : 0;
  }

  #reply(r: ByteReader, now: Moment): void {
    const reply = parseReply(r);
    if (reply === null) return;
    const request = this.#pending.get(reply.cookie);
    if (request === undefined) {
      if (this.#conn.sawStart && !this.#fromClient.isLost) this.#out.weird("nbd_unknown_cookie");
      return;
    }
    if (request.command === CMD_READ && request.readHead === null)
      request.readHead = r.bytes(Math.min(BLOCK_HEAD, r.left)).slice();
    request.error ||= reply.error;
    if (!reply.isLast) return;
    this.#pending.delete(reply.cookie);
    this.#finish(request, request.error, now);
  }

  #finish(request: Pending, error: number | null, to: Moment): void {
    const { command, offset, octets, from } = request;
    const kind = KINDS[command] ?? "other";
    const isRange = kind !== "other" && Number.isSafeInteger(offset + octets);
    if (this.#known === null) {
      const key = `nbd blocks ${this.#export ?? ""}`;
      const known = this.#conn.pair.get(key);
      this.#known = known instanceof BlockRanges ? known : new BlockRanges(new Charge(null, this.#conn.pair));
      this.#conn.pair.set(key, this.#known);
    }
    const known = isRange && error === 0 ? touch(this.#known, offset, octets) : 0;
    this.#runs.add({
      operation: COMMANDS[command] ?? `command ${command}`,
      kind,
      outcome: error === null ? "asked" : error === 0 ? "granted" : "refused",
      status: error === null ? null : nbdErrorName(error),
      sense: null,
      offset: isRange ? offset : null,
      span: isRange ? octets : 0,
      octets: isRange ? octets : 0,
      overwritten: kind === "read" ? 0 : known,
      ranges: null,
      detail: "",
      head: kind === "read" ? request.readHead : request.head,
      from,
      to,
    });
  }

  #tell(run: BlockRun): void {
    const { act, offset } = run;
    this.#out.emit(
      blockOpRecord,
      {
        protocol: "nbd",
        user: null,
        initiator: null,
        target: this.#export,
        lun: null,
        operation: run.scattered ? `${act.operation} scattered` : act.operation,
        outcome: act.outcome,
        status: act.status,
        sense: null,
        lba: null,
        blocks: null,
        block_octets: null,
        offset,
        octets: run.octets,
        commands: run.commands,
        overwritten: run.overwritten,
        ranges: null,
        detail: null,
      },
      act.from,
      run.to,
    );
    this.#ledger.add(run, { actor: null, share: this.#export });
  }
}

/** First four octets of "NBDMAGIC", "IHAVEOPT" and of a reply to an option. */
const GREETING_START = 0x4e42_444d;
const OPTION_START = 0x4948_4156;
const OPTION_REPLY_START = 0x0003_e889;
const REPLY_MAGICS: ReadonlySet<number> = new Set([0x6744_6698, 0x668e_33ef, 0x6e8a_278c]);
