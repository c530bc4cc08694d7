import { Charge, rowWeight } from "../../bytes/held-budget.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { Carry } from "../../bytes/carry.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import type { DnsMessage, DnsRecord } from "./message.ts";
import { MAX_QUESTIONS, readDnsMessage } from "./message.ts";
import { NameReader, decodeNetbiosName, netbiosSuffix } from "./name.ts";
import { OPCODE, TYPE, className, opcodeName, rcodeName, typeName } from "./names.ts";
import { isPlausibleMessage } from "./probe.ts";
import { DNS_RECORD } from "./records.ts";

/** Unmatched messages kept with one identifier, and identifiers with unmatched messages (Zeek's max_pending_*). */
const MAX_PENDING = 50;
const LENGTH_OCTETS = 2;
const MAX_MESSAGE = 0xffff;
const NETBIOS_PORT = 137;

type Row = { -readonly [K in keyof RowOf<typeof DNS_RECORD>]: RowOf<typeof DNS_RECORD>[K] };

/** A record that waits for its other half. */
interface Pending {
  readonly from: Moment;
  to: Moment;
  sawQuery: boolean;
  sawReply: boolean;
  readonly row: Row;
  /** Octets of memory that it is charged with while it waits. */
  weight: number;
}

/** Messages on one connection: pairs queries with responses as Zeek's base/protocols/dns/main.zeek does. */
export class DnsAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #names = new NameReader();
  readonly #isNetbios: boolean;
  readonly #isMulticast: boolean;
  readonly #proto: string;
  readonly #sides: readonly [StreamSide, StreamSide] | null;
  /** The first query that has no response yet; most connections never have a second one. */
  #oldest: Pending | null = null;
  #queries: Map<number, Pending[]> | null = null;
  #replies: Map<number, Pending[]> | null = null;
  /** What waits besides takes. */
  readonly #charge = new Charge();
  #reader: ByteReader | null = null;
  #isFirst = true;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#isNetbios = conn.respP === NETBIOS_PORT;
    this.#isMulticast = isMulticast(conn.respH);
    this.#proto = conn.carrier === "udp" ? "udp" : "tcp";
    this.#sides = conn.carrier === "udp" ? null : [new StreamSide(), new StreamSide()];
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#sides === null) this.#datagram(r, fromOriginator);
    else this.#stream(r, this.#sides[fromOriginator ? 0 : 1], fromOriginator);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#sides === null) return;
    this.#out.weird("DNS_message_lost");
    this.#sides[fromOriginator ? 0 : 1].lose(octets);
  }

  close(): void {
    if (this.#oldest !== null) this.#emit(this.#oldest);
    this.#oldest = null;
    if (this.#queries !== null) this.#emitAll(this.#queries);
    if (this.#replies !== null) this.#emitAll(this.#replies);
  }

  #datagram(r: ByteReader, fromOriginator: boolean): void {
    const isResponse = r.left >= 3 && (r.peekU8(2) & 0x80) !== 0;
    // A response before any request: its sender is the responder. Zeek: DNS_Interpreter::ParseMessage
    const isTurned = this.#isFirst && isResponse && fromOriginator && !this.#isMulticast;
    if (isTurned) this.#conn.flip();
    this.#isFirst = false;
    this.#message(r, fromOriginator && !isTurned);
  }

  /** Messages over TCP, each behind its length. RFC 1035 4.2.2 */
  #stream(r: ByteReader, side: StreamSide, fromOriginator: boolean): void {
    if (!side.find(r)) return;
    const span = side.carry.join(r.source, r.pos, r.end);
    const message = (this.#reader ??= new ByteReader(span.bytes, 0, 0));
    let at = span.start;
    while (span.end - at >= LENGTH_OCTETS) {
      const length = (span.bytes[at]! << 8) | span.bytes[at + 1]!;
      if (span.end - at < LENGTH_OCTETS + length) break;
      message.aim(span.bytes, at + LENGTH_OCTETS, at + LENGTH_OCTETS + length);
      if (length > 0) this.#message(message, fromOriginator);
      at += LENGTH_OCTETS + length;
    }
    side.carry.keep(span, at);
    r.pos = r.end;
  }

  #message(r: ByteReader, fromOriginator: boolean): void {
    const octets = r.left;
    const message = readDnsMessage(r, this.#names, this.#isNetbios);
    if (message === null) {
      this.#out.weird("DNS_truncated_len_lt_hdr_len");
      return;
    }
    for (const { name, addl } of message.oddities) this.#out.weird(name, ...(addl === "" ? [] : [addl]));
    const { header } = message;
    if (message.fault === "DNS_Conn_count_too_large") {
      this.#out.limit(message.fault, header.questions, MAX_QUESTIONS);
      this.#conn.violate(message.fault);
      return;
    }
    if (message.fault !== null) this.#out.weird(message.fault);
    if (message.questions.length === header.questions && message.answers.length === header.answers)
      this.#conn.confirm();
    if (header.opcode !== OPCODE.query && header.opcode !== OPCODE.update && header.opcode !== OPCODE.notify) return;
    const pending = this.#pair(message, this.#conn.now);
    const { row } = pending;
    row.opcode = header.opcode;
    row.opcode_name = opcodeName(header.opcode, this.#isNetbios);
    if (header.isResponse) {
      row.response_octets = octets;
      row.answered_by = fromOriginator ? this.#conn.origH : this.#conn.respH;
      this.#addResponse(message, pending);
      pending.sawReply = true;
    } else {
      row.query_octets = octets;
      this.#addQuery(message, row);
      pending.sawQuery = true;
    }
    if (pending.sawQuery && pending.sawReply) this.#emit(pending);
    else if (pending !== this.#oldest) this.#weigh(pending, rowWeight(row));
  }

  #weigh(pending: Pending, weight: number): void {
    this.#charge.add(weight - pending.weight);
    pending.weight = weight;
  }

  /** The record that a message belongs to, taken out of its queue if it is complete now. */
  #pair(message: DnsMessage, now: Moment): Pending {
    const { id } = message.header;
    if (this.#isMulticast) {
      const alone = newPending(id, this.#proto, now);
      alone.sawQuery = alone.sawReply = true;
      return alone;
    }
    if (!message.header.isResponse) {
      const answered = this.#replies === null ? null : take(this.#replies, id);
      if (answered !== null) return touch(answered, now);
      const query = newPending(id, this.#proto, now);
      if (this.#oldest === null) this.#oldest = query;
      else this.#enqueue((this.#queries ??= new Map<number, Pending[]>()), id, query);
      return query;
    }
    const oldest = this.#oldest;
    if (oldest !== null && oldest.row.trans_id === id) {
      this.#oldest = this.#queries === null ? null : (take(this.#queries, id) ?? takeAny(this.#queries));
      return touch(oldest, now);
    }
    const query = this.#queries === null ? null : take(this.#queries, id);
    if (query !== null) return touch(query, now);
    const reply = newPending(id, this.#proto, now);
    this.#enqueue((this.#replies ??= new Map<number, Pending[]>()), id, reply);
    return reply;
  }

  #enqueue(queues: Map<number, Pending[]>, id: number, pending: Pending): void {
    const queue = queues.get(id);
    if (queue === undefined) {
      if (queues.size > MAX_PENDING) {
        this.#emitAll(queues);
        for (let i = 0; i < MAX_PENDING; i++) this.#out.forgot("DNS identifier");
      }
      queues.set(id, [pending]);
    } else {
      if (queue.length > MAX_PENDING) for (const old of queue.splice(0)) this.#emit(old);
      queue.push(pending);
    }
  }

  #addQuery(message: DnsMessage, row: Row): void {
    const { header } = message;
    row.questions = header.questions;
    if (message.edns !== null) {
      row.edns_size = message.edns.payloadSize;
      row.dnssec_ok = message.edns.dnssecOk;
      row.client_subnet = message.edns.clientSubnet;
    }
    if (header.opcode === OPCODE.update && !this.#isNetbios) return;
    for (const question of message.questions) {
      row.RD = header.recursionDesired;
      row.TC = header.isTruncated;
      row.Z = header.z;
      row.qclass = question.cls;
      row.qclass_name = className(question.cls);
      row.qtype = question.type;
      row.qtype_name = typeName(question.type);
      row.query = question.name;
      row.original_query = question.originalName === question.name ? null : question.originalName;
      if (!this.#isNetbios) continue;
      if (question.type === TYPE.srv) row.qtype_name = "NBSTAT";
      const decoded = decodeNetbiosName(question.name);
      if (decoded !== "") {
        row.query = decoded;
        row.name_suffix = netbiosSuffix(question.name);
        row.original_query = null;
      }
    }
  }

  #addResponse(message: DnsMessage, pending: Pending): void {
    const { header } = message;
    const { row } = pending;
    row.rcode = header.rcode;
    row.rcode_name = rcodeName(header.rcode);
    if (header.rcode !== 0 && header.questions === 0) row.rejected = true;
    if (header.answers + header.authorities + header.additionals === 0 && message.questions.length > 0) {
      row.rejected = true;
    }
    const shown = header.opcode === OPCODE.update ? [message.answers, message.authorities] : [message.answers];
    for (const section of shown) {
      for (const record of section)
        if (record.zeek !== null || hasEmptyText(record)) this.#addAnswer(message, pending, record);
    }
    if (header.opcode !== OPCODE.update) row.auth = textsOf(message.authorities, row.auth);
    row.addl = textsOf(message.additionals, row.addl);
    const other = message.answers.filter((record) => record.other !== null).map((record) => record.other!);
    if (other.length > 0) row.other_answers = row.other_answers === null ? other : [...row.other_answers, ...other];
  }

  #addAnswer(message: DnsMessage, pending: Pending, record: DnsRecord): void {
    const { row } = pending;
    row.query ??= record.name;
    row.AA = message.header.isAuthoritative;
    row.RA = message.header.recursionAvailable;
    if (row.rtt === null && pending.to.ts !== pending.from.ts) row.rtt = Number(pending.to.ts - pending.from.ts);
    if (record.zeek === null || record.zeek === "") return;
    row.answers = appended(row.answers, record.zeek);
    row.TTLs = appended(row.TTLs, record.ttl * 1e9);
  }

  #emit(pending: Pending): void {
    if (pending.weight > 0) this.#weigh(pending, 0);
    this.#out.emit(DNS_RECORD, pending.row, pending.from, pending.to);
  }

  #emitAll(queues: Map<number, Pending[]>): void {
    for (const queue of queues.values()) for (const pending of queue) this.#emit(pending);
    queues.clear();
  }
}

/** One direction of a TCP stream: what of a message is there, and what of a lost one is still to come. */
class StreamSide {
  readonly carry = new Carry(LENGTH_OCTETS + MAX_MESSAGE);
  /** Octets of a message with a hole in it that are still to come. */
  #toSkip = 0;
  /** Where messages begin is not known since a gap. */
  #isLost = false;

  /** Takes note of missing octets: the message they are in is dropped; if they reach behind it, its successor is sought. */
  lose(octets: number): void {
    let left = this.#toSkip;
    if (left === 0 && this.carry.length >= LENGTH_OCTETS) {
      const span = this.carry.join(EMPTY, 0, 0);
      left = LENGTH_OCTETS + ((span.bytes[0]! << 8) | span.bytes[1]!) - this.carry.length;
    }
    this.carry.clear();
    this.#isLost = octets > left;
    this.#toSkip = this.#isLost ? 0 : left - octets;
  }

  /** Leaves `r` at the beginning of a message or in the one that is carried; false if there is none in it. */
  find(r: ByteReader): boolean {
    if (this.#toSkip > 0) {
      const skipped = Math.min(this.#toSkip, r.left);
      r.skip(skipped);
      this.#toSkip -= skipped;
      return r.left > 0;
    }
    if (!this.#isLost) return true;
    if (r.left < LENGTH_OCTETS || !isPlausibleMessage(r, r.pos + LENGTH_OCTETS, false, false)) return false;
    this.#isLost = false;
    return true;
  }
}

function newPending(id: number, proto: string, now: Moment): Pending {
  return {
    from: now,
    to: now,
    sawQuery: false,
    sawReply: false,
    weight: 0,
    row: {
      proto,
      trans_id: id,
      rtt: null,
      query: null,
      qclass: null,
      qclass_name: null,
      qtype: null,
      qtype_name: null,
      rcode: null,
      rcode_name: null,
      AA: false,
      TC: false,
      RD: false,
      RA: false,
      Z: 0,
      answers: null,
      TTLs: null,
      rejected: false,
      opcode: null,
      opcode_name: null,
      auth: null,
      addl: null,
      original_query: null,
      other_answers: null,
      answered_by: null,
      name_suffix: null,
      questions: null,
      query_octets: null,
      response_octets: null,
      edns_size: null,
      dnssec_ok: null,
      client_subnet: null,
    },
  };
}

function touch(pending: Pending, now: Moment): Pending {
  pending.to = now;
  return pending;
}

function take(queues: Map<number, Pending[]>, id: number): Pending | null {
  const queue = queues.get(id);
  const first = queue?.shift();
  if (first === undefined) return null;
  if (queue!.length === 0) queues.delete(id);
  return first;
}

function takeAny(queues: Map<number, Pending[]>): Pending | null {
  for (const id of queues.keys()) return take(queues, id);
  return null;
}

/** Records whose data Zeek turns into an empty text: they count as an answer without showing one. */
function hasEmptyText(record: DnsRecord): boolean {
  return record.type === TYPE.wks;
}

function textsOf(records: readonly DnsRecord[], before: readonly string[] | null): readonly string[] | null {
  let texts = before;
  for (const record of records) {
    const text = record.zeek ?? record.other;
    if (text !== null && text !== "" && texts?.includes(text) !== true) texts = appended(texts, text);
  }
  return texts;
}

function appended<T>(list: readonly T[] | null, item: T): readonly T[] {
  if (list === null) return [item];
  (list as T[]).push(item);
  return list;
}

/** 224.0.0.0/4 and ff00::/8 (Zeek's DNS::multicast_subnets). */
function isMulticast(address: string): boolean {
  if (address.includes(":")) return address.startsWith("ff") && address.indexOf(":") === 4;
  const first = Number.parseInt(address, 10);
  return first >= 224 && first < 240;
}

const EMPTY = new Uint8Array(0);
