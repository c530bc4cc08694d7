import { rowWeight, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import type { RadiusMessage } from "./message.ts";
import { ATTR, CODE, isCode, readRadius } from "./message.ts";
import { radiusAccounting, radiusRecord } from "./records.ts";
import * as values from "./values.ts";

/** Most attempts, and most reports, that wait for an answer on one connection: an identifier is one octet. */
const MAX_PENDING = 256;
const NS_PER_SECOND = 1_000_000_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Attempt {
  readonly row: Mutable<RowOf<typeof radiusRecord>>;
  readonly from: Moment;
  to: Moment;
}

interface Report {
  readonly row: Mutable<RowOf<typeof radiusAccounting>>;
  readonly from: Moment;
}

/** RADIUS: joins requests, challenges and answers to attempts, and reports of accounting with their answers. */
export class RadiusAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  /** Attempts by the identifier of their last request, and those that were challenged by the challenge's state. */
  readonly #attempts = new HeldMap<number, Attempt>(
    ({ row }) => rowWeight(row),
    (attempt) => this.#givenUp(attempt),
  );
  readonly #challenged = new HeldMap<string, Attempt>(
    ({ row }, state) => rowWeight(row) + textWeight(state),
    (attempt) => this.#givenUp(attempt),
  );
  readonly #reports = new HeldMap<number, Report>(
    ({ row }) => rowWeight(row),
    (report) => {
      this.#note(report, false);
      this.#out.forgot("RADIUS report");
    },
  );

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader): void {
    const message = readRadius(r);
    if (message === null || !isCode(message.code)) {
      this.#out.weird("radius_message_malformed");
      return;
    }
    if (message.isMalformed) this.#out.weird("radius_attributes_malformed");
    this.#conn.confirm();
    switch (message.code) {
      case CODE.accessRequest:
        this.#requested(message);
        return;
      case CODE.accessChallenge:
        this.#challenge(message);
        return;
      case CODE.accessAccept:
      case CODE.accessReject:
        this.#answered(message);
        return;
      case CODE.accountingRequest:
        this.#reported(message);
        return;
      case CODE.accountingResponse:
        this.#noted(message.id, true);
        return;
    }
  }

  /** Datagrams have no gaps. */
  gap(): void {}

  close(): void {
    for (const attempt of new Set([...this.#attempts.values(), ...this.#challenged.values()])) this.#unknown(attempt);
    for (const id of this.#reports.keys()) this.#noted(id, false);
  }

  #requested(message: RadiusMessage): void {
    const { now } = this.#conn;
    const state = stateOf(message);
    const challenged = state === null ? undefined : this.#challenged.get(state);
    if (state !== null) this.#challenged.delete(state);
    // A request that still waits under this identifier is the same one, sent again.
    const attempt = challenged ?? this.#attempts.get(message.id) ?? { row: blankAttempt(), from: now, to: now };
    attempt.to = now;
    const { row } = attempt;
    const caller = values.textOf(message, ATTR.callingStation);
    row.username ??= values.textOf(message, ATTR.userName);
    row.mac ??= caller === null ? null : values.macOf(caller);
    row.tunnel_client ??= values.textOf(message, ATTR.tunnelClientEndpoint);
    row.connect_info ??= values.textOf(message, ATTR.connectInfo);
    row.calling_station ??= caller;
    row.called_station ??= values.textOf(message, ATTR.calledStation);
    row.nas_addr ??= values.addressOf(message, ATTR.nasAddress);
    row.nas_identifier ??= values.textOf(message, ATTR.nasIdentifier);
    row.service_type ??= values.serviceTypeOf(message);
    // What EAP begins with names no method; later messages do.
    const method = values.methodOf(message);
    if (row.auth_method === null || row.auth_method === "EAP") row.auth_method = method ?? row.auth_method;
    this.#keep(this.#attempts, message.id, attempt);
  }

  #challenge(message: RadiusMessage): void {
    const { now } = this.#conn;
    const attempt = this.#attempts.get(message.id) ?? { row: blankAttempt(), from: now, to: now };
    this.#attempts.delete(message.id);
    attempt.to = now;
    const { row } = attempt;
    row.challenges! += 1;
    row.framed_addr ??= values.addressOf(message, ATTR.framedAddress);
    row.reply_msg ??= values.textOf(message, ATTR.replyMessage);
    const method = values.methodOf(message);
    if (row.auth_method === null || row.auth_method === "EAP") row.auth_method = method ?? row.auth_method;
    this.#keep(this.#challenged, stateOf(message) ?? `id ${message.id}`, attempt);
  }

  #answered(message: RadiusMessage): void {
    const { now } = this.#conn;
    const attempt = this.#attempts.get(message.id) ?? { row: blankAttempt(), from: now, to: now };
    this.#attempts.delete(message.id);
    const { row, from } = attempt;
    row.result = message.code === CODE.accessAccept ? "success" : "failed";
    const ttl = Number(now.ts - from.ts);
    row.ttl = ttl === 0 ? null : ttl;
    row.assigned_addr = values.addressOf(message, ATTR.framedAddress);
    row.answer_msg = values.textOf(message, ATTR.replyMessage);
    if (row.result === "success" && row.username) {
      this.#conn.identity = { user: row.username, domain: null, workstation: null, mechanism: "plain" };
    }
    this.#out.emit(radiusRecord, row, from, now);
  }

  #unknown({ row, from, to }: Attempt): void {
    this.#out.emit(radiusRecord, { ...row, result: "unknown" }, from, to);
  }

  #keep<K>(map: Map<K, Attempt>, key: K, attempt: Attempt): void {
    if (map.size >= MAX_PENDING && !map.has(key)) {
      const [oldest, waiting] = map.entries().next().value!;
      map.delete(oldest);
      this.#givenUp(waiting);
    }
    map.set(key, attempt);
  }

  /** Nobody waits for its answer any longer. */
  #givenUp(attempt: Attempt): void {
    this.#unknown(attempt);
    this.#out.forgot("RADIUS request");
  }

  #reported(message: RadiusMessage): void {
    // The same report again keeps its first moment.
    if (this.#reports.has(message.id)) return;
    const caller = values.textOf(message, ATTR.callingStation);
    const seconds = values.numberOf(message, ATTR.acctSessionTime);
    const row = {
      username: values.textOf(message, ATTR.userName),
      status: values.statusOf(message),
      session_id: values.textOf(message, ATTR.acctSessionId),
      mac: caller === null ? null : values.macOf(caller) || null,
      calling_station: caller,
      called_station: values.textOf(message, ATTR.calledStation),
      framed_addr: values.addressOf(message, ATTR.framedAddress),
      nas_addr: values.addressOf(message, ATTR.nasAddress),
      nas_identifier: values.textOf(message, ATTR.nasIdentifier),
      session_time: seconds === null ? null : seconds * NS_PER_SECOND,
      input_octets: values.octetsOf(message, ATTR.acctInputOctets, ATTR.acctInputGigawords),
      output_octets: values.octetsOf(message, ATTR.acctOutputOctets, ATTR.acctOutputGigawords),
      terminate_cause: values.causeOf(message),
      answered: null,
    };
    this.#reports.set(message.id, { row, from: this.#conn.now });
  }

  /** Writes a report. @param answered False at the end of the connection. */
  #noted(id: number, answered: boolean): void {
    const report = this.#reports.get(id);
    if (report === undefined) return;
    this.#reports.delete(id);
    this.#note(report, answered);
  }

  #note(report: Report, answered: boolean): void {
    report.row.answered = answered;
    this.#out.emit(radiusAccounting, report.row, report.from, answered ? this.#conn.now : report.from);
  }
}

/** What joins a challenge and the request that answers it. RFC 2865 5.24 */
function stateOf({ attributes }: RadiusMessage): string | null {
  const state = attributes.get(ATTR.state);
  return state === undefined ? null : Buffer.from(state).toString("hex");
}

function blankAttempt(): Attempt["row"] {
  return {
    username: null,
    mac: null,
    framed_addr: null,
    tunnel_client: null,
    connect_info: null,
    reply_msg: null,
    result: null,
    ttl: null,
    auth_method: null,
    service_type: null,
    calling_station: null,
    called_station: null,
    nas_addr: null,
    nas_identifier: null,
    assigned_addr: null,
    answer_msg: null,
    challenges: 0,
  };
}
