import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import type { SnmpMessage, SnmpPdu, SnmpV3 } from "./message.ts";
import { PDU, readSnmp } from "./message.ts";
import type { SnmpRow } from "./records.ts";
import { snmpRecord } from "./records.ts";

const SYS_DESCR = "1.3.6.1.2.1.1.1.0";
const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";
const NS_PER_TICK = 10_000_000n;
const MAX_SET_OIDS = 32;
/** A part of an object identifier does not fit into 64 bits above this. */
const MAX_SUBIDENTIFIER = 10;

/** Messages on one connection, summed up in one record as Zeek's base/protocols/snmp/main.zeek does. */
export class SnmpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #row: SnmpRow | null = null;
  #from: Moment | null = null;
  #to: Moment | null = null;
  #setOids: string[] = [];

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const message = readSnmp(r.source, r.pos, r.end);
    if (message === null) {
      this.close();
      this.#conn.violate("not an SNMP message");
      return;
    }
    // Zeek waits for the agent's word; what only the manager says may be anything.
    if (!fromOriginator) this.#conn.confirm();
    if (message.longestSubidentifier > MAX_SUBIDENTIFIER)
      this.#out.weird("asn_oid_subidentifier_too_long", String(message.longestSubidentifier), null);
    if (message.isMalformed) {
      this.#out.weird("snmp_malformed_pdu");
      return;
    }
    if (message.isUnknown) this.#out.weird("snmp_unknown_pdu");
    const row = this.#session(message);
    if (message.v3 !== null) addV3(row, message.v3);
    if (message.pdu !== null) this.#addPdu(row, message.pdu);
  }

  gap(): void {}

  close(): void {
    const row = this.#row;
    if (row === null || this.#from === null || this.#to === null) return;
    if (this.#setOids.length > 0) row.set_oids = this.#setOids;
    this.#out.emit(snmpRecord, row, this.#from, this.#to);
  }

  #session(message: SnmpMessage): SnmpRow {
    const { now } = this.#conn;
    this.#from ??= now;
    this.#to = now;
    this.#row ??= emptyRow(message.version);
    this.#row.community ??= message.community;
    this.#row.duration = Number(now.ts - this.#from.ts);
    return this.#row;
  }

  #addPdu(row: SnmpRow, pdu: SnmpPdu): void {
    const variables = pdu.bindings.length;
    switch (pdu.kind) {
      case PDU.get:
      case PDU.getNext:
        row.get_requests = row.get_requests! + variables;
        row.first_oid ??= pdu.bindings[0]?.oid || null;
        break;
      case PDU.getBulk:
        row.get_bulk_requests = row.get_bulk_requests! + variables;
        row.first_oid ??= pdu.bindings[0]?.oid || null;
        break;
      case PDU.set:
        row.set_requests = row.set_requests! + variables;
        for (const { oid } of pdu.bindings) {
          if (this.#setOids.length < MAX_SET_OIDS && !this.#setOids.includes(oid)) this.#setOids.push(oid);
        }
        break;
      case PDU.response:
        row.get_responses = row.get_responses! + variables;
        if (pdu.error !== 0) row.errors = row.errors! + 1;
        this.#addAnswers(row, pdu);
        break;
      case PDU.trapV1:
      case PDU.trap:
      case PDU.inform:
        row.traps = row.traps! + 1;
        break;
      case PDU.report:
        row.errors = row.errors! + 1;
        break;
      default:
    }
  }

  #addAnswers(row: SnmpRow, pdu: SnmpPdu): void {
    for (const { oid, text, unsigned } of pdu.bindings) {
      if (oid === SYS_DESCR && text !== null) row.display_string = text;
      else if (oid === SYS_UP_TIME && unsigned !== null)
        row.up_since = this.#conn.now.ts - BigInt.asUintN(32, unsigned) * NS_PER_TICK;
    }
  }
}

function addV3(row: SnmpRow, v3: SnmpV3): void {
  row.user ??= v3.user;
  row.engine_id ??= v3.engineId;
  row.context ??= v3.context;
  const level = v3.isPrivate ? "authPriv" : v3.isAuthenticated ? "authNoPriv" : "noAuthNoPriv";
  if (row.security === null || level === "authPriv" || (level === "authNoPriv" && row.security !== "authPriv"))
    row.security = level;
}

function emptyRow(version: string): SnmpRow {
  return {
    duration: 0,
    version,
    community: null,
    get_requests: 0,
    get_bulk_requests: 0,
    get_responses: 0,
    set_requests: 0,
    display_string: null,
    up_since: null,
    user: null,
    engine_id: null,
    security: null,
    context: null,
    traps: 0,
    errors: 0,
    set_oids: null,
    first_oid: null,
  };
}
