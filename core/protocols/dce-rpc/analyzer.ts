import { Charge } from "../../bytes/held-budget.ts";
import { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { Announced } from "./announced.ts";
import { Contexts } from "./association.ts";
import type { SecurityContext } from "./auth.ts";
import { isReadByZeek, SecurityContexts, userOf } from "./auth.ts";
import type { Call, RowSurroundings } from "./call.ts";
import {
  callFor,
  callRow,
  endsWithStatus,
  isObjectCall,
  isSealed,
  KEPT_OCTETS,
  refusedBindRow,
  sealedOctets,
  weightOf,
} from "./call.ts";
import { bindRefusal, contextRefusal, FAULT_ACCESS_DENIED } from "./faults.ts";
import type { CallView, LearnedEndpoint } from "./interfaces/interface.ts";
import { BoundedNames, HandleNames } from "./interfaces/interface.ts";
import { endpointName, interfaceOf } from "./interfaces/index.ts";
import { HttpBanner } from "./http-banner.ts";
import { NdrReader } from "./ndr.ts";
import { objectReferencesIn } from "./object-references.ts";
import { skipOrpcThat, skipOrpcThis } from "./orpc.ts";
import type { AuthVerifier, PduHeader } from "./pdu.ts";
import {
  missingStub,
  parseAuthVerifier,
  parseBind,
  parseBindAck,
  parsePduHeader,
  PDU,
  PDU_HEADER_LENGTH,
  stubOffset,
} from "./pdu.ts";
import type { PduHandler } from "./pdu-stream.ts";
import { PduStream } from "./pdu-stream.ts";
import { Recognised } from "./recognised.ts";
import { dceRpcRecord, endpointRecord } from "./records.ts";
import { Stub } from "./stub.ts";
import { NIL_UUID, readUuid } from "./uuid.ts";
import { stubEndWithoutTrailer } from "./verification-trailer.ts";
import type { DceRpcWeird } from "./weirds.ts";

/** Most calls that wait for their answer. */
const MOST_CALLS = 512;
const MOST_HANDLES = 1024;
const MOST_MEMORY = 4096;
/** Most endpoints recorded of one connection: a listing of a large server has a few hundred. */
const MOST_ENDPOINTS = 2000;

/** One association: connection-oriented PDUs over TCP or in a pipe. */
export class DceRpcAnalyzer implements Analyzer, PduHandler {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #fromOriginator: PduStream;
  readonly #fromResponder: PduStream;
  readonly #reader = new ByteReader(new Uint8Array(0));
  readonly #stubReader = new ByteReader(new Uint8Array(0));
  readonly #contexts = new Contexts();
  readonly #security: SecurityContexts;
  readonly #announced: Announced;
  readonly #recognised = new Recognised();
  /** Calls that wait for their answer, by call id. */
  readonly #calls = new Map<number, Call>();
  /** What these calls take, with their stubs. */
  readonly #charge = new Charge(() => this.#forgetHalf());
  readonly #handles: HandleNames;
  readonly #memory: BoundedNames;
  #namedPipe: string | null = null;
  #endpoints = 0;
  /** True if a bind may have gone by unseen; a server does not obey calls without one. */
  #mayMissBind: boolean;
  readonly #banner = new HttpBanner();

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#fromOriginator = new PduStream(this, true);
    this.#fromResponder = new PduStream(this, false);
    this.#security = new SecurityContexts(conn, out);
    this.#announced = new Announced(conn);
    const forgot = (): void => out.forgot("DCE/RPC name");
    this.#handles = new HandleNames(MOST_HANDLES, forgot);
    this.#memory = new BoundedNames(MOST_MEMORY, forgot);
    this.#mayMissBind = !conn.sawStart;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (!fromOriginator && this.#banner.pass(r)) this.#conn.confirm();
    (fromOriginator ? this.#fromOriginator : this.#fromResponder).data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (!fromOriginator) this.#banner.lost();
    this.#security.lost(fromOriginator);
    this.#mayMissBind ||= fromOriginator;
    (fromOriginator ? this.#fromOriginator : this.#fromResponder).gap(octets);
  }

  close(): void {
    for (const call of this.#calls.values()) this.#emit(call, null);
    this.#calls.clear();
    this.#security.close();
  }

  lost(): void {
    this.#weird("dce_rpc_not_a_pdu");
  }

  hopeless(): void {
    this.#conn.violate("no DCE/RPC PDU where one must be");
  }

  /** What was called or bound stands at the beginning; arguments and results are not read of a part. */
  cut(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    const r = this.#reader;
    r.aim(bytes, start, end);
    const header = parsePduHeader(r);
    if (header.type === PDU.request && fromOriginator) this.#request(r, header, null, false, this.#conn.now);
    else if (header.type === PDU.response) this.#response(r, header, null, false, this.#conn.now);
    else if (header.type === PDU.bind || header.type === PDU.alterContext)
      this.#contexts.propose(header.callId, parseBind(r, header.littleEndian));
  }

  pdu(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): boolean {
    const r = this.#reader;
    r.aim(bytes, start, end);
    const header = parsePduHeader(r);
    const auth = parseAuthVerifier(r, header, start, end);
    if (header.authLength > 0 && auth === null) {
      this.#weird("dce_rpc_pdu_too_short");
      return true;
    }
    if (auth !== null && !isReadByZeek(auth.type)) this.#out.weird("unknown_dce_rpc_auth_type", String(auth.type));
    const bodyEnd = auth === null ? end : Math.max(start + PDU_HEADER_LENGTH, auth.start - 8 - auth.padLength);
    const stubAt = stubOffset(header);
    const opened =
      auth === null || stubAt === 0 ? null : this.#security.open(bytes, start, start + stubAt, auth, fromOriginator);
    if (opened === null) r.seek(start + PDU_HEADER_LENGTH, bodyEnd);
    else r.aim(opened, PDU_HEADER_LENGTH, bodyEnd - start);
    switch (header.type) {
      case PDU.request:
        this.#request(r, header, auth, opened !== null, this.#conn.now);
        break;
      case PDU.response:
        this.#response(r, header, auth, opened !== null, this.#conn.now);
        break;
      case PDU.fault:
        this.#fault(r, header, this.#conn.now);
        break;
      case PDU.bind:
      case PDU.alterContext:
        this.#contexts.propose(header.callId, parseBind(r, header.littleEndian));
        if (auth !== null) this.#security.token(bytes, auth, fromOriginator);
        break;
      case PDU.bindAck:
      case PDU.alterContextResponse:
        if (auth !== null) this.#security.token(bytes, auth, fromOriginator);
        this.#bindAnswer(r, header, start);
        break;
      case PDU.bindNak:
        this.#bindRefused(r, header);
        break;
      case PDU.auth3:
        if (auth !== null) this.#security.token(bytes, auth, fromOriginator);
        break;
      case PDU.orphaned:
        this.#orphaned(header.callId);
        break;
      default: // shutdown and cancel say nothing that a record needs
    }
    // Behind the authentication that it carries, as Zeek names them.
    this.#conn.confirm();
    return true;
  }

  #bindAnswer(r: ByteReader, header: PduHeader, start: number): void {
    const { secondaryAddress, results } = parseBindAck(r, header.littleEndian, start);
    if (secondaryAddress !== "") this.#namedPipe = secondaryAddress;
    for (const refused of this.#contexts.answer(header.callId, results)) {
      this.#emitRefusedBind(refused.uuid, refused.version, contextRefusal(refused.refusal ?? 0));
    }
  }

  #bindRefused(r: ByteReader, header: PduHeader): void {
    const reason = r.u16(header.littleEndian);
    if (r.truncated) return;
    const asked = this.#contexts.refuse(header.callId);
    this.#security.result(null, false);
    const version = asked === null ? null : `${asked.major}.${asked.minor}`;
    this.#emitRefusedBind(asked?.uuid ?? null, version, bindRefusal(reason));
  }

  #request(r: ByteReader, header: PduHeader, auth: AuthVerifier | null, isOpened: boolean, now: Moment): void {
    const { littleEndian, callId, missing } = header;
    r.skip(4); // Allocation hint
    const contextId = r.u16(littleEndian);
    const opnum = r.u16(littleEndian);
    const object = header.hasObject ? readUuid(r, littleEndian) : NIL_UUID;
    if (r.truncated) {
      if (missing === 0) this.#weird("dce_rpc_pdu_too_short");
      return;
    }
    let call = this.#calls.get(callId);
    if (header.isFirst || call === undefined || call.requestIsWhole) {
      if (call !== undefined) this.#finish(call, null);
      if (!header.isFirst) this.#weird("dce_rpc_fragment_without_first");
      call = this.#openCall(r, header, contextId, opnum, object, now);
      this.#makeRoom();
      this.#calls.set(callId, call);
      this.#weigh(call);
    }
    if (object !== NIL_UUID) call.object = object;
    call.security = missing > 0 && header.authLength > 0 ? this.#security.last : this.#security.of(auth);
    call.requestEnd = now;
    call.littleEndian = littleEndian;
    call.isRequestClear &&= isOpened || !isSealed(call);
    const isReadable = missing === 0 && call.isRequestClear && call.rpc?.requests?.[opnum] !== undefined;
    const isSingle = header.isFirst && header.isLast;
    call.request ??= new Stub(isReadable && !isSingle ? KEPT_OCTETS : 0, this.#charge);
    const end = header.isLast && auth !== null ? stubEndWithoutTrailer(r.source, r.pos, r.end) : r.end;
    call.request.append(r.source, r.pos, end);
    call.request.miss(missingStub(header));
    call.requestIsWhole = header.isLast;
    if (!header.isLast || !isReadable) return;
    if (isSingle) this.#readArguments(call, "request", r.source, r.pos, end);
    else this.#readArguments(call, "request", call.request.bytes);
    call.request.release();
    this.#weigh(call);
  }

  #response(r: ByteReader, header: PduHeader, auth: AuthVerifier | null, isOpened: boolean, now: Moment): void {
    const { littleEndian, callId, missing } = header;
    r.skip(4); // Allocation hint
    const contextId = r.u16(littleEndian);
    r.skip(2); // Cancel count
    if (r.truncated) {
      if (missing === 0) this.#weird("dce_rpc_pdu_too_short");
      return;
    }
    const call = this.#calls.get(callId);
    // Without its request an answer does not even tell the operation.
    if (call?.contextId !== contextId) return;
    // A request that was cut does not show how it was sealed.
    if (auth !== null) call.security ??= this.#security.of(auth);
    call.isResponseClear &&= isOpened || !isSealed(call);
    const isWhole = missing === 0;
    const isReadable = isWhole && call.isResponseClear && call.rpc?.responses?.[call.opnum] !== undefined;
    const mayHandOutObjects = isWhole && call.isResponseClear && isObjectCall(call);
    const isSingle = header.isFirst && header.isLast && call.response === null;
    call.response ??= new Stub((isReadable || mayHandOutObjects) && !isSingle ? KEPT_OCTETS : 0, this.#charge);
    call.response.append(r.source, r.pos, r.end);
    call.response.miss(missingStub(header));
    if (!header.isLast) return;
    this.#security.result(call.security, true);
    if (!isWhole) {
      // Without its status it is not known whether a call was granted.
      call.isStatusLost = endsWithStatus(call);
      this.#finish(call, now);
      return;
    }
    if (endsWithStatus(call)) call.status = call.response.lastWord(littleEndian);
    call.littleEndian = littleEndian;
    const stub = isSingle ? r.source.subarray(r.pos, r.end) : call.response.bytes;
    if (mayHandOutObjects) {
      for (const { ipid, iid } of objectReferencesIn(stub)) this.#announced.object(ipid, iid);
    }
    if (isReadable && isSingle) this.#readArguments(call, "response", r.source, r.pos, r.end);
    else if (isReadable && call.response.isWhole) this.#readArguments(call, "response", stub);
    this.#finish(call, now);
  }

  #fault(r: ByteReader, header: PduHeader, now: Moment): void {
    r.skip(8); // Allocation hint, context, cancel count
    const status = r.u32(header.littleEndian);
    if (r.truncated) {
      this.#weird("dce_rpc_pdu_too_short");
      return;
    }
    const call = this.#calls.get(header.callId);
    if (status === FAULT_ACCESS_DENIED) this.#security.result(call?.security ?? null, false);
    if (call === undefined) return;
    call.response ??= new Stub(0);
    call.response.fragments++;
    call.status = status;
    call.isFault = true;
    this.#finish(call, now);
  }

  #orphaned(callId: number): void {
    const call = this.#calls.get(callId);
    if (call === undefined) return;
    call.facts.detail ??= "given up by the client";
    this.#finish(call, null);
  }

  #openCall(r: ByteReader, header: PduHeader, contextId: number, opnum: number, object: string, from: Moment): Call {
    const { callId, littleEndian } = header;
    const context = this.#contexts.get(contextId);
    if (context !== undefined) {
      const { uuid, version, is64 } = context;
      const rpc = interfaceOf(uuid);
      return callFor({ callId, contextId, opnum, from, uuid, version, is64, rpc, isInferred: false });
    }
    const announced = this.#announced.interfaceFor(object, opnum, r.source, r.pos, r.end);
    const recognised =
      announced === null && this.#mayMissBind
        ? this.#recognised.contextFor(contextId, opnum, littleEndian, r.source, r.pos, r.end)
        : null;
    const uuid = announced ?? recognised?.uuid ?? null;
    const rpc = uuid === null ? null : interfaceOf(uuid);
    const isInferred = uuid !== null;
    const is64 = recognised?.is64 ?? false;
    return callFor({ callId, contextId, opnum, from, uuid, version: null, is64, rpc, isInferred });
  }

  #makeRoom(): void {
    if (this.#calls.size < MOST_CALLS) return;
    const oldest = this.#calls.values().next();
    if (oldest.done) return;
    this.#weird("dce_rpc_too_many_open_calls");
    this.#out.forgot("DCE/RPC call");
    this.#finish(oldest.value, null);
  }

  /** All connections hold too much: the older half of the calls is told as it stands. */
  #forgetHalf(): void {
    let left = Math.ceil(this.#calls.size / 2);
    for (const call of this.#calls.values()) {
      if (left-- === 0) return;
      this.#out.forgot("DCE/RPC call");
      this.#finish(call, null);
    }
  }

  /** Reads the stub in `bytes[start..end)`, borrowed. */
  #readArguments(call: Call, part: "request" | "response", bytes: Uint8Array, start = 0, end = bytes.length): void {
    const readers = part === "request" ? call.rpc?.requests : call.rpc?.responses;
    const reader = readers?.[call.opnum];
    if (reader === undefined) return;
    this.#stubReader.aim(bytes, start, end);
    const ndr = new NdrReader(this.#stubReader, call.littleEndian, call.is64);
    if (call.rpc?.isObject === true) {
      if (part === "request") skipOrpcThis(ndr);
      else skipOrpcThat(ndr);
    }
    const view: CallView = {
      facts: call.facts,
      handles: this.#handles,
      memory: this.#memory,
      object: call.object,
      nameOf: endpointName,
      learned: (endpoint) => this.#learned(endpoint, call),
      learnedObject: (ipid, iid) => this.#announced.object(ipid, iid),
    };
    reader(ndr, view);
  }

  #learned(endpoint: LearnedEndpoint, call: Call): void {
    if (this.#endpoints++ >= MOST_ENDPOINTS) return;
    const { uuid, major, minor, transport, address, port, name, annotation } = endpoint;
    const row = {
      endpoint: endpointName(uuid),
      interface_uuid: uuid,
      interface_version: `${major}.${minor}`,
      transport,
      address,
      port,
      name,
      annotation,
    };
    this.#out.emit(endpointRecord, row, call.from, this.#conn.now);
    this.#announced.endpoint(endpoint);
  }

  /** The call is over: its row is written. @param end When its answer was complete; null without an answer. */
  #finish(call: Call, end: Moment | null): void {
    this.#calls.delete(call.callId);
    this.#emit(call, end);
  }

  /** Charges what the call takes now. */
  #weigh(call: Call): void {
    const before = call.weight;
    call.weight = weightOf(call);
    this.#charge.add(call.weight - before);
  }

  #emit(call: Call, end: Moment | null): void {
    call.request?.release();
    call.response?.release();
    this.#charge.add(-call.weight);
    const sealed = sealedOctets(call);
    if (sealed > 0) this.#conn.seal(sealed);
    this.#out.emit(
      dceRpcRecord,
      callRow(call, end, this.#surroundings(call.security)),
      call.from,
      end ?? call.requestEnd,
    );
  }

  #emitRefusedBind(uuid: string | null, version: string | null, why: string): void {
    const security = this.#security.last;
    const now = this.#conn.now;
    this.#out.emit(dceRpcRecord, refusedBindRow(uuid, version, why, security, this.#surroundings(security)), now, now);
  }

  #surroundings(security: SecurityContext | null): RowSurroundings {
    const { pipe, carrier, identity } = this.#conn;
    const pipeName = carrier === "pipe" && pipe !== "" ? `\\PIPE\\${pipe}` : null;
    return { namedPipe: this.#namedPipe ?? pipeName, ...userOf(security, identity) };
  }

  #weird(name: DceRpcWeird): void {
    this.#out.weird(name);
  }
}
