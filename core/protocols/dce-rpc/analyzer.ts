import { Carry } from "../../bytes/carry.ts";
import { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, InnerStream, Moment, RecordSink } from "../protocol.ts";
import { Contexts } from "./association.ts";
import { authTypeName, hasGssTokens, LEVEL_CONNECT, LEVEL_PRIVACY } from "./auth.ts";
import type { Call } from "./call.ts";
import { callFor, emptyRow, KEPT_OCTETS } from "./call.ts";
import { bindRefusal, contextRefusal, FAULT_ACCESS_DENIED, faultName } from "./faults.ts";
import type { CallView, LearnedEndpoint } from "./interfaces/interface.ts";
import { BoundedNames, HandleNames } from "./interfaces/interface.ts";
import { endpointName, interfaceOf, interfaceOfPipe, operationName } from "./interfaces/index.ts";
import { iRemoteScmActivator } from "./interfaces/i-remote-scm-activator.ts";
import { NdrReader } from "./ndr.ts";
import { looksLikeActivation, objectReferencesIn } from "./object-references.ts";
import { skipOrpcThat, skipOrpcThis } from "./orpc.ts";
import { outcomeOf } from "./outcome.ts";
import type { AuthVerifier, PduHeader } from "./pdu.ts";
import {
  looksLikePdu,
  parseAuthVerifier,
  parseBind,
  parseBindAck,
  parsePduHeader,
  PDU,
  PDU_HEADER_LENGTH,
  pduLength,
} from "./pdu.ts";
import type { DceRpcRow } from "./records.ts";
import { dceRpcRecord, endpointRecord } from "./records.ts";
import { Stub } from "./stub.ts";
import { NIL_UUID, readUuid } from "./uuid.ts";
import { stubEndWithoutTrailer } from "./verification-trailer.ts";
import type { DceRpcWeird } from "./weirds.ts";

const MAPPER_PORT = 135;
const LONGEST_PDU = 65_535;
/** Most calls that wait for their answer. */
const MOST_CALLS = 512;
const MOST_HANDLES = 1024;
const MOST_MEMORY = 4096;
/** Most endpoints recorded of one connection: a listing of a large server has a few hundred. */
const MOST_ENDPOINTS = 2000;
/** Octets without a single PDU after which this is held to be something else. */
const LOST_LIMIT = 262_144;

/** One direction of the association. */
interface Side {
  readonly carry: Carry;
  /** Octets still to come of a PDU that a gap has damaged. */
  discard: number;
  /** True while the beginning of the next PDU is being searched for. */
  isLost: boolean;
  lostOctets: number;
}

/** Key in `Connection.pair` of the interface that a port was announced for. */
export function portKey(host: string, port: number): string {
  return `dce_rpc ${host} ${port}`;
}

/** Key in `Connection.pair` of the interface that an object's IPID stands for. */
function objectKey(ipid: string): string {
  return `dce_rpc ipid ${ipid}`;
}

/** One association: connection-oriented PDUs over TCP or in a pipe. */
export class DceRpcAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #sides: readonly [Side, Side];
  readonly #reader = new ByteReader(new Uint8Array(0));
  readonly #contexts = new Contexts();
  /** Calls that wait for their answer, by call id. */
  readonly #calls = new Map<number, Call>();
  readonly #handles = new HandleNames(MOST_HANDLES);
  readonly #memory = new BoundedNames(MOST_MEMORY);
  #namedPipe: string | null = null;
  #gss: InnerStream | null = null;
  /** Security of the last authenticated bind; calls at level connect do not repeat it. */
  #auth: { readonly type: number; readonly level: number } | null = null;
  #isAuthPending = false;
  #endpoints = 0;
  #isViolated = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#sides = [newSide(), newSide()];
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const side = this.#sides[fromOriginator ? 0 : 1];
    if (side.discard > 0) {
      const dropped = Math.min(side.discard, r.left);
      r.skip(dropped);
      side.discard -= dropped;
      if (r.left === 0) return;
    }
    const span = side.carry.join(r.source, r.pos, r.end);
    let at = span.start;
    while (!this.#isViolated) {
      if (side.isLost) {
        at = this.#search(side, span.bytes, at, span.end);
        if (side.isLost) break;
      }
      const reader = this.#reader;
      reader.aim(span.bytes, at, span.end);
      if (reader.left < 3) break;
      if (!looksLikePdu(reader)) {
        this.#weird("dce_rpc_not_a_pdu");
        side.isLost = true;
        continue;
      }
      const length = pduLength(reader);
      if (length === 0 || length > reader.left) break;
      side.lostOctets = 0;
      this.#pdu(span.bytes, at, at + length, fromOriginator);
      at += length;
    }
    side.carry.keep(span, at);
  }

  gap(octets: number, fromOriginator: boolean): void {
    const side = this.#sides[fromOriginator ? 0 : 1];
    if (side.discard > 0) {
      const missed = Math.min(octets, side.discard);
      side.discard -= missed;
      if (missed < octets) side.isLost = true;
      return;
    }
    const held = side.carry.join(EMPTY, 0, 0);
    this.#reader.aim(held.bytes, held.start, held.end);
    const length = held.end > held.start && !side.isLost ? pduLength(this.#reader) : 0;
    const missing = length - (held.end - held.start);
    side.carry.clear();
    if (length > 0 && octets <= missing) side.discard = missing - octets;
    else side.isLost = true;
  }

  close(): void {
    for (const call of this.#calls.values()) this.#emit(call, null);
    this.#calls.clear();
    this.#gss?.close();
  }

  /** Finds the next place where a PDU may begin; fewer than a header's octets are kept for the next call. */
  #search(side: Side, bytes: Uint8Array, from: number, end: number): number {
    const reader = this.#reader;
    let at = from;
    for (; at + PDU_HEADER_LENGTH <= end; at++) {
      if (bytes[at] !== 5) continue;
      reader.aim(bytes, at, end);
      if (looksLikePdu(reader)) break;
    }
    side.lostOctets += at - from;
    if (at + PDU_HEADER_LENGTH <= end) side.isLost = false;
    else if (side.lostOctets > LOST_LIMIT) {
      this.#isViolated = true;
      this.#conn.violate("no DCE/RPC PDU where one must be");
    }
    return at;
  }

  #pdu(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    const r = this.#reader;
    r.aim(bytes, start, end);
    const header = parsePduHeader(r);
    const auth = parseAuthVerifier(r, header, start, end);
    if (header.authLength > 0 && auth === null) {
      this.#weird("dce_rpc_pdu_too_short");
      return;
    }
    const bodyEnd = auth === null ? end : Math.max(start + PDU_HEADER_LENGTH, auth.start - 8 - auth.padLength);
    r.seek(start + PDU_HEADER_LENGTH, bodyEnd);
    this.#conn.confirm();
    switch (header.type) {
      case PDU.request:
        this.#request(r, header, auth, this.#conn.now);
        break;
      case PDU.response:
        this.#response(r, header, this.#conn.now);
        break;
      case PDU.fault:
        this.#fault(r, header, this.#conn.now);
        break;
      case PDU.bind:
      case PDU.alterContext:
        this.#contexts.propose(header.callId, parseBind(r, header.littleEndian));
        this.#token(bytes, auth, fromOriginator);
        break;
      case PDU.bindAck:
      case PDU.alterContextResponse:
        this.#token(bytes, auth, fromOriginator);
        this.#bindAnswer(r, header, start);
        break;
      case PDU.bindNak:
        this.#bindRefused(r, header);
        break;
      case PDU.auth3:
        this.#token(bytes, auth, fromOriginator);
        break;
      case PDU.orphaned:
        this.#orphaned(header.callId);
        break;
      default: // shutdown and cancel say nothing that a record needs
    }
  }

  #token(bytes: Uint8Array, auth: AuthVerifier | null, fromOriginator: boolean): void {
    if (auth === null) return;
    this.#auth = { type: auth.type, level: auth.level };
    if (!hasGssTokens(auth.type)) return;
    this.#gss ??= this.#conn.inner("gss", "dce_rpc");
    this.#gss.data(bytes, auth.start, auth.end, fromOriginator);
    this.#isAuthPending = true;
  }

  #authResult(success: boolean): void {
    if (!this.#isAuthPending) return;
    this.#isAuthPending = false;
    this.#gss?.tell({ kind: "auth-result", success });
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
    this.#authResult(false);
    const version = asked === null ? null : `${asked.major}.${asked.minor}`;
    this.#emitRefusedBind(asked?.uuid ?? null, version, bindRefusal(reason));
  }

  #emitRefusedBind(uuid: string | null, version: string | null, why: string): void {
    const row = emptyRow();
    row.endpoint = uuid === null ? "unknown" : endpointName(uuid);
    row.interface_uuid = uuid;
    row.interface_version = version;
    row.outcome = "refused";
    row.detail = why;
    this.#setCommon(row, this.#auth);
    const now = this.#conn.now;
    this.#out.emit(dceRpcRecord, row, now, now);
  }

  #request(r: ByteReader, header: PduHeader, auth: AuthVerifier | null, now: Moment): void {
    const { littleEndian, callId } = header;
    r.skip(4); // Allocation hint
    const contextId = r.u16(littleEndian);
    const opnum = r.u16(littleEndian);
    const object = header.hasObject ? readUuid(r, littleEndian) : NIL_UUID;
    if (r.truncated) {
      this.#weird("dce_rpc_pdu_too_short");
      return;
    }
    let call = this.#calls.get(callId);
    if (header.isFirst || call === undefined || call.requestIsWhole) {
      if (call !== undefined) this.#finish(call, null);
      if (!header.isFirst) this.#weird("dce_rpc_fragment_without_first");
      call = this.#openCall(r, callId, contextId, opnum, object, now);
      this.#makeRoom();
      this.#calls.set(callId, call);
    }
    if (object !== NIL_UUID) call.object = object;
    call.auth = auth ?? (this.#auth?.level === LEVEL_CONNECT ? this.#auth : null);
    call.requestEnd = now;
    call.littleEndian = littleEndian;
    const reader = call.rpc?.requests?.[opnum];
    const isReadable = reader !== undefined && call.auth?.level !== LEVEL_PRIVACY;
    call.request ??= new Stub(isReadable ? KEPT_OCTETS : 0);
    const end = header.isLast && auth !== null ? stubEndWithoutTrailer(r.source, r.pos, r.end) : r.end;
    call.request.append(r.source, r.pos, end);
    call.requestIsWhole = header.isLast;
    if (!header.isLast || !isReadable) return;
    this.#readArguments(call, call.request, "request");
  }

  #response(r: ByteReader, header: PduHeader, now: Moment): void {
    const { littleEndian, callId } = header;
    r.skip(4);
    const contextId = r.u16(littleEndian);
    r.skip(2); // Cancel count
    if (r.truncated) {
      this.#weird("dce_rpc_pdu_too_short");
      return;
    }
    const call = this.#calls.get(callId);
    // Without its request an answer does not even tell the operation.
    if (call === undefined || call.contextId !== contextId) return;
    const isClear = call.auth?.level !== LEVEL_PRIVACY;
    const isObject = call.rpc?.isObject === true || call.object !== null;
    const isReadable = isClear && call.rpc?.responses?.[call.opnum] !== undefined;
    call.response ??= new Stub(isReadable || (isClear && isObject) ? KEPT_OCTETS : 0);
    call.response.append(r.source, r.pos, r.end);
    if (!header.isLast) return;
    this.#authResult(true);
    if (isClear && (call.rpc === null ? call.object !== null : call.rpc.hasNoStatus !== true)) {
      call.status = call.response.lastWord(littleEndian);
    }
    call.littleEndian = littleEndian;
    if (isClear && isObject) {
      for (const { ipid, iid } of objectReferencesIn(call.response.bytes)) this.#learnedObject(ipid, iid);
    }
    if (isReadable && call.response.isWhole) this.#readArguments(call, call.response, "response");
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
    if (status === FAULT_ACCESS_DENIED) this.#authResult(false);
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

  #openCall(r: ByteReader, callId: number, contextId: number, opnum: number, object: string, now: Moment): Call {
    const context = this.#contexts.get(contextId);
    if (context !== undefined) {
      const { uuid, version, is64 } = context;
      return callFor({ callId, contextId, opnum, from: now, uuid, version, is64, rpc: interfaceOf(uuid) });
    }
    const uuid = this.#inferInterface(r, opnum, object);
    const rpc = uuid === null ? null : interfaceOf(uuid);
    const call = callFor({ callId, contextId, opnum, from: now, uuid, version: null, is64: false, rpc });
    call.isInferred = uuid !== null;
    return call;
  }

  /**
   * Interface of a call whose bind was not seen: from the object that it is for, the pipe's name, the endpoint mapper's
   * earlier answer, or an object reference in an activation request.
   */
  #inferInterface(r: ByteReader, opnum: number, object: string): string | null {
    const { pipe, pair, respH, respP, carrier } = this.#conn;
    if (object !== NIL_UUID) {
      const known = pair.get(objectKey(object));
      if (typeof known === "string") return known;
    }
    if (carrier === "pipe") return interfaceOfPipe(pipe)?.uuid ?? null;
    const announced = pair.get(portKey(respH, respP));
    if (typeof announced === "string") return announced;
    const mayActivate = respP === MAPPER_PORT && (opnum === 3 || opnum === 4);
    return mayActivate && looksLikeActivation(r.source, r.pos, r.end) ? iRemoteScmActivator.uuid : null;
  }

  #makeRoom(): void {
    if (this.#calls.size < MOST_CALLS) return;
    const oldest = this.#calls.values().next();
    if (oldest.done) return;
    this.#weird("dce_rpc_too_many_open_calls");
    this.#finish(oldest.value, null);
  }

  #readArguments(call: Call, stub: Stub, part: "request" | "response"): void {
    const readers = part === "request" ? call.rpc?.requests : call.rpc?.responses;
    const reader = readers?.[call.opnum];
    if (reader === undefined) return;
    const ndr = new NdrReader(new ByteReader(stub.bytes), call.littleEndian, call.is64);
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
      learnedObject: (ipid, iid) => this.#learnedObject(ipid, iid),
    };
    reader(ndr, view);
  }

  #learnedObject(ipid: string, iid: string): void {
    this.#conn.pair.set(objectKey(ipid), iid);
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
    const { respH, pair } = this.#conn;
    const isHere = address === null || address === "0.0.0.0" || address === respH;
    if (transport !== "tcp" || port === null || port === 0 || !isHere) return;
    this.#conn.expect(respH, port, "dce_rpc");
    pair.set(portKey(respH, port), uuid);
  }

  /** The call is over: its row is written. @param end When its answer was complete; null without an answer. */
  #finish(call: Call, end: Moment | null): void {
    this.#calls.delete(call.callId);
    this.#emit(call, end);
  }

  #emit(call: Call, end: Moment | null): void {
    const row = emptyRow();
    const { uuid, opnum, facts, rpc, status } = call;
    row.rtt = end === null ? null : Number(end.ts - call.requestEnd.ts);
    row.endpoint = uuid === null ? "unknown" : endpointName(uuid);
    row.operation = operationName(rpc, opnum);
    row.interface_uuid = uuid;
    row.interface_version = call.version;
    row.opnum = opnum;
    row.context_id = call.contextId;
    row.inferred = call.isInferred;
    row.object_uuid = call.object;
    row.request_octets = call.request?.length ?? null;
    row.response_octets = end === null || call.isFault ? null : (call.response?.length ?? null);
    row.fragments = (call.request?.fragments ?? 0) + (call.response?.fragments ?? 0);
    row.status = status === null || end === null ? null : `0x${status.toString(16).padStart(8, "0")}`;
    row.fault = end === null ? null : call.isFault;
    if (end === null) row.outcome = "attempted";
    else if (call.isFault) row.outcome = "refused";
    else row.outcome = status === null ? "confirmed" : outcomeOf(rpc, status);
    row.target_name = facts.target;
    row.command = facts.command;
    row.detail = call.isFault && status !== null ? joined(facts.detail, faultName(status)) : facts.detail;
    this.#setCommon(row, call.auth);
    this.#out.emit(dceRpcRecord, row, call.from, end ?? call.requestEnd);
  }

  #setCommon(row: Mutable<DceRpcRow>, auth: { readonly type: number; readonly level: number } | null): void {
    const { pipe, carrier, identity } = this.#conn;
    row.named_pipe = this.#namedPipe ?? (carrier === "pipe" && pipe !== "" ? `\\PIPE\\${pipe}` : null);
    row.auth_type = auth === null ? null : authTypeName(auth.type);
    row.auth_level = auth?.level ?? null;
    row.sealed = auth?.level === LEVEL_PRIVACY;
    const who = this.#gss?.identity ?? identity;
    if (who?.user) row.user = who.domain ? `${who.domain}\\${who.user}` : who.user;
  }

  #weird(name: DceRpcWeird): void {
    this.#out.weird(name);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const EMPTY = new Uint8Array(0);

function newSide(): Side {
  return { carry: new Carry(LONGEST_PDU + PDU_HEADER_LENGTH), discard: 0, isLost: false, lostOctets: 0 };
}

function joined(first: string | null, second: string): string {
  return first === null ? second : `${first}; ${second}`;
}
