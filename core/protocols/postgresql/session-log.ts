import type { Connection, Moment, RecordSink } from "../protocol.ts";
import type { PostgresqlRow } from "./records.ts";
import { postgresqlRecord } from "./records.ts";

/** Most octets of answers that one row joins. */
const ANSWER_CHARACTERS = 16_384;

/** The row that is being filled, as Zeek's script fills it. Zeek base/protocols/postgresql/main.zeek */
export class SessionLog {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #row: PostgresqlRow | null = null;
  #from: Moment | null = null;
  user: string | null = null;
  database: string | null = null;
  application: string | null = null;
  serverVersion: string | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  /** The row being filled, if there is one. */
  get pending(): PostgresqlRow | null {
    return this.#row;
  }

  /** The row being filled, a new one if there is none. */
  get row(): PostgresqlRow {
    if (this.#row !== null) return this.#row;
    this.#from = this.#conn.now;
    this.#row = {
      user: null,
      database: null,
      application_name: null,
      frontend: null,
      frontend_arg: null,
      backend: null,
      backend_arg: null,
      success: null,
      rows: null,
      statement: null,
      command_tag: null,
      error_code: null,
      copy_octets: null,
      server_version: null,
      cut_octets: 0,
    };
    return this.#row;
  }

  answer(argument: string): void {
    this.row.backend_arg = joined(this.row.backend_arg, argument);
  }

  done(tag: string): void {
    this.row.command_tag = joined(this.row.command_tag, tag);
  }

  write(): void {
    const row = this.#row;
    if (row === null) return;
    this.#row = null;
    row.user = this.user;
    row.database = this.database;
    row.application_name = this.application;
    row.server_version = this.serverVersion;
    this.#out.emit(postgresqlRecord, row, this.#from!, this.#conn.now);
  }
}

function joined(before: string | null, next: string): string {
  if (before === null) return next;
  return before.length + next.length > ANSWER_CHARACTERS ? before : `${before},${next}`;
}
