import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

/** Most octets of UTF-16 of a statement that a record keeps: 8192 characters. */
export const STATEMENT_OCTETS = 16_384;

/** One login to an SQL server. */
export const tdsLoginRecord = recordType({
  name: "tds_login",
  own: true,
  text: "One login to a Microsoft SQL Server (TDS), or as much of it as encryption leaves to see",
  version: 1,
  layout: "connection",
  columns: {
    tds_version: {
      kind: "string",
      text: "Version of TDS that the client asks for",
      example: "7.4",
      source: "MS-TDS 2.2.6.4",
    },
    hostname: {
      kind: "string",
      text: "Name that the client gives for itself",
      example: "WS-042",
      source: "MS-TDS 2.2.6.4",
    },
    username: { kind: "string", text: "Login of SQL Server; unset with Windows authentication", example: "sa" },
    password_sent: {
      kind: "bool",
      text: "Whether a password was sent, scrambled so that anyone can read it; it is not kept",
    },
    appname: { kind: "string", text: "Program that the client names", example: "SQLCMD" },
    servername: { kind: "string", text: "Server that the client means to reach", example: "BACKUP01" },
    libraryname: { kind: "string", text: "Client's library", example: "ODBC" },
    locale: { kind: "string", text: "Language that the client asks for", example: "us_english" },
    database: { kind: "string", text: "Database that the client asks for", example: "VeeamBackup" },
    attach_file: {
      kind: "string",
      text: "Database file that the server is to attach",
      example: "C:\\Data\\VeeamBackup.mdf",
    },
    changes_password: { kind: "bool", text: "Whether the login also sets a new password" },
    uses_sspi: { kind: "bool", text: "Whether it is Windows authentication, whose tokens are analysed by themselves" },
    client_encryption: {
      kind: "enum",
      text: "What the client said of encryption: off (the login only), on, not_supported, required",
      source: "MS-TDS 2.2.6.5",
    },
    server_encryption: { kind: "enum", text: "What the server said of encryption, likewise" },
    client_version: { kind: "string", text: "Version of the client's library in the pre-login", example: "17.0.0.0" },
    server_version: { kind: "string", text: "Version of the server in the pre-login", example: "15.0.2000.0" },
    instance: { kind: "string", text: "Instance that the client names in the pre-login", example: "VEEAMSQL2016" },
    mars: { kind: "bool", text: "Whether several requests may run at one time (MARS)" },
    success: { kind: "bool", text: "Whether the server let the client in; unset if that was not seen" },
    program: {
      kind: "string",
      text: "Server's name for itself in its acknowledgement",
      example: "Microsoft SQL Server",
    },
    error_number: { kind: "count", text: "Number of the first error", example: "18456" },
    error_message: { kind: "string", text: "Text of the first error", example: "Login failed for user 'sa'." },
    routed_to: { kind: "string", text: "Server and port that the client is sent to instead", example: "db02:1433" },
  },
});

/** One request to an SQL server. */
export const tdsRecord = recordType({
  name: "tds",
  own: true,
  text: "One request to a Microsoft SQL Server (TDS) in clear, and how it went",
  version: 1,
  layout: "connection",
  columns: {
    request: {
      kind: "enum",
      text: "Kind: sql_batch, rpc, attention (the client cancels), bulk_load, transaction",
      example: "sql_batch",
      source: "MS-TDS 2.2.3.1.1",
    },
    procedure: {
      kind: "string",
      text: "Procedure that an rpc calls",
      example: "sp_executesql",
      source: "MS-TDS 2.2.6.6",
    },
    query: {
      kind: "string",
      text: "Text of the batch, or the statement that the procedure is to run; at most 8192 characters",
      example: "EXEC xp_cmdshell 'whoami'",
    },
    database: { kind: "string", text: "Database that the session is in, as the server said", example: "master" },
    username: { kind: "string", text: "Login of the session, if it was seen", example: "sa" },
    success: { kind: "bool", text: "Whether the server reports no error; unset if its answer was not seen" },
    rows: { kind: "count", text: "Rows sent or changed, by the last count in the answer", example: "3" },
    return_status: { kind: "int", text: "What the procedure returned", example: "0" },
    error_number: { kind: "count", text: "Number of the first error", example: "208" },
    error_class: { kind: "count", text: "Severity of the first error", example: "16" },
    error_message: { kind: "string", text: "Text of the first error", example: "Invalid object name 'x'." },
    messages: { kind: "vector[string]", text: "Other messages of the server (PRINT, changes of settings), at most 8" },
    response_octets: { kind: "count", text: "Octets of the answer", unit: "octets" },
    mars_session: { kind: "count", text: "Session within the connection, with MARS", source: "MC-SMP", example: "1" },
    cut_octets: { kind: "count", unit: "octets", text: "Octets of the text that were left out" },
  },
});

/** A question to the SQL Server Browser, or its answer. */
export const tdsBrowserRecord = recordType({
  name: "tds_browser",
  own: true,
  text: "A question to the SQL Server Browser (UDP 1434) and the instances that it told",
  version: 1,
  layout: "connection",
  columns: {
    request: {
      kind: "enum",
      text: "Question: broadcast, enumerate, instance or admin_port; unset if only the answer was seen",
      source: "MC-SQLR 2.2",
    },
    instance: { kind: "string", text: "Instance that was asked for", example: "VEEAMSQL2016" },
    server_name: { kind: "string", text: "Server's name in the answer", example: "BACKUP01" },
    instances: { kind: "vector[string]", text: "Instances that the answer tells, at most 64", example: "VEEAMSQL2016" },
    versions: { kind: "vector[string]", text: "Version of each", example: "13.0.4001.0" },
    tcp_ports: { kind: "vector[count]", text: "TCP port of each, 0 if it has none", example: "49731" },
  },
});

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type LoginRow = Mutable<RowOf<typeof tdsLoginRecord>>;
export type RequestRow = Mutable<RowOf<typeof tdsRecord>>;
