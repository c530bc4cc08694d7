import type { ByteReader } from "../../../bytes/reader.ts";
import type { Connection, Moment, RecordSink } from "../../protocol.ts";
import { FilePayload, pipeOf } from "../file-payload.ts";
import type { UnitPlan } from "../framing.ts";
import { MAX_UNIT_OCTETS } from "../framing.ts";
import { isNtError } from "../nt-status.ts";
import type { Exchange, OperationLog } from "../operation-log.ts";
import { OpenFile } from "../state.ts";
import type { Block } from "./block.ts";
import { readBlock } from "./block.ts";
import { bulkFixed, isBulkData } from "./bulk.ts";
import { logChange } from "./file-change.ts";
import type { DataPlace, OpenRequest, OpenResponse } from "./files.ts";
import {
  firstWord,
  parseNames,
  parseNtCreateRequest,
  parseNtCreateResponse,
  parseNtTransactCreateResponse,
  parseOldOpenRequest,
  parseOldOpenResponse,
  parseOldReadResponse,
  parseOldTransfer,
  parseOpenRequest,
  parseOpenResponse,
  parseReadRequest,
  parseReadResponse,
  parseWriteRequest,
} from "./files.ts";
import type { Smb1Header } from "./header.ts";
import { parseSmb1Header, SMB1, SMB1_MIN_LENGTH } from "./header.ts";
import { dialects, offersGss, signing } from "./negotiate.ts";
import type { Asked } from "./pending.ts";
import { PendingExchanges } from "./pending.ts";
import { Smb1Sessions } from "./sessions.ts";
import type { Transaction } from "./transaction.ts";
import {
  isTransaction,
  NT_TRANSACT,
  parseNtTransactResponse,
  parseTransactionResponse,
  parseTransactionSecondary,
} from "./transaction.ts";
import { readTransactionRequest } from "./transaction-requests.ts";
import { emptyTree, treeConnected, treeConnectPath } from "./tree-connect.ts";

/** Most commands read of one AndX chain. */
const MAX_CHAIN = 16;

/** SMB1 (CIFS) on one connection: pairs requests with responses and writes what they did. [MS-CIFS] 3.3.5 */
export class Smb1Conversation {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #log: OperationLog;
  readonly #sessions: Smb1Sessions;
  readonly #pending: PendingExchanges;
  readonly #payloads: readonly [FilePayload, FilePayload];
  #offeredDialects: string[] = [];

  constructor(conn: Connection, out: RecordSink, log: OperationLog) {
    this.#conn = conn;
    this.#out = out;
    this.#log = log;
    this.#sessions = new Smb1Sessions(conn, out, (file) => log.ended(file));
    const unanswered = (asked: readonly Asked[]): void => {
      for (const one of asked) this.#unanswered(one);
    };
    this.#pending = new PendingExchanges(unanswered, (asked) => {
      out.forgot("SMB request");
      unanswered(asked);
    });
    this.#payloads = [new FilePayload(conn, true), new FilePayload(conn, false)];
  }

  /** See `UnitReader.unit`; a message is one unit. */
  unit(r: ByteReader, left: number, plan: UnitPlan, fromOriginator: boolean): number {
    const at = r.pos;
    const have = r.left;
    if (have < SMB1_MIN_LENGTH) {
      if (have < left) return SMB1_MIN_LENGTH;
      this.#out.weird("smb_message_truncated");
      return 0;
    }
    const header = parseSmb1Header(r);
    if (header === null) return 0;
    const isBulk = isBulkData(header, r, left);
    const need = Math.min(left, isBulk ? bulkFixed(header) : MAX_UNIT_OCTETS);
    if (have < need) return need;
    const side = fromOriginator ? 0 : 1;
    if (header.isReply) this.#reply(header, r, at, isBulk ? plan : null, side);
    else this.#request(header, r, at, isBulk ? plan : null, side);
    return 0;
  }

  /** The connection broke off before the last `octets` octets of the payload of this direction. */
  brokeOff(octets: number, fromOriginator: boolean): void {
    this.#payloads[fromOriginator ? 0 : 1].brokeOff(octets);
  }

  close(): void {
    for (const asked of this.#pending.all()) for (const one of asked) this.#unanswered(one);
    this.#sessions.close();
    for (const file of this.#sessions.files()) this.#log.ended(file);
  }

  /** Reads the commands of a message in turn; `read` gets each and says if reading goes on. */
  #chain(header: Smb1Header, r: ByteReader, at: number, read: (block: Block) => void): void {
    const end = r.end;
    let { command } = header;
    let offset = r.pos - at;
    for (let i = 0; i < MAX_CHAIN; i++) {
      r.seek(at + offset, end);
      const block = readBlock(r, command);
      if (block === null) {
        this.#out.weird("smb_message_truncated");
        return;
      }
      read(block);
      if (block.nextCommand === SMB1.noFurther) return;
      if (block.nextOffset <= offset) {
        this.#out.weird("smb_andx_offset_not_advancing");
        return;
      }
      if (at + block.nextOffset >= end) return;
      command = block.nextCommand;
      offset = block.nextOffset;
    }
  }

  #request(header: Smb1Header, r: ByteReader, at: number, plan: UnitPlan | null, side: 0 | 1): void {
    const { command } = header;
    const now = this.#conn.now;
    if (command === SMB1.echo || command === SMB1.lockingAndx) return;
    if (command === SMB1.transactionSecondary) {
      this.#secondary(header, r, at);
      return;
    }
    const asked: Asked[] = [];
    this.#chain(header, r, at, (block) => {
      const isSetup = block.command === SMB1.sessionSetupAndx;
      const one: Asked = {
        command: block.command,
        from: now,
        session: this.#sessions.session(header.uid),
        tree: treelessCommand(block.command) ? null : this.#sessions.tree(header.tid),
        file: asked.at(-1)?.file ?? null,
        offset: 0,
        subcommand: -1,
        change: null,
        text: null,
        setup: isSetup ? this.#sessions.setupRequest(header, r, block, at, now) : null,
      };
      this.#read(one, header, r, block, at, plan, side);
      asked.push(one);
    });
    if (asked.length > 0) this.#pending.add(header.exchange, asked);
  }

  #read(
    one: Asked,
    header: Smb1Header,
    r: ByteReader,
    block: Block,
    at: number,
    plan: UnitPlan | null,
    side: 0 | 1,
  ): void {
    const { isUnicode } = header;
    switch (block.command) {
      case SMB1.negotiate:
        this.#offeredDialects = dialects(r, block);
        return;
      case SMB1.treeConnectAndx:
      case SMB1.treeConnect:
        one.text = treeConnectPath(r, block, at, isUnicode);
        return;
      case SMB1.ntCreateAndx:
        one.file = this.#opening(one, parseNtCreateRequest(r, block, at, isUnicode));
        return;
      case SMB1.openAndx:
        one.file = this.#opening(one, parseOpenRequest(r, block, at, isUnicode));
        return;
      case SMB1.open:
      case SMB1.create:
      case SMB1.createNew:
      case SMB1.openPrintFile:
        one.file = this.#opening(one, parseOldOpenRequest(r, block, at, isUnicode));
        return;
      case SMB1.close:
      case SMB1.closePrintFile:
        one.file = this.#file(one, firstWord(r, block));
        return;
      case SMB1.read: {
        const read = parseOldTransfer(r, block, at);
        if (read === null) return;
        one.file = this.#file(one, read.fid);
        one.offset = read.offset;
        return;
      }
      case SMB1.write:
      case SMB1.writeAndClose: {
        const write = parseOldTransfer(r, block, at);
        if (write === null) return;
        one.file = this.#file(one, write.fid);
        if (write.dataLength === 0) one.change = { kind: "truncate", size: write.offset };
        else this.#payload(one.file, true, write.offset, write, r, at, plan, side, one.from);
        return;
      }
      case SMB1.readAndx: {
        const read = parseReadRequest(r, block);
        if (read === null) return;
        one.file = this.#file(one, read.fid);
        one.offset = read.offset;
        return;
      }
      case SMB1.writeAndx: {
        const write = parseWriteRequest(r, block);
        if (write === null) return;
        one.file = this.#file(one, write.fid);
        this.#payload(one.file, true, write.offset, write, r, at, plan, side, one.from);
        return;
      }
      case SMB1.setInformation:
      case SMB1.delete:
      case SMB1.deleteDirectory:
      case SMB1.createDirectory:
      case SMB1.rename:
      case SMB1.ntRename: {
        const names = parseNames(r, block, at, isUnicode);
        one.file = new OpenFile(one.session, one.tree, names[0] ?? null);
        this.#log.used(one.file);
        one.file.isDirectory = block.command <= SMB1.deleteDirectory ? true : null;
        one.text = names[1] ?? null;
        return;
      }
      default:
        if (!isTransaction(block.command)) return;
        readTransactionRequest(one, r, block, at, isUnicode, {
          file: (fid) => this.#file(one, fid),
          opening: (open) => this.#opening(one, open),
          toPipe: (file, start, end) => this.#toPipe(file, r.source, start, end, true, one.from),
          weird: (name) => this.#out.weird(name),
        });
    }
  }

  #opening(one: Asked, open: OpenRequest): OpenFile {
    const file = new OpenFile(one.session, one.tree, open.name === "" ? "<share_root>" : open.name);
    file.desiredAccess = open.desiredAccess;
    file.disposition = open.disposition;
    file.deleteOnClose = (open.options & 0x1000) !== 0;
    return file;
  }

  /** The open file with this FID; in a chain behind an open, the file that is being opened. */
  #file(one: Asked, fid: number | null): OpenFile | null {
    if (fid === null) return null;
    const known = this.#sessions.file(fid);
    if (known !== undefined) return known;
    if (one.file !== null) return one.file;
    const file = new OpenFile(one.session, one.tree, null);
    this.#sessions.addFile(fid, file);
    return file;
  }

  #reply(header: Smb1Header, r: ByteReader, at: number, plan: UnitPlan | null, side: 0 | 1): void {
    const asked = this.#pending.get(header.exchange);
    if (asked === undefined) return;
    const now = this.#conn.now;
    const isError = isNtError(header.status);
    let isOver = true;
    let next = 0;
    this.#chain(header, r, at, (block) => {
      const index = asked.findIndex((one, i) => i >= next && one.command === block.command);
      const one = asked[index];
      if (one === undefined) return;
      next = index + 1;
      const isLast = block.nextCommand === SMB1.noFurther;
      const status = isLast ? header.status : 0;
      const exchange: Exchange = { from: one.from, to: now, status };
      if (block.command === SMB1.sessionSetupAndx) {
        if (one.setup !== null) this.#sessions.setupResponse(header, r, block, at, one.setup, now);
      } else if (isTransaction(block.command) && !isNtError(status)) {
        isOver = this.#transacted(one, r, block, at, exchange);
      } else {
        this.#answered(one, header, r, block, at, exchange, plan, side);
      }
    });
    if (!isOver) return;
    this.#pending.done(header.exchange);
    if (!isError) return;
    for (const one of asked.slice(next)) logChange(this.#log, one, { from: one.from, to: now, status: header.status });
  }

  #answered(
    one: Asked,
    header: Smb1Header,
    r: ByteReader,
    block: Block,
    at: number,
    exchange: Exchange,
    plan: UnitPlan | null,
    side: 0 | 1,
  ): void {
    const isGranted = exchange.status === 0 || !isNtError(exchange.status ?? 0);
    const { file } = one;
    switch (block.command) {
      case SMB1.negotiate: {
        const index = firstWord(r, block);
        this.#sessions.dialect = index === null ? null : (this.#offeredDialects[index] ?? null);
        if (block.wordCount >= 17) this.#sessions.signing = signing(r.u8());
        if (offersGss(r, block)) this.#conn.confirm("gssapi");
        return;
      }
      case SMB1.logoffAndx:
        if (isGranted) this.#sessions.logoff(header.uid);
        return;
      case SMB1.treeConnectAndx:
      case SMB1.treeConnect:
        treeConnected(this.#log, this.#sessions, one, header, r, block, at, exchange);
        return;
      case SMB1.treeDisconnect:
        if (isGranted && one.tree !== null) this.#sessions.removeTree(one.tree);
        return;
      case SMB1.ntCreateAndx:
        this.#opened(file, exchange, isGranted ? parseNtCreateResponse(r, block) : null);
        return;
      case SMB1.openAndx:
        this.#opened(file, exchange, isGranted ? parseOpenResponse(r, block) : null);
        return;
      case SMB1.open:
      case SMB1.create:
      case SMB1.createNew:
      case SMB1.openPrintFile:
        this.#opened(file, exchange, isGranted ? parseOldOpenResponse(r, block) : null);
        return;
      case SMB1.read: {
        const place = isGranted ? parseOldReadResponse(r, block, at) : null;
        if (place !== null) this.#payload(file, false, one.offset, place, r, at, plan, side, exchange.to);
        return;
      }
      case SMB1.close:
      case SMB1.closePrintFile:
      case SMB1.writeAndClose:
        if (file === null || !isGranted) return;
        this.#log.used(file);
        if (block.command === SMB1.closePrintFile) this.#log.printed(file, exchange);
        this.#log.closed(file);
        this.#sessions.removeFile(file);
        return;
      case SMB1.readAndx: {
        const place = isGranted ? parseReadResponse(r, block) : null;
        if (place !== null) this.#payload(file, false, one.offset, place, r, at, plan, side, exchange.to);
        return;
      }
      default:
        logChange(this.#log, one, exchange);
    }
  }

  #opened(file: OpenFile | null, exchange: Exchange, answer: OpenResponse | null): void {
    if (file === null) return;
    if (answer !== null) {
      file.size = answer.size;
      file.createAction = answer.action;
      file.isDirectory = answer.isDirectory;
      if (answer.times !== null && (answer.times.modified ?? 0n) > 0n) file.times = answer.times;
      this.#sessions.addFile(answer.fid, file);
    }
    this.#log.opened(file, exchange, true);
    if (answer !== null && file.deleteOnClose) this.#log.deleted(file, exchange);
  }

  /** A response to a transaction. @returns false if more of it follows. */
  #transacted(one: Asked, r: ByteReader, block: Block, at: number, exchange: Exchange): boolean {
    const isNt = block.command === SMB1.ntTransact;
    const answer = isNt ? parseNtTransactResponse(r, block, at) : parseTransactionResponse(r, block, at);
    if (answer === null) return block.wordCount > 0; // an interim response has no words
    if (block.command === SMB1.transaction) {
      if (one.file !== null) this.#toPipe(one.file, r.source, answer.dataStart, answer.dataEnd, false, exchange.to);
    } else if (answer.dataSoFar >= answer.totalData) {
      if (isNt && one.subcommand === NT_TRANSACT.create) {
        r.seek(answer.parametersStart, answer.parametersEnd);
        this.#opened(one.file, exchange, parseNtTransactCreateResponse(r));
      } else {
        logChange(this.#log, one, exchange);
      }
    }
    return answer.dataSoFar >= answer.totalData;
  }

  /** More data of a transaction whose first message could not hold it. */
  #secondary(header: Smb1Header, r: ByteReader, at: number): void {
    const one = this.#pending.get(header.exchange)?.find((asked) => asked.command === SMB1.transaction);
    this.#chain(header, r, at, (block) => {
      const more: Transaction | null = parseTransactionSecondary(r, block, at);
      if (more === null || one === undefined || one.file === null) return;
      this.#toPipe(one.file, r.source, more.dataStart, more.dataEnd, true, this.#conn.now);
    });
  }

  #toPipe(file: OpenFile, bytes: Uint8Array, start: number, end: number, fromClient: boolean, now: Moment): void {
    if (end <= start) return;
    if (fromClient) file.wrote(0, end - start, now);
    else file.read(0, end - start, now);
    this.#conn.identity = file.session.identity;
    pipeOf(this.#conn, file).data(bytes, start, end, fromClient);
  }

  /** Data of a read or write: streamed if the message is bulk (`plan`), else it is all here. */
  #payload(
    file: OpenFile | null,
    fromClient: boolean,
    offset: number,
    place: DataPlace,
    r: ByteReader,
    at: number,
    plan: UnitPlan | null,
    side: 0 | 1,
    now: Moment,
  ): void {
    if (file === null) return;
    this.#log.used(file);
    const total = plan === null ? r.end - at : plan.length;
    const length = Math.max(0, Math.min(place.dataLength, total - place.dataOffset));
    if (fromClient) file.wrote(offset, length, now);
    else file.read(offset, length, now);
    const taker = this.#payloads[side].aim(file, fromClient, offset, length);
    if (plan !== null) {
      plan.payloadAt = place.dataOffset;
      plan.payloadLength = length;
      plan.taker = taker;
    } else if (length > 0) {
      taker?.take(r.source, at + place.dataOffset, at + place.dataOffset + length);
    }
  }

  #unanswered(one: Asked): void {
    const exchange: Exchange = { from: one.from, to: one.from, status: null };
    if (one.command === SMB1.treeConnectAndx) {
      this.#log.mapped(one.session, emptyTree(one.text), null, null, exchange);
    } else {
      logChange(this.#log, one, exchange);
    }
  }
}

function treelessCommand(command: number): boolean {
  return command === SMB1.negotiate || command === SMB1.sessionSetupAndx || command === SMB1.logoffAndx;
}
