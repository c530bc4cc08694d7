import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import type { Call } from "./call.ts";
import { callFor, callRow, weightOf } from "./call.ts";
import type { DatagramHeader } from "./datagram.ts";
import { DATAGRAM, looksLikeDatagram, parseDatagramHeader } from "./datagram.ts";
import { interfaceOf } from "./interfaces/index.ts";
import { dceRpcRecord } from "./records.ts";
import { Stub } from "./stub.ts";
import { NIL_UUID } from "./uuid.ts";

/** Most calls that wait for their answer. */
const MOST_CALLS = 512;

/**
 * Connectionless calls over UDP: every datagram names interface, operation and call by itself. Their arguments are
 * counted and not read. [C706] 12.5
 */
export class DatagramAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #calls = new HeldMap<string, Call>(weightOf, (call) => this.#givenUp(call));

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader): void {
    if (!looksLikeDatagram(r)) {
      this.#out.weird("dce_rpc_not_a_pdu");
      return;
    }
    const header = parseDatagramHeader(r);
    this.#conn.confirm();
    const bodyEnd = r.pos + header.length;
    switch (header.type) {
      case DATAGRAM.request:
        this.#request(r, bodyEnd, header);
        break;
      case DATAGRAM.response:
        this.#response(r, bodyEnd, header);
        break;
      case DATAGRAM.fault:
      case DATAGRAM.reject:
        this.#refused(r, header);
        break;
      default: // Pings and acknowledgements
    }
  }

  gap(): void {
    // A datagram is whole or not there.
  }

  close(): void {
    for (const call of this.#calls.values()) this.#emit(call, null);
    this.#calls.clear();
  }

  #request(r: ByteReader, bodyEnd: number, header: DatagramHeader): void {
    const now = this.#conn.now;
    let call = this.#calls.get(header.call);
    if (call === undefined) {
      call = this.#open(header, now);
      this.#makeRoom();
      this.#calls.set(header.call, call);
    } else if (header.isFirst) {
      return; // Sent again
    }
    call.requestEnd = now;
    call.request ??= new Stub(0);
    call.request.append(r.source, r.pos, bodyEnd);
  }

  #response(r: ByteReader, bodyEnd: number, header: DatagramHeader): void {
    const call = this.#calls.get(header.call);
    if (call === undefined) return;
    call.response ??= new Stub(0);
    call.response.append(r.source, r.pos, bodyEnd);
    if (!header.isLast) return;
    const hasStatus = call.rpc !== null && call.rpc.hasNoStatus !== true && !header.isAuthenticated;
    if (hasStatus) call.status = call.response.lastWord(header.littleEndian);
    this.#finish(header.call, call);
  }

  #refused(r: ByteReader, header: DatagramHeader): void {
    const call = this.#calls.get(header.call);
    if (call === undefined) return;
    const status = r.u32(header.littleEndian);
    call.response ??= new Stub(0);
    call.response.fragments++;
    call.status = r.truncated ? null : status;
    call.isFault = true;
    this.#finish(header.call, call);
  }

  #open(header: DatagramHeader, from: Moment): Call {
    const { sequence, opnum, uuid, version, object } = header;
    const call = callFor({
      callId: sequence,
      contextId: 0,
      opnum,
      from,
      uuid,
      version,
      is64: false,
      rpc: interfaceOf(uuid),
      isInferred: false,
    });
    if (object !== NIL_UUID) call.object = object;
    return call;
  }

  #makeRoom(): void {
    if (this.#calls.size < MOST_CALLS) return;
    const oldest = this.#calls.entries().next();
    if (oldest.done) return;
    const [key, call] = oldest.value;
    this.#out.weird("dce_rpc_too_many_open_calls");
    this.#calls.delete(key);
    this.#givenUp(call);
  }

  #givenUp(call: Call): void {
    this.#out.forgot("DCE/RPC call");
    this.#emit(call, null);
  }

  #finish(key: string, call: Call): void {
    this.#calls.delete(key);
    this.#emit(call, this.#conn.now);
  }

  #emit(call: Call, end: Moment | null): void {
    const row = callRow(call, end, { namedPipe: null, user: null, isFromTicket: null });
    this.#out.emit(dceRpcRecord, row, call.from, end ?? call.requestEnd);
  }
}
