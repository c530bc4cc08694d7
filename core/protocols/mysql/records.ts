import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/mysql/main.zeek";

/** Most octets of an argument that a record keeps: more than any statement that a person writes, less than a restored dump. */
export const ARGUMENT_OCTETS = 16_384;

/** One command of a MySQL or MariaDB session, the login included. */
export const mysqlRecord = recordType({
  name: "mysql",
  text: "One command to a MySQL or MariaDB server, the login included, and how it went",
  version: 1,
  layout: "connection",
  columns: {
    cmd: { kind: "string", text: "Command: login, query, init_db, quit …", example: "query", source: ZEEK },
    arg: {
      kind: "string",
      text: "What was asked: the user for login and change_user, else the command's octets, at most 16384 of them",
      example: "DROP DATABASE backups",
      source: ZEEK,
    },
    success: {
      kind: "bool",
      text: "Whether the server said that it succeeded; unset where no answer is awaited or seen",
      source: ZEEK,
    },
    rows: { kind: "count", text: "Rows that were changed; 0 for what only reads", example: "1", source: ZEEK },
    response: { kind: "string", text: "Server's message if it failed", example: "Unknown database 'backup'" },
    error_code: { kind: "count", own: true, text: "Number of the server's error", example: "1045" },
    user: { kind: "string", own: true, text: "User of the session", example: "backup" },
    database: { kind: "string", own: true, text: "Database named at login or chosen by init_db", example: "veeam" },
    statement: {
      kind: "string",
      own: true,
      text: "Text of the prepared statement that stmt_execute runs, if its preparation was seen",
      example: "SELECT * FROM repositories WHERE id = ?",
    },
    server_version: { kind: "string", own: true, text: "Version in the server's greeting", example: "8.0.36" },
    auth_plugin: {
      kind: "string",
      own: true,
      text: "Way of authenticating that was used last, for login and change_user",
      example: "caching_sha2_password",
    },
    cut_octets: { kind: "count", own: true, unit: "octets", text: "Octets of the argument that were left out of arg" },
  },
});
