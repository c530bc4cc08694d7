import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/postgresql/main.zeek";

/** Most octets of a statement or a message that a record keeps: more than a person writes, less than a restored dump. */
export const ARGUMENT_OCTETS = 16_384;

/** What the frontend asked that Zeek does not log. */
export const EXECUTE = "execute";
export const CANCEL = "cancel_request";
export const GSS_REQUEST = "gssenc_request";

/** One request of a PostgreSQL session and how it went. */
export const postgresqlRecord = recordType({
  name: "postgresql",
  text: "One request to a PostgreSQL server, the login included, and how it went",
  version: 1,
  layout: "connection",
  columns: {
    user: { kind: "string", text: "User in the startup message", example: "postgres", source: ZEEK },
    database: { kind: "string", text: "Database in the startup message", example: "VeeamBackup", source: ZEEK },
    application_name: { kind: "string", text: "Program in the startup message", example: "psql", source: ZEEK },
    frontend: {
      kind: "string",
      text: "Request: ssl_request, startup, simple_query, terminate; unset for an extended query that gave rows, a notice or an error; ours alone: execute (another extended query), cancel_request, gssenc_request",
      example: "simple_query",
      source: ZEEK,
    },
    frontend_arg: {
      kind: "string",
      text: "Text of a simple query, at most 16384 octets of it",
      example: "DROP TABLE jobs",
    },
    backend: {
      kind: "string",
      text: "Answer: ssl_reply, auth_request, auth_ok, error",
      example: "auth_ok",
      source: ZEEK,
    },
    backend_arg: {
      kind: "string",
      text: "Ways of authenticating that the server asked for; fields of its errors and notices",
      example: "SASL,SASLContinue,SASLFinal",
      source: ZEEK,
    },
    success: { kind: "bool", text: "Whether the login or request succeeded", source: ZEEK },
    rows: { kind: "count", text: "Rows that the server sent", example: "2", source: ZEEK },
    statement: {
      kind: "string",
      own: true,
      text: "Statement that an extended query ran, if its preparation was seen",
      example: "DELETE FROM jobs WHERE id = $1",
    },
    command_tag: {
      kind: "string",
      own: true,
      text: "What the server says was done, statement by statement",
      example: "DELETE 3",
      source: "PostgreSQL protocol, CommandComplete",
    },
    error_code: { kind: "string", own: true, text: "SQLSTATE of the last error or notice", example: "42P01" },
    copy_octets: { kind: "count", own: true, unit: "octets", text: "Octets of COPY in either direction" },
    server_version: { kind: "string", own: true, text: "Version that the server tells", example: "15.6" },
    cut_octets: { kind: "count", own: true, unit: "octets", text: "Octets of statements that were left out" },
  },
});

export type PostgresqlRow = {
  -readonly [K in keyof RowOf<typeof postgresqlRecord>]: RowOf<typeof postgresqlRecord>[K];
};

/** True for a row that Zeek's postgresql.log has too. */
export function isInZeekLog({ frontend }: Pick<PostgresqlRow, "frontend">): boolean {
  return frontend !== EXECUTE && frontend !== CANCEL && frontend !== GSS_REQUEST;
}
