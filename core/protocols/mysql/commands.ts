/** Numbers of the commands that the analyzer must know. MySQL "Command Phase" */
export const COMMAND = {
  quit: 0x01,
  initDb: 0x02,
  query: 0x03,
  fieldList: 0x04,
  statistics: 0x09,
  processInfo: 0x0a,
  changeUser: 0x11,
  stmtPrepare: 0x16,
  stmtExecute: 0x17,
  stmtClose: 0x19,
} as const;

/** Names as Zeek's mysql.log has them, by number. Zeek base/protocols/mysql/consts.zeek */
const NAMES: readonly string[] = (
  "sleep quit init_db query field_list create_db drop_db refresh shutdown statistics process_info connect " +
  "process_kill debug ping time delayed_insert change_user binlog_dump table_dump connect_out register_slave " +
  "stmt_prepare stmt_execute stmt_send_long_data stmt_close stmt_reset set_option stmt_fetch daemon " +
  "binlog_dump_gtid reset_connection"
).split(" ");

export function commandName(command: number): string {
  return NAMES[command] ?? `unknown-${command}`;
}

/** What the server's next packet is taken for. */
export type Expected =
  "nothing" | "status" | "column-count" | "column" | "column-or-end" | "end-or-rows" | "rows" | "prepared";

/** Commands whose answer is one packet that says how it went. */
const WITH_STATUS: ReadonlySet<string> = new Set(
  (
    "sleep quit init_db create_db drop_db refresh shutdown connect process_kill debug ping time delayed_insert daemon " +
    "reset_connection"
  ).split(" "),
);

/**
 * What a command is answered with. Commands that are not here are logged without an answer, as Zeek does.
 * Zeek src/analyzer/protocol/mysql/mysql-protocol.pac
 */
export function answerTo(command: number): Expected {
  switch (command) {
    case COMMAND.query:
    case COMMAND.processInfo:
      return "column-count";
    case COMMAND.fieldList:
      return "column-or-end";
    case COMMAND.stmtPrepare:
      return "prepared";
    default:
      return WITH_STATUS.has(commandName(command)) ? "status" : "nothing";
  }
}
