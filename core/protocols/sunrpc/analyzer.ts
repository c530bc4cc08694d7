import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, InnerStream, Moment, RecordSink } from "../protocol.ts";
import { CallCounts } from "./call-counts.ts";
import { CompoundCall } from "./compound-call.ts";
import type { Exchange, ProgramCall, Transfer } from "./exchange.ts";
import { FilePayload } from "./file-payload.ts";
import { Handles } from "./handles.ts";
import type { CallHeader } from "./message.ts";
import { CALL, GSS_DATA, GSS_INTEGRITY, GSS_PRIVACY, readCall, readReply, REPLY, RPCSEC_GSS } from "./message.ts";
import { MountCall } from "./mount.ts";
import { NfsCall } from "./nfs-call.ts";
import { OperationLog } from "./operation-log.ts";
import { PortmapCall } from "./portmap.ts";
import { isCallback, MOUNT, NFS, PORTMAP, procedureName, programName } from "./programs.ts";
import { RecordStream } from "./record-stream.ts";
import { StoredFiles } from "./stored-files.ts";
import type { Hole, Payload } from "./xdr.ts";
import { XdrReader } from "./xdr.ts";

/** Calls without answers that are kept; clients have at most some hundred in flight. */
const MOST_PENDING = 1024;
/** Octets of memory of a call, and of what is read of each octet of it: compounds are made of many short parts. */
const CALL_WEIGHT = 1024;
const DENSE = 8;
/** Octets without a record behind which a connection that was thought to have some is given up. */
const MOST_SEARCHED = 1 << 16;

/** Greatest flavor of a verifier that an answer may have; RPCSEC_GSS is 6. */
const MOST_FLAVOR = 6;

/** Shortest message: a call that was denied. RFC 5531 9 */
const SHORTEST = 20;

type CallOfFiles = NfsCall | CompoundCall;

interface Pending {
  readonly header: CallHeader;
  readonly from: Moment;
  readonly call: ProgramCall | null;
  /** Of its record. */
  readonly octets: number;
}

/** One connection, or the datagrams between two ports, with remote procedure calls of any program, in both directions. */
export class SunrpcAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #streams: readonly [RecordStream, RecordStream];
  /** Calls without an answer yet, by who called and the transaction. */
  readonly #pending = new HeldMap<string, Pending>(
    ({ octets }) => CALL_WEIGHT + DENSE * octets,
    (pending) => this.#givenUp(pending),
  );
  readonly #counts: CallCounts;
  readonly #log: OperationLog;
  readonly #payload: FilePayload;
  /** Security tokens of RPCSEC_GSS. */
  #tokens: InnerStream | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#streams = [new RecordStream(conn, this, false), new RecordStream(conn, this, true)];
    this.#counts = new CallCounts(out);
    const files = new StoredFiles(conn, out);
    this.#log = new OperationLog(out, files);
    this.#payload = new FilePayload(files);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#conn.carrier === "udp") {
      if (r.left >= SHORTEST && this.isMessage(r, fromOriginator)) this.record(r, null, fromOriginator);
      return;
    }
    const stream = this.#streamOf(fromOriginator);
    stream.data(r);
    const [back, forth] = this.#streams;
    if (back.records + forth.records === 0 && stream.searched > MOST_SEARCHED)
      this.#conn.violate("no remote procedure calls");
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#conn.carrier !== "udp") this.#streamOf(fromOriginator).gap(octets);
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
    for (const pending of this.#pending.values()) this.#unanswered(pending);
    this.#pending.clear();
    this.#log.close();
    this.#counts.close();
    this.#tokens?.close();
  }

  isMessage(r: ByteReader, fromOriginator: boolean): boolean {
    const type = r.peekU32be(4);
    if (type === CALL) return r.peekU32be(8) === 2;
    if (type !== REPLY || r.peekU32be(8) > 1) return false;
    return this.#pending.has(keyOf(!fromOriginator, r.peekU32be(0))) || r.peekU32be(12) <= MOST_FLAVOR;
  }

  preview(r: ByteReader, fromOriginator: boolean): Payload | null {
    const x = new XdrReader(r);
    const xid = x.u32();
    let transfers: readonly Transfer[] = [];
    if (x.u32() === CALL) {
      const header = readCall(xid, x);
      if (header?.program !== NFS || !passesGss(header, x)) return null;
      transfers = this.#callOfFiles(header, x).sent;
    } else {
      const pending = this.#pending.get(keyOf(!fromOriginator, xid));
      if (!pending?.call || readReply(xid, x)?.refusal !== null || !passesGss(pending.header, x)) return null;
      transfers = pending.call.transfers(pending.call.read(x));
    }
    const { beyond } = x;
    if (beyond === null) return null;
    const last = transfers.at(-1);
    if (last !== undefined) this.#payload.begin(last, fromOriginator);
    return beyond;
  }

  payload(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): boolean {
    return this.#payload.take(bytes, start, end, fromOriginator);
  }

  payloadLost(octets: number, isSkipped: boolean, fromOriginator: boolean): void {
    this.#payload.lost(octets, isSkipped, fromOriginator);
  }

  weird(name: string): void {
    this.#out.weird(name);
  }

  record(r: ByteReader, hole: Hole | null, fromOriginator: boolean): void {
    const octets = r.left;
    const x = new XdrReader(r, hole);
    const xid = x.u32();
    if (x.u32() === CALL) this.#called(xid, x, octets, fromOriginator);
    else this.#answered(xid, x, fromOriginator);
  }

  #called(xid: number, x: XdrReader, octets: number, fromOriginator: boolean): void {
    const header = readCall(xid, x);
    if (header === null) {
      this.#out.weird("bad_RPC");
      return;
    }
    const source = programName(header.program).toUpperCase();
    if (!fromOriginator && !isCallback(header.program)) this.#out.weird("responder_RPC_call", undefined, source);
    const key = keyOf(fromOriginator, xid);
    // Sent again, because the answer did not come in time.
    const former = this.#pending.get(key)?.header;
    if (former !== undefined) {
      if (!isSameCall(former, header)) this.#out.weird("RPC_rexmit_inconsistency", undefined, source);
      return;
    }
    if (this.#pending.size >= MOST_PENDING) {
      this.#out.weird("RPC_pending_calls_discarded", undefined, source);
      const [oldest, pending] = this.#pending.entries().next().value!;
      this.#pending.delete(oldest);
      this.#givenUp(pending);
    }
    const { gssProcedure } = header.credential;
    const isData = gssProcedure < 0 || gssProcedure === GSS_DATA;
    if (!isData) this.#token(x, fromOriginator);
    const call = isData ? this.#callOf(header, x, fromOriginator) : null;
    this.#tellOddities(x, header);
    this.#pending.set(key, { header, from: this.#conn.now, call, octets });
  }

  #answered(xid: number, x: XdrReader, fromOriginator: boolean): void {
    const key = keyOf(!fromOriginator, xid);
    const pending = this.#pending.get(key);
    if (pending === undefined) {
      if (this.#conn.sawStart) this.#out.weird("unpaired_RPC_response");
      return;
    }
    const reply = readReply(xid, x);
    if (reply === null) {
      this.#out.weird("bad_RPC", undefined, programName(pending.header.program).toUpperCase());
      return;
    }
    this.#pending.delete(key);
    const { header, call, from } = pending;
    if (fromOriginator && !isCallback(header.program))
      this.#out.weird("originator_RPC_reply", undefined, programName(header.program).toUpperCase());
    this.#confirm(header);
    const { refusal } = reply;
    const exchange: Exchange = {
      header,
      from,
      to: this.#conn.now,
      identity: this.#identity,
      isAnswered: true,
      refusal,
    };
    if (call === null) {
      if (header.credential.gssProcedure > GSS_DATA && refusal === null) this.#tokenBack(x, fromOriginator);
      this.#countOther(exchange);
      return;
    }
    let answer: unknown = null;
    if (refusal === null && passesGss(header, x)) {
      answer = call.read(x);
      for (const transfer of call.transfers(answer)) this.#take(transfer, x, fromOriginator);
      this.#tellOddities(x, header);
    } else if (refusal === null) this.#conn.seal(x.r.left);
    call.report(answer, exchange);
    if (header.program !== NFS) this.#countOther(exchange);
  }

  #givenUp(pending: Pending): void {
    this.#out.forgot("Sun RPC call");
    this.#unanswered(pending);
  }

  #unanswered({ header, from, call }: Pending): void {
    const exchange: Exchange = { header, from, to: from, identity: this.#identity, isAnswered: false, refusal: null };
    call?.report(null, exchange);
    if (call === null || header.program !== NFS) this.#countOther(exchange);
  }

  #callOf(header: CallHeader, x: XdrReader, fromOriginator: boolean): ProgramCall | null {
    const { program, version, procedure } = header;
    if (program === NFS) {
      const isOpen = passesGss(header, x);
      if (!isOpen) this.#conn.seal(x.r.left);
      const call = this.#callOfFiles(header, isOpen ? x : null);
      for (const transfer of call.sent) this.#take(transfer, x, fromOriginator);
      return call;
    }
    if (!passesGss(header, x)) return null;
    if (program === PORTMAP && version >= 2 && version <= 4)
      return new PortmapCall(this.#conn, this.#out, version, procedure, x);
    if (program === MOUNT) return new MountCall(this.#out, this.#handles, version, procedure, x);
    return null;
  }

  #callOfFiles(header: CallHeader, x: XdrReader | null): CallOfFiles {
    const { version, procedure } = header;
    const count: CallCounts["count"] = (...counted) => this.#counts.count(...counted);
    if (version === 4 && procedure === 1) return new CompoundCall(x, this.#handles, this.#log, count);
    const operation = procedureName(NFS, version, procedure);
    return new NfsCall(version, operation, x, this.#handles, this.#log, count);
  }

  get #handles(): Handles {
    return Handles.of(this.#conn.pair, this.#conn.respH, () => this.#out.forgot("NFS handle"));
  }

  get #identity() {
    return this.#tokens?.identity ?? null;
  }

  /** File data that is whole in the record at hand; what went by in pieces was taken before. */
  #take(transfer: Transfer, x: XdrReader, fromOriginator: boolean): void {
    const { at, octets } = transfer.payload;
    if (at < 0 || octets === 0) return;
    this.#payload.begin(transfer, fromOriginator);
    this.#payload.take(x.r.source, at, at + octets, fromOriginator);
  }

  #countOther(exchange: Exchange): void {
    const { header, refusal, isAnswered } = exchange;
    const { program, version, procedure, credential } = header;
    const name =
      credential.gssProcedure > GSS_DATA
        ? (["", "GSS_INIT", "GSS_CONTINUE", "GSS_DESTROY"][credential.gssProcedure] ?? "GSS")
        : procedureName(program, version, procedure);
    this.#counts.count(name, exchange, refusal === null, isAnswered ? (refusal ?? "SUCCESS") : null);
  }

  /** RFC 2203 5.2.2: the token that a context is made with. */
  #token(x: XdrReader, fromOriginator: boolean): void {
    const token = x.octets();
    if (x.truncated || token.length === 0) return;
    this.#tokens ??= this.#conn.inner("gss", "rpcsec_gss");
    this.#tokens.data(token, 0, token.length, fromOriginator);
  }

  /** RFC 2203 5.2.3.1: handle, major and minor status, window, token. */
  #tokenBack(x: XdrReader, fromOriginator: boolean): void {
    x.skipOpaque();
    const major = x.u32();
    x.skip(8);
    this.#token(x, fromOriginator);
    if (!x.truncated && major <= 1) this.#tokens?.tell({ kind: "auth-result", success: true });
  }

  #confirm({ program }: CallHeader): void {
    if (isCallback(program)) this.#conn.confirm("nfs");
    else if (program === NFS || program === MOUNT || program === PORTMAP) this.#conn.confirm(programName(program));
    else this.#conn.confirm();
  }

  #tellOddities(x: XdrReader, { program }: CallHeader): void {
    const source = programName(program);
    for (const [name, value] of x.oddities ?? [])
      this.#out.weird(name, value === 0 ? undefined : String(value), source.toUpperCase());
    if (x.truncated) this.#out.weird("sunrpc_message_truncated", source);
  }

  #streamOf(fromOriginator: boolean): RecordStream {
    return this.#streams[Number(fromOriginator) as 0 | 1];
  }
}

function isSameCall(a: CallHeader, b: CallHeader): boolean {
  return a.program === b.program && a.version === b.version && a.procedure === b.procedure;
}

function keyOf(callerIsOriginator: boolean, xid: number): string {
  return `${callerIsOriginator ? "o" : "r"}${xid}`;
}

/** Moves behind what RPCSEC_GSS puts before arguments and results (RFC 2203 5.3.2). False if they are sealed. */
function passesGss({ credential }: CallHeader, x: XdrReader): boolean {
  if (credential.flavor !== RPCSEC_GSS) return true;
  if (credential.gssService === GSS_PRIVACY) return false;
  if (credential.gssService === GSS_INTEGRITY) x.skip(8);
  return true;
}
