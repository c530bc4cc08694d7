import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { crc32c } from "../../bytes/crc32c.ts";
import type { BlockUse } from "../block-ledger.ts";
import { BlockLedger } from "../block-ledger.ts";
import { blockOpRecord } from "../block-op.ts";
import type { BlockRun } from "../block-runs.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { parseCdb } from "../scsi/cdb.ts";
import { parseLun } from "../scsi/parameter-data.ts";
import { senseText } from "../scsi/sense.ts";
import { ledgerWords } from "./ledger.ts";
import { Negotiation } from "./login.ts";
import {
  asyncEventName,
  loginStatusName,
  logoutReasonName,
  rejectReasonName,
  taskFunctionName,
  taskResponseName,
} from "./names.ts";
import type { BasicHeader, Digests } from "./pdu.ts";
import {
  ASYNC_MESSAGE,
  BHS_OCTETS,
  DATA_IN,
  DATA_OUT,
  LOGIN_REQUEST,
  LOGIN_RESPONSE,
  LOGOUT_REQUEST,
  LOGOUT_RESPONSE,
  REJECT,
  SCSI_COMMAND,
  SCSI_RESPONSE,
  TASK_REQUEST,
  TASK_RESPONSE,
  TEXT_REQUEST,
  TEXT_RESPONSE,
  basicHeader,
  isLikelyHeader,
  pduLength,
} from "./pdu.ts";
import { iscsiRecord } from "./records.ts";
import { MOST_PARAMETERS, Task, keptOctets } from "./task.ts";
import { Unit } from "./unit.ts";

/** Octets of a PDU that are looked at: a negotiation's text or a parameter list behind the longest header. */
const HEAD = 2048 + MOST_PARAMETERS;
/** Tasks that are outstanding at one time; initiators keep a few hundred at most. */
const MOST_TASKS = 1024;
/** Units of one connection; a unit of a number beyond these is not followed. */
const MOST_UNITS = 256;
/** Octets of memory of a task without its data, and of a unit with the commands that may go on. */
const TASK = 1024;
const UNIT = 8192;
/** Other rows (task management, rejects, events) of one connection. */
const MOST_EVENTS = 1000;

/** One connection of an iSCSI session. RFC 7143 */
export class IscsiAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #fromInitiator: MessageHeads;
  readonly #fromTarget: MessageHeads;
  readonly #digests: Digests = { header: false, data: false };
  readonly #said = new Negotiation();
  readonly #tasks = new HeldMap<number, Task>(
    ({ sent, received }) => TASK + sent.bytes.length + received.bytes.length,
    (task) => this.#givenUp(task),
  );
  /** Tasks that were told before their answer, which may still come. */
  #toldEarly = 0;
  readonly #units = new HeldMap<string, { readonly unit: Unit; readonly ledger: BlockLedger }>(() => UNIT);
  /** Task management functions by task tag. */
  readonly #functions = new HeldMap<number, { text: string; lun: string; from: Moment }>(
    null,
    ({ text, lun, from }) => {
      this.#event(text, "asked", null, lun, from);
      this.#out.forgot("iSCSI task management request");
    },
  );
  #sawLogin = false;
  #knowsDigests = false;
  #isid: string | null = null;
  #tsih: number | null = null;
  #status: number | null = null;
  #isIn = false;
  #ended: string | null = null;
  #commands = 0;
  #octetsRead = 0;
  #octetsWritten = 0;
  #events = 0;
  #from: Moment | null = null;
  #to: Moment | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    const side = (fromInitiator: boolean): MessageHeads =>
      new MessageHeads(conn, fromInitiator, HEAD, {
        length: (r) => this.#length(r, fromInitiator),
        wanted: (r) => this.#wanted(r),
        message: (r, total) => this.#message(r, total, fromInitiator),
        broken: () => void conn.violate("no iSCSI header where one should be"),
        resumes: (r) => isLikelyHeader(r, fromInitiator),
      });
    this.#fromInitiator = side(true);
    this.#fromTarget = side(false);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    (fromOriginator ? this.#fromInitiator : this.#fromTarget).data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    (fromOriginator ? this.#fromInitiator : this.#fromTarget).gap(octets);
  }

  close(): void {
    if (this.#from === null) return;
    const { now } = this.#conn;
    for (const task of this.#tasks.values()) task.unit.finish(task, null, null, now);
    this.#tasks.clear();
    for (const { text, lun, from } of this.#functions.values()) this.#event(text, "asked", null, lun, from);
    for (const { unit, ledger } of this.#units.values()) {
      unit.close();
      ledger.close(this.#useOf(unit.lun));
    }
    const luns = [...this.#units.values()].map(({ unit }) => unit.text);
    this.#out.emit(
      iscsiRecord,
      {
        ...this.#said.columns,
        isid: this.#isid,
        tsih: this.#tsih,
        success: this.#isIn ? true : this.#status !== null && this.#status >= 0x0100 ? false : null,
        status: this.#status === null ? null : loginStatusName(this.#status),
        luns: luns.length === 0 ? null : luns,
        commands: this.#commands,
        octets_read: this.#octetsRead,
        octets_written: this.#octetsWritten,
        ended: this.#ended,
      },
      this.#from,
      this.#to ?? this.#from,
    );
  }

  /** The account, or the initiator's name where nobody authenticated. */
  #useOf(lun: string): BlockUse {
    const { user, initiator, target } = this.#said;
    return { actor: user ?? initiator, share: `${target ?? "?"} LUN ${lun}` };
  }

  #length(r: ByteReader, fromInitiator: boolean): number {
    if (!this.#knowsDigests && r.left >= BHS_OCTETS) {
      const octets = pduLength(r, fromInitiator, NO_DIGESTS);
      if (octets < 0) return octets;
      const opcode = r.peekU8() & 0x3f;
      if (opcode !== LOGIN_REQUEST && opcode !== LOGIN_RESPONSE) {
        // Seen from the middle on: a digest that fits tells that there are digests.
        if (r.left < BHS_OCTETS + 4 && octets > BHS_OCTETS) return 0;
        this.#digests.header = hasHeaderDigest(r);
        this.#knowsDigests = true;
      }
    }
    return pduLength(r, fromInitiator, this.#digests);
  }

  /** Of blocks only the beginning is of interest. */
  #wanted(r: ByteReader): number {
    const { opcode, dataAt, itt } = basicHeader(r, this.#digests);
    if (opcode === DATA_IN || opcode === DATA_OUT) {
      const task = this.#tasks.get(itt);
      return dataAt + (task === undefined ? 0 : keptOctets(task.cdb));
    }
    if (opcode !== SCSI_COMMAND) return HEAD;
    const start = r.pos;
    r.pos += 32;
    const cdb = parseCdb(r, this.#units.get(this.#lunOf(r, start))?.unit.deviceType ?? 0);
    r.pos = start;
    return dataAt + keptOctets(cdb);
  }

  #message(r: ByteReader, total: number, fromInitiator: boolean): boolean {
    if (r.left < BHS_OCTETS || total < BHS_OCTETS) return true;
    const { now } = this.#conn;
    const header = basicHeader(r, this.#digests);
    if (
      this.#digests.header &&
      header.dataAt > BHS_OCTETS &&
      !isLoginOpcode(header.opcode) &&
      !this.#digestFits(r, header)
    )
      this.#out.weird("iscsi_header_digest_error");
    this.#conn.confirm();
    this.#from ??= now;
    this.#to = now;
    if (fromInitiator) this.#initiatorSays(r, header, now);
    else this.#targetSays(r, header, now);
    return true;
  }

  #initiatorSays(r: ByteReader, header: BasicHeader, now: Moment): void {
    const start = r.pos;
    switch (header.opcode) {
      case LOGIN_REQUEST:
        this.#sawLogin = true;
        r.pos = start + 8;
        this.#isid = r.hex(6);
        this.#said.add(dataText(r, start, header), (header.flags & CONTINUES) !== 0, true);
        return;
      case TEXT_REQUEST:
        this.#said.add(dataText(r, start, header), (header.flags & CONTINUES) !== 0, true);
        return;
      case SCSI_COMMAND:
        this.#command(r, start, header, now);
        return;
      case DATA_OUT: {
        this.#octetsWritten += header.dataOctets;
        const task = this.#tasks.get(header.itt);
        if (task === undefined) return;
        const offset = r.peekU32be(40);
        toData(r, start, header);
        if (task.sent.add(r, offset)) this.#tasks.set(header.itt, task);
        return;
      }
      case TASK_REQUEST: {
        const text = `TASK MANAGEMENT: ${taskFunctionName(header.flags & 0x7f)}`;
        if (this.#functions.size < MOST_TASKS)
          this.#functions.set(header.itt, { text, lun: this.#lunOf(r, start), from: now });
        return;
      }
      case LOGOUT_REQUEST:
        this.#ended = `logout: ${logoutReasonName(header.flags & 0x7f)}`;
        return;
      default:
    }
  }

  #targetSays(r: ByteReader, header: BasicHeader, now: Moment): void {
    const start = r.pos;
    switch (header.opcode) {
      case LOGIN_RESPONSE:
        this.#loginAnswer(r, start, header);
        return;
      case TEXT_RESPONSE:
        this.#said.add(dataText(r, start, header), (header.flags & CONTINUES) !== 0, false);
        return;
      case DATA_IN: {
        this.#octetsRead += header.dataOctets;
        const task = this.#tasks.get(header.itt);
        if (task === undefined) return;
        const offset = r.peekU32be(40);
        toData(r, start, header);
        if (task.received.add(r, offset)) this.#tasks.set(header.itt, task);
        // RFC 7143 11.7.3: the status may come with the last data.
        if ((header.flags & HAS_STATUS) !== 0) this.#finish(header.itt, header.byte3, null, now);
        return;
      }
      case SCSI_RESPONSE:
        toData(r, start, header);
        r.skip(2);
        this.#finish(header.itt, header.byte2 === 0 ? header.byte3 : TARGET_FAILURE, senseText(r), now);
        return;
      case TASK_RESPONSE: {
        const asked = this.#functions.get(header.itt);
        this.#functions.delete(header.itt);
        const outcome = header.byte2 === 0 ? "granted" : "refused";
        const status = taskResponseName(header.byte2);
        this.#event(asked?.text ?? "TASK MANAGEMENT", outcome, status, asked?.lun ?? null, asked?.from ?? now);
        return;
      }
      case LOGOUT_RESPONSE:
        this.#ended ??= "logout";
        return;
      case ASYNC_MESSAGE: {
        const event = asyncEventName(r.peekU8(36));
        if (r.peekU8(36) === 2 || r.peekU8(36) === 3) this.#ended = event;
        this.#event("ASYNC MESSAGE", null, event, this.#lunOf(r, start), now);
        return;
      }
      case REJECT:
        this.#event("REJECT", "refused", rejectReasonName(header.byte2), null, now);
        return;
      default:
    }
  }

  #loginAnswer(r: ByteReader, start: number, header: BasicHeader): void {
    this.#sawLogin = true;
    const status = r.peekU8(36) * 256 + r.peekU8(37);
    this.#status = status;
    r.pos = start + 8;
    this.#isid ??= r.hex(6);
    r.pos = start + 14;
    this.#tsih = r.u16be() || this.#tsih;
    this.#said.add(dataText(r, start, header), (header.flags & CONTINUES) !== 0, false);
    // Transit to the full feature phase. RFC 7143 11.13.3
    if (status !== 0 || (header.flags & TRANSIT) === 0 || (header.flags & 0x03) !== FULL_FEATURE) return;
    this.#isIn = true;
    this.#knowsDigests = true;
    this.#digests.header = this.#said.headerDigest === "CRC32C";
    this.#digests.data = this.#said.dataDigest === "CRC32C";
  }

  #command(r: ByteReader, start: number, header: BasicHeader, now: Moment): void {
    const unit = this.#unit(this.#lunOf(r, start));
    this.#commands++;
    const octetsNow = header.dataOctets;
    this.#octetsWritten += octetsNow;
    if (unit === null) return;
    const expected = r.peekU32be(20);
    r.pos = start + 32;
    const task = new Task(unit, parseCdb(r, unit.deviceType), expected, now);
    r.pos = start;
    toData(r, start, header);
    task.sent.add(r, 0);
    this.#tasks.delete(header.itt);
    if (this.#tasks.size >= MOST_TASKS) {
      const [oldest, forgotten] = this.#tasks.entries().next().value!;
      this.#tasks.delete(oldest);
      this.#givenUp(forgotten);
      this.#out.weird("iscsi_too_many_tasks");
    }
    this.#tasks.set(header.itt, task);
  }

  /** Nobody waits for its answer any longer. */
  #givenUp(task: Task): void {
    this.#toldEarly++;
    task.unit.finish(task, null, null, this.#conn.now);
    this.#out.forgot("iSCSI task");
  }

  #finish(itt: number, status: number, sense: string | null, now: Moment): void {
    const task = this.#tasks.get(itt);
    if (task === undefined) {
      if (this.#toldEarly > 0) this.#toldEarly--;
      else if (this.#sawLogin && this.#conn.sawStart && !this.#fromInitiator.isLost) {
        this.#out.weird("iscsi_unknown_task");
      }
      return;
    }
    this.#tasks.delete(itt);
    task.unit.finish(task, status, sense, now);
  }

  #unit(lun: string): Unit | null {
    const known = this.#units.get(lun);
    if (known !== undefined) return known.unit;
    if (this.#units.size >= MOST_UNITS) return null;
    const target = this.#said.target ?? "";
    const unit: Unit = new Unit(this.#conn, target, lun, (run) => {
      this.#tell(unit, run);
      ledger.add(run, this.#useOf(lun));
    });
    const ledger = new BlockLedger(this.#out, "iscsi", ledgerWords(unit));
    this.#units.set(lun, { unit, ledger });
    return unit;
  }

  #lunOf(r: ByteReader, start: number): string {
    const at = r.pos;
    r.pos = start + 8;
    const lun = parseLun(r);
    r.pos = at;
    return lun;
  }

  #tell(unit: Unit, run: BlockRun): void {
    const { act, offset, end } = run;
    const size = unit.blockOctets;
    this.#out.emit(
      blockOpRecord,
      {
        protocol: "iscsi",
        user: this.#said.user,
        initiator: this.#said.initiator,
        target: this.#said.target,
        lun: unit.lun,
        operation: run.scattered ? `${act.operation} scattered` : act.operation,
        outcome: act.outcome,
        status: act.status,
        sense: act.sense,
        lba: offset === null || size === null ? null : offset / size,
        blocks: offset === null || size === null ? null : (end - offset) / size,
        block_octets: size,
        offset,
        octets: run.octets,
        commands: run.commands,
        overwritten: run.overwritten,
        ranges: act.ranges,
        detail: act.detail || null,
      },
      act.from,
      run.to,
    );
  }

  #event(
    operation: string,
    outcome: "granted" | "refused" | "asked" | null,
    status: string | null,
    lun: string | null,
    from: Moment,
  ): void {
    if (this.#events >= MOST_EVENTS) return;
    this.#events++;
    this.#out.emit(
      blockOpRecord,
      {
        protocol: "iscsi",
        user: this.#said.user,
        initiator: this.#said.initiator,
        target: this.#said.target,
        lun,
        operation,
        outcome,
        status,
        sense: null,
        lba: null,
        blocks: null,
        block_octets: null,
        offset: null,
        octets: null,
        commands: null,
        overwritten: null,
        ranges: null,
        detail: null,
      },
      from,
      this.#conn.now,
    );
  }

  #digestFits(r: ByteReader, { dataAt }: BasicHeader): boolean {
    return r.left < dataAt || digestAt(r, dataAt - 4) === crc32c(r.source.subarray(r.pos, r.pos + dataAt - 4));
  }
}

const NO_DIGESTS: Digests = { header: false, data: false };
/** Flags of login and text PDUs: transit, and "the text goes on". RFC 7143 11.12.1, 11.12.2 */
const TRANSIT = 0x80;
const CONTINUES = 0x40;
const FULL_FEATURE = 3;
/** The status bit of Data-In. RFC 7143 11.7.3 */
const HAS_STATUS = 0x01;
/** Status put for a response "target failure", which has none. RFC 7143 11.4.3 */
const TARGET_FAILURE = 0xff;

function isLoginOpcode(opcode: number): boolean {
  return opcode === LOGIN_REQUEST || opcode === LOGIN_RESPONSE;
}

/** Moves to the data segment and narrows to it, as far as it is there. */
function toData(r: ByteReader, start: number, { dataAt, dataOctets }: BasicHeader): void {
  const from = Math.min(start + dataAt, r.end);
  r.seek(from, Math.min(r.end, from + dataOctets));
}

function dataText(r: ByteReader, start: number, header: BasicHeader): string {
  toData(r, start, header);
  return r.latin1(r.left);
}

function hasHeaderDigest(r: ByteReader): boolean {
  const at = BHS_OCTETS + r.peekU8(4) * 4;
  return r.left >= at + 4 && digestAt(r, at) === crc32c(r.source.subarray(r.pos, r.pos + at));
}

/** The digest's octets are sent with the lowest first. RFC 3720 B.4 */
function digestAt(r: ByteReader, ahead: number): number {
  return r.peekU32le(ahead) >>> 0;
}
