import { rowWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { reportArchiveOp } from "../archive-op.ts";
import { HYPERVISOR_API_RECORD } from "../hypervisor-api/records.ts";
import { MessagePair } from "../message-pair.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";
import { CALL, HEADER_OCTETS, messageLength, OK, parseError, parseHeader, REMOTE, REPLY } from "./message.ts";
import type { CallObject, Procedure } from "./procedures.ts";
import { CONNECT_OPEN, callObject, PROCEDURES } from "./procedures.ts";

/** Octets of a message that are looked at: names, descriptions of snapshots and volumes. */
const HEAD = 4096;
/** Calls that are outstanding at one time; the oldest is told as unanswered for a new one. */
const MOST_CALLS = 256;

interface Pending {
  readonly procedure: Procedure | null;
  readonly object: CallObject;
  readonly octets: number;
  readonly from: Moment;
}

/** One connection to the management daemon of a host with KVM, Xen or LXC. */
export class LibvirtAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #link: StorageLink;
  readonly #messages: MessagePair;
  readonly #pending = new HeldMap<number, Pending>(
    ({ object }) => rowWeight(object),
    (call) => this.#givenUp(call),
  );
  #calls = 0;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#link = new StorageLink(conn, out, "libvirt", "administrator or component", "hypervisor");
    this.#messages = new MessagePair(conn, HEAD, (fromOriginator) => ({
      length: messageLength,
      message: (r, total) => this.#message(r, total, fromOriginator),
      resumes: (r) => r.left >= HEADER_OCTETS && messageLength(r) > 0,
    }));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#messages.data(r, fromOriginator);
  }

  gap(octets: number, fromOriginator: boolean): void {
    this.#messages.gap(octets, fromOriginator);
  }

  close(): void {
    for (const call of this.#pending.values()) this.#tell(call, null, null, 0);
    this.#pending.clear();
    if (this.#calls > 0) this.#link.row.detail = `${this.#calls} calls`;
    this.#link.close();
  }

  #message(r: ByteReader, total: number, fromOriginator: boolean): boolean {
    const now = this.#link.saw();
    const { program, procedure, type, serial, status } = parseHeader(r);
    if (program !== REMOTE) return true;
    if (fromOriginator && type === CALL) this.#call(r, procedure, serial, total, now);
    if (!fromOriginator && type === REPLY) this.#reply(r, serial, status, total);
    return true;
  }

  #call(r: ByteReader, number: number, serial: number, octets: number, from: Moment): void {
    this.#calls++;
    const isOpen = number === CONNECT_OPEN;
    const procedure = PROCEDURES[number] ?? null;
    if (procedure === null && !isOpen) return;
    const object = callObject(isOpen ? "uri" : procedure!.argument, r);
    if (isOpen) this.#link.row.service = object.object;
    if (this.#pending.size >= MOST_CALLS) {
      const [oldest, call] = this.#pending.entries().next().value!;
      this.#pending.delete(oldest);
      this.#givenUp(call);
    }
    this.#pending.set(serial, { procedure, object, octets, from });
  }

  #reply(r: ByteReader, serial: number, status: number, octets: number): void {
    const call = this.#pending.get(serial);
    if (call === undefined) return;
    this.#pending.delete(serial);
    const error = status === OK ? null : (parseError(r) ?? "error");
    if (call.procedure !== null) {
      this.#tell(call, status === OK, error, octets);
      return;
    }
    this.#link.row.outcome = status === OK ? "granted" : "refused";
    this.#link.row.status = error;
  }

  /** Nobody waits for its answer any longer. */
  #givenUp(call: Pending): void {
    this.#tell(call, null, null, 0);
    this.#out.forgot("libvirt call");
  }

  #tell(
    { procedure, object, octets, from }: Pending,
    success: boolean | null,
    error: string | null,
    replyOctets: number,
  ): void {
    if (procedure === null) return;
    const to = this.#conn.now;
    this.#out.emit(
      HYPERVISOR_API_RECORD,
      {
        service: "libvirt",
        operation: procedure.name,
        object: object.object,
        object_type: object.type,
        parameters: object.share === null ? null : [`of=${object.share}`],
        user: null,
        status_code: null,
        fault: error,
        result: null,
        host: null,
        user_agent: null,
        request_octets: octets,
        response_octets: replyOctets,
      },
      from,
      to,
    );
    if (procedure.act === undefined) return;
    const [operation, detail] = procedure.act;
    const act = {
      operation,
      detail,
      outcome: success === null ? "asked" : success ? "granted" : "refused",
      status: error,
      share: object.share,
      object: object.object,
      isStorage: true,
      actor: null,
    } as const;
    reportArchiveOp(this.#out, "libvirt", act, from, to);
  }
}
