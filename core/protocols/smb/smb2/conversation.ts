import { ByteReader } from "../../../bytes/reader.ts";
import type { Connection, Moment, RecordSink } from "../../protocol.ts";
import { FILE_ATTRIBUTE_DIRECTORY, FILE_DELETE_ON_CLOSE, FILE_DIRECTORY_FILE } from "../access-rights.ts";
import { CompressedMessages } from "../compression/compressed-messages.ts";
import { FilePayload } from "../file-payload.ts";
import type { UnitPlan } from "../framing.ts";
import { MAGIC_COMPRESSED, MAX_UNIT_OCTETS } from "../framing.ts";
import { isNtError, STATUS_PENDING, STATUS_NO_MORE_FILES } from "../nt-status.ts";
import { Listing } from "../../directory-listing.ts";
import type { Exchange, OperationLog } from "../operation-log.ts";

import type { Session, Tree } from "../state.ts";
import { NO_TREE, OpenFile } from "../state.ts";
import { logFileChange } from "./file-change.ts";
import { parseCreateRequest, parseCreateResponse, RELATED_FILE_ID } from "./create.ts";
import type { Smb2Header } from "./header.ts";
import { parseSmb2Header, SMB2, SMB2_HEADER_LENGTH } from "./header.ts";
import { logControl, readControl } from "./control.ts";
import { FSCTL_PIPE_TRANSCEIVE, parseIoctlRequest, parseIoctlResponse } from "./ioctl.ts";
import type { Pending } from "./pending.ts";
import { pendingOf, PendingRequests } from "./pending.ts";
import { parseDirectoryNames, parseQueryDirectoryRequest } from "./query-directory.ts";
import {
  parseCloseRequest,
  parseHandleRequest,
  parseReadRequest,
  parseReadResponse,
  parseWriteRequest,
} from "./read-write.ts";
import { Smb2Sessions } from "./sessions.ts";
import { parseSetInfoRequest } from "./set-info.ts";
import { bodyWanted } from "./wanted.ts";
import { parseTreeConnectRequest, parseTreeConnectResponse } from "./tree-connect.ts";

/** What the commands of one compound hand on. */
interface Compound {
  session: Session | null;
  tree: Tree | null;
  file: OpenFile | null;
}

/** SMB2 and SMB3 on one connection: pairs requests with responses and writes what they did. [MS-SMB2] 3.3.5 */
export class Smb2Conversation {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #log: OperationLog;
  readonly #sessions: Smb2Sessions;
  readonly #compression: CompressedMessages;
  readonly #pending: PendingRequests;
  readonly #payloads: readonly [FilePayload, FilePayload];
  readonly #compounds: readonly [Compound, Compound] = [
    { session: null, tree: null, file: null },
    { session: null, tree: null, file: null },
  ];

  constructor(conn: Connection, out: RecordSink, log: OperationLog) {
    this.#conn = conn;
    this.#out = out;
    this.#log = log;
    this.#compression = new CompressedMessages(out);
    this.#sessions = new Smb2Sessions(conn, out, log, (clear, fromOriginator) => this.#opened(clear, fromOriginator));
    this.#pending = new PendingRequests((request) => {
      out.weird("smb_state_limit", "requests");
      out.forgot("SMB request");
      this.#unanswered(request);
    });
    this.#payloads = [new FilePayload(conn, true), new FilePayload(conn, false)];
  }

  /** A message begins. */
  begin(fromOriginator: boolean): void {
    const compound = this.#compounds[fromOriginator ? 0 : 1];
    compound.session = null;
    compound.tree = null;
    compound.file = null;
  }

  /** See `UnitReader.unit`. */
  unit(r: ByteReader, left: number, plan: UnitPlan, fromOriginator: boolean): number {
    const at = r.pos;
    const have = r.left;
    if (have < SMB2_HEADER_LENGTH) return this.#short(SMB2_HEADER_LENGTH, have, left);
    const header = parseSmb2Header(r);
    if (header === null) {
      this.#out.weird("smb_framing_lost");
      return 0;
    }
    plan.length = this.#unitLength(header, left);
    const need = Math.min(plan.length, SMB2_HEADER_LENGTH + bodyWanted(header, r), MAX_UNIT_OCTETS);
    if (have < need) return this.#short(need, have, left);
    r.end = Math.min(r.end, at + plan.length);
    if (header.isResponse) this.#response(header, r, at, plan, fromOriginator);
    else this.#request(header, r, at, plan, fromOriginator);
    return 0;
  }

  /** A message in the transform of SMB 3 encryption; `r` is at its header. [MS-SMB2] 2.2.41 */
  sealed(r: ByteReader, left: number, plan: UnitPlan, fromOriginator: boolean): number {
    return this.#sessions.sealed(r, left, plan, fromOriginator);
  }

  /** Reads messages that were in an encrypted one, whole, as if they had come in clear. */
  #opened(clear: Uint8Array, fromOriginator: boolean): void {
    const message = clear[0] === MAGIC_COMPRESSED ? this.#compression.unpack(clear, fromOriginator) : clear;
    if (message !== null) this.#whole(message, fromOriginator);
  }

  /** A message in the compression transform; `r` is at its header. [MS-SMB2] 2.2.42 */
  compressed(left: number, plan: UnitPlan, fromOriginator: boolean): void {
    this.#compression.begin(left, plan, fromOriginator, (message) => this.#whole(message, fromOriginator));
  }

  /** Reads a message that is at hand whole. */
  #whole(clear: Uint8Array, fromOriginator: boolean): void {
    const r = new ByteReader(clear);
    this.begin(fromOriginator);
    for (let at = 0; at < clear.length;) {
      const plan: UnitPlan = { length: clear.length - at, payloadAt: 0, payloadLength: 0, taker: null };
      r.aim(clear, at, clear.length);
      if (this.unit(r, clear.length - at, plan, fromOriginator) > 0) return;
      const from = at + plan.payloadAt;
      const to = Math.min(from + plan.payloadLength, at + plan.length, clear.length);
      if (to > from) plan.taker?.take(clear, from, to);
      at += Math.max(1, plan.length);
    }
  }

  /** The connection broke off before the last `octets` octets of the payload of this direction. */
  brokeOff(octets: number, fromOriginator: boolean): void {
    this.#payloads[fromOriginator ? 0 : 1].brokeOff(octets);
  }

  /** As `brokeOff`, of an encrypted message. */
  sealedBrokeOff(octets: number, fromOriginator: boolean): void {
    this.#sessions.sealedBrokeOff(octets, fromOriginator);
  }

  close(): void {
    for (const request of this.#pending.all()) this.#unanswered(request);
    this.#sessions.close();
  }

  /** The analysis ends without the connection: handles that no other one uses are told and given back. */
  release(): void {
    this.#sessions.leave();
  }

  /** `need` octets are wanted of a command; a message that ends before is malformed. */
  #short(need: number, have: number, left: number): number {
    if (have < left) return need;
    this.#out.weird("smb_message_truncated");
    return 0;
  }

  #unitLength(header: Smb2Header, left: number): number {
    const next = header.nextCommand;
    if (next === 0) return left;
    if (next >= SMB2_HEADER_LENGTH && next < left) return next;
    this.#out.weird("smb_compound_offset_invalid");
    return left;
  }

  #request(header: Smb2Header, r: ByteReader, at: number, plan: UnitPlan, fromOriginator: boolean): void {
    const { command } = header;
    if (command === SMB2.cancel || command === SMB2.echo || command === SMB2.oplockBreak) return;
    const now = this.#conn.now;
    if (command === SMB2.negotiate) {
      this.#sessions.negotiateRequest(r, at);
      return;
    }
    if (command === SMB2.sessionSetup) {
      const setup = this.#sessions.setupRequest(header, r, at, now);
      this.#pending.add(header.messageId, pendingOf(command, now, setup.session, null, setup));
      return;
    }
    const compound = this.#compounds[fromOriginator ? 0 : 1];
    const session =
      header.isRelated && compound.session !== null
        ? compound.session
        : this.#sessions.find(header.sessionLow, header.sessionHigh);
    const tree =
      header.isRelated && compound.session !== null
        ? compound.tree
        : header.treeId === null || command === SMB2.treeConnect || command === SMB2.logoff
          ? null
          : session.tree(header.treeId);
    if (!header.isRelated) compound.file = null;
    compound.session = session;
    compound.tree = tree;
    const request = pendingOf(command, now, session, tree, null);
    this.#read(request, compound, r, at, plan, fromOriginator);
    this.#pending.add(header.messageId, request);
  }

  /** Reads a request about a share or file into `request`. */
  #read(
    request: Pending,
    compound: Compound,
    r: ByteReader,
    at: number,
    plan: UnitPlan,
    fromOriginator: boolean,
  ): void {
    switch (request.command) {
      case SMB2.treeConnect: {
        request.tree = {
          id: NO_TREE,
          path: parseTreeConnectRequest(r, at),
          shareType: null,
          isEncrypted: false,
          connectedOn: this.#conn.uid,
        };
        return;
      }
      case SMB2.create: {
        const create = parseCreateRequest(r, at);
        if (create === null) return;
        const file = new OpenFile(request.session, request.tree, create.name === "" ? "<share_root>" : create.name);
        file.desiredAccess = create.desiredAccess;
        file.disposition = create.disposition;
        file.snapshot = create.snapshot;
        file.deleteOnClose = (create.options & FILE_DELETE_ON_CLOSE) !== 0;
        if ((create.options & FILE_DIRECTORY_FILE) !== 0) file.isDirectory = true;
        request.file = file;
        compound.file = file;
        return;
      }
      case SMB2.close:
        request.file = this.#file(compound, parseCloseRequest(r));
        return;
      case SMB2.read: {
        const read = parseReadRequest(r);
        if (read === null) return;
        request.file = this.#file(compound, read.fileId);
        request.offset = read.offset;
        return;
      }
      case SMB2.write: {
        const write = parseWriteRequest(r);
        if (write === null) return;
        const file = this.#file(compound, write.fileId);
        request.file = file;
        if (file === null) return;
        const length = Math.max(0, Math.min(write.dataLength, plan.length - write.dataOffset));
        file.wrote(write.offset, length, request.from);
        request.offset = write.offset;
        request.size = length;
        plan.payloadAt = write.dataOffset;
        plan.payloadLength = length;
        plan.taker = this.#payloads[fromOriginator ? 0 : 1].aim(file, true, write.offset, length);
        return;
      }
      case SMB2.ioctl: {
        const ioctl = parseIoctlRequest(r, at);
        if (ioctl === null) return;
        request.code = ioctl.code;
        // Controls of the share name no file.
        request.file = this.#file(compound, ioctl.fileId) ?? new OpenFile(request.session, request.tree, null);
        if (ioctl.code === FSCTL_PIPE_TRANSCEIVE) {
          markPipe(request.file);
          const length = ioctl.dataLength;
          request.file.wrote(0, length, request.from);
          plan.payloadAt = ioctl.dataStart - at;
          plan.payloadLength = length;
          plan.taker = this.#payloads[fromOriginator ? 0 : 1].aim(request.file, true, 0, length);
        } else if (ioctl.dataStart <= r.end) {
          r.seek(ioctl.dataStart, Math.min(r.end, ioctl.dataStart + ioctl.dataLength));
          readControl(request, r);
        }
        return;
      }
      case SMB2.queryDirectory: {
        const query = parseQueryDirectoryRequest(r, at);
        if (query === null) return;
        request.file = this.#file(compound, query.fileId);
        request.text = query.pattern;
        request.code = query.infoClass;
        request.restarts = query.restarts;
        return;
      }
      case SMB2.lock:
      case SMB2.changeNotify:
        request.file = this.#file(compound, parseHandleRequest(r));
        return;
      case SMB2.setInfo: {
        const set = parseSetInfoRequest(r, at);
        if (set === null) return;
        request.file = this.#file(compound, set.fileId);
        request.change = set.change;
        return;
      }
      default:
        return;
    }
  }

  /** The open file that a request names; one without a name if its open was not seen. */
  #file(compound: Compound, fileId: string | null): OpenFile | null {
    if (fileId === null || compound.session === null) return null;
    const { session } = compound;
    let file: OpenFile | null | undefined;
    if (fileId === RELATED_FILE_ID) {
      file = compound.file;
    } else {
      file = session.files.get(fileId);
      if (file === undefined) {
        file = new OpenFile(session, compound.tree, null);
        file.handle = fileId;
        this.#add(file);
      }
    }
    compound.file = file;
    return file;
  }

  #add(file: OpenFile): void {
    // Its session may have ended while the answer was under way.
    this.#sessions.use(file.session);
    const dropped = file.session.addFile(file);
    if (dropped === null) return;
    this.#out.weird("smb_state_limit", "handles");
    this.#out.forgot("SMB handle");
    this.#log.ended(dropped);
  }

  #response(header: Smb2Header, r: ByteReader, at: number, plan: UnitPlan, fromOriginator: boolean): void {
    const { command, status } = header;
    if (command === SMB2.negotiate) {
      if (!isNtError(status)) this.#sessions.negotiateResponse(r, at);
      return;
    }
    if (status === STATUS_PENDING) return;
    const request = this.#pending.take(header.messageId);
    const now = this.#conn.now;
    if (command === SMB2.sessionSetup) {
      this.#sessions.setupResponse(header, r, at, request?.setup ?? null, now);
      return;
    }
    if (request === undefined) {
      this.#unasked(header, r, now);
      return;
    }
    if (request.command !== command) return;
    const exchange: Exchange = { from: request.from, to: now, status };
    if (command === SMB2.read) {
      if (!isNtError(status)) this.#readAnswered(request, r, plan, now, fromOriginator);
      return;
    }
    if (command === SMB2.write && isNtError(status)) request.file?.carried?.refused(request.offset, request.size);
    if (command === SMB2.ioctl && request.code === FSCTL_PIPE_TRANSCEIVE) {
      const answer = isNtError(status) ? null : parseIoctlResponse(r, at);
      if (answer === null || request.file === null) return;
      request.file.read(0, answer.dataLength, now);
      plan.payloadAt = answer.dataStart - at;
      plan.payloadLength = answer.dataLength;
      plan.taker = this.#payloads[fromOriginator ? 0 : 1].aim(request.file, false, 0, answer.dataLength);
      return;
    }
    if (command === SMB2.ioctl) logControl(this.#log, request, exchange, r, at);
    else this.#answered(request, exchange, header, r, at);
  }

  #readAnswered(request: Pending, r: ByteReader, plan: UnitPlan, now: Moment, fromOriginator: boolean): void {
    const place = parseReadResponse(r);
    const { file } = request;
    if (place === null || file === null) return;
    const length = Math.max(0, Math.min(place.dataLength, plan.length - place.dataOffset));
    file.read(request.offset, length, now);
    plan.payloadAt = place.dataOffset;
    plan.payloadLength = length;
    plan.taker = this.#payloads[fromOriginator ? 0 : 1].aim(file, false, request.offset, length);
  }

  /** Writes what a finished request did. */
  #answered(request: Pending, exchange: Exchange, header: Smb2Header, r: ByteReader, at: number): void {
    const { session, file } = request;
    const isGranted = !isNtError(header.status);
    switch (request.command) {
      case SMB2.logoff:
        if (isGranted) this.#sessions.end(session);
        return;
      case SMB2.treeConnect:
        this.#treeConnected(request, exchange, isGranted ? header.treeId : null, r);
        return;
      case SMB2.treeDisconnect:
        if (isGranted && request.tree !== null) session.trees.delete(request.tree.id);
        return;
      case SMB2.create:
        if (file !== null) this.#created(file, exchange, isGranted ? parseCreateResponse(r) : null);
        return;
      case SMB2.close:
        if (file === null || !isGranted) return;
        this.#log.used(file);
        if (file.tree?.shareType === "PRINT") this.#log.printed(file, exchange);
        this.#log.closed(file);
        session.files.delete(file.handle);
        return;
      case SMB2.queryDirectory:
        logFileChange(this.#log, request, exchange);
        if (file !== null) this.#listed(file, request, exchange, r, at);
        return;
      default:
        logFileChange(this.#log, request, exchange);
    }
  }

  /** Names of a directory come in several answers, until one says that there are no more. */
  #listed(file: OpenFile, request: Pending, exchange: Exchange, r: ByteReader, at: number): void {
    const { status } = exchange;
    const pattern = request.text ?? "*";
    if (status === null || (pattern !== "*" && pattern !== "*.*") || file.name === null) return;
    if (status === STATUS_NO_MORE_FILES) {
      this.#log.listed(file, true);
      return;
    }
    if (isNtError(status)) return;
    if (request.restarts) this.#log.listed(file, false);
    file.listing ??= new Listing(request.restarts || !file.wasListed, exchange.from);
    file.wasListed = true;
    const names = parseDirectoryNames(r, at, request.code);
    if (names === null) file.listing.lost();
    else for (const name of names) file.listing.add(name);
    file.listing.to = exchange.to;
  }

  #treeConnected(request: Pending, exchange: Exchange, treeId: number | null, r: ByteReader): void {
    const path = request.tree?.path ?? null;
    const answer = treeId === null ? null : parseTreeConnectResponse(r);
    const tree: Tree = {
      id: treeId ?? NO_TREE,
      path,
      shareType: answer?.shareType ?? null,
      isEncrypted: answer?.mustEncrypt ?? false,
      connectedOn: request.tree === null ? "" : this.#conn.uid,
    };
    if (treeId !== null) this.#sessions.use(request.session);
    if (treeId !== null && request.session.addTree(tree) !== null) {
      this.#out.weird("smb_state_limit", "shares");
      this.#out.forgot("SMB share");
    }
    this.#log.mapped(request.session, tree, null, null, exchange);
  }

  #created(file: OpenFile, exchange: Exchange, answer: ReturnType<typeof parseCreateResponse>): void {
    if (answer !== null) {
      file.handle = answer.fileId;
      file.size = answer.size;
      file.createAction = answer.action;
      file.isDirectory = (answer.attributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
      if ((answer.times.modified ?? 0n) > 0n) file.times = answer.times;
      this.#add(file);
    }
    this.#log.opened(file, exchange);
    if (answer !== null && file.deleteOnClose) this.#log.deleted(file, exchange);
  }

  /** A response whose request was not seen: shares and handles are learnt from it as far as it tells. */
  #unasked(header: Smb2Header, r: ByteReader, now: Moment): void {
    if (isNtError(header.status) || header.treeId === null) return;
    const session = this.#sessions.find(header.sessionLow, header.sessionHigh);
    const exchange: Exchange = { from: now, to: now, status: header.status };
    if (header.command === SMB2.treeConnect) {
      this.#treeConnected(pendingOf(header.command, now, session, null, null), exchange, header.treeId, r);
    } else if (header.command === SMB2.create) {
      const answer = parseCreateResponse(r);
      if (answer !== null) this.#created(new OpenFile(session, session.tree(header.treeId), null), exchange, answer);
    }
  }

  #unanswered(request: Pending): void {
    const exchange: Exchange = { from: request.from, to: request.from, status: null };
    if (request.command === SMB2.create && request.file !== null) this.#log.opened(request.file, exchange);
    else if (request.command === SMB2.treeConnect && request.tree !== null)
      this.#log.mapped(request.session, request.tree, null, null, exchange);
    else logFileChange(this.#log, request, exchange);
  }
}

/** Only a pipe can be asked for a transceive. */
function markPipe(file: OpenFile): void {
  if (file.tree !== null) file.tree.shareType ??= "PIPE";
}
