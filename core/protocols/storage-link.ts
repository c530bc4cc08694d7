import type { RowOf } from "../records/record-type.ts";
import { recordType } from "../records/record-type.ts";
import type { Connection, Moment, RecordSink } from "./protocol.ts";

/** A connection of storage or backup whose protocol is known and not read further. */
export const storageLinkRecord = recordType({
  name: "storage_link",
  text: "A connection of storage, of a hypervisor or of backup software that is recognised by its octets: who speaks to whom, and what for; of Amanda and UrBackup one row is one request",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    protocol: { kind: "enum", text: "Protocol, as conn.service names it", example: "nvme_tcp" },
    orig_role: { kind: "string", text: "What the originator is in it", example: "host" },
    resp_role: { kind: "string", text: "What the responder is in it", example: "subsystem" },
    service: { kind: "string", text: "What it is for, in the protocol's own words", example: "sendbackup" },
    orig_name: {
      kind: "string",
      text: "What the originator calls itself",
      example: "nqn.2014-08.org.nvmexpress:uuid:0f01",
    },
    resp_name: {
      kind: "string",
      text: "What the responder is called",
      example: "nqn.2024-01.example:repo01",
    },
    user: { kind: "string", text: "Account that the originator gives", example: "backup" },
    version: { kind: "string", text: "Version of the protocol or program", example: "3.5" },
    outcome: {
      kind: "enum",
      text: "granted or refused, as the answer says; asked if none was seen",
      example: "granted",
    },
    status: { kind: "string", text: "The answer, where it refuses or tells more", example: "invalid host" },
    detail: { kind: "string", text: "Further circumstances, in words", example: "header digest" },
  },
});

type LinkRow = { -readonly [K in keyof RowOf<typeof storageLinkRecord>]: RowOf<typeof storageLinkRecord>[K] };

/** What is known of such a connection so far; its one row is written when it is over. */
export class StorageLink {
  readonly row: LinkRow;
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #from: Moment | null = null;
  #to: Moment | null = null;

  constructor(conn: Connection, out: RecordSink, protocol: string, origRole: string, respRole: string) {
    this.#conn = conn;
    this.#out = out;
    this.row = {
      protocol,
      orig_role: origRole,
      resp_role: respRole,
      service: null,
      orig_name: null,
      resp_name: null,
      user: null,
      version: null,
      outcome: "asked",
      status: null,
      detail: null,
    };
  }

  /** True once a message of the protocol was seen. */
  get isSeen(): boolean {
    return this.#from !== null;
  }

  /** A message of the protocol is complete. */
  saw(): Moment {
    const { now } = this.#conn;
    this.#conn.confirm();
    this.#from ??= now;
    this.#to = now;
    return now;
  }

  /** Writes the row, if anything was seen. */
  close(): void {
    if (this.#from !== null) this.#out.emit(storageLinkRecord, { ...this.row }, this.#from, this.#to ?? this.#from);
  }
}
