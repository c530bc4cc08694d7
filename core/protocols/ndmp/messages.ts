/** Message codes. NDMP version 4, 2.2 and the chapters of its interfaces; what only version 2 has is marked. */
export const MESSAGE_NAMES: ReadonlyMap<number, string> = new Map([
  [0x100, "CONFIG_GET_HOST_INFO"],
  [0x101, "CONFIG_GET_BUTYPE_ATTR"], // version 2
  [0x102, "CONFIG_GET_CONNECTION_TYPE"],
  [0x103, "CONFIG_GET_AUTH_ATTR"],
  [0x104, "CONFIG_GET_BUTYPE_INFO"],
  [0x105, "CONFIG_GET_FS_INFO"],
  [0x106, "CONFIG_GET_TAPE_INFO"],
  [0x107, "CONFIG_GET_SCSI_INFO"],
  [0x108, "CONFIG_GET_SERVER_INFO"],
  [0x109, "CONFIG_SET_EXT_LIST"],
  [0x10a, "CONFIG_GET_EXT_LIST"],
  [0x200, "SCSI_OPEN"],
  [0x201, "SCSI_CLOSE"],
  [0x202, "SCSI_GET_STATE"],
  [0x203, "SCSI_SET_TARGET"],
  [0x204, "SCSI_RESET_DEVICE"],
  [0x205, "SCSI_RESET_BUS"],
  [0x206, "SCSI_EXECUTE_CDB"],
  [0x300, "TAPE_OPEN"],
  [0x301, "TAPE_CLOSE"],
  [0x302, "TAPE_GET_STATE"],
  [0x303, "TAPE_MTIO"],
  [0x304, "TAPE_WRITE"],
  [0x305, "TAPE_READ"],
  [0x307, "TAPE_EXECUTE_CDB"],
  [0x400, "DATA_GET_STATE"],
  [0x401, "DATA_START_BACKUP"],
  [0x402, "DATA_START_RECOVER"],
  [0x403, "DATA_ABORT"],
  [0x404, "DATA_GET_ENV"],
  [0x407, "DATA_STOP"],
  [0x409, "DATA_LISTEN"],
  [0x40a, "DATA_CONNECT"],
  [0x40b, "DATA_START_RECOVER_FILEHIST"],
  [0x501, "NOTIFY_DATA_HALTED"],
  [0x502, "NOTIFY_CONNECTED"],
  [0x503, "NOTIFY_MOVER_HALTED"],
  [0x504, "NOTIFY_MOVER_PAUSED"],
  [0x505, "NOTIFY_DATA_READ"],
  [0x600, "LOG_LOG"], // version 2
  [0x601, "LOG_DEBUG"], // version 2
  [0x602, "LOG_FILE"],
  [0x603, "LOG_MESSAGE"],
  [0x700, "FH_ADD_UNIX_PATH"], // version 2
  [0x701, "FH_ADD_UNIX_DIR"], // version 2
  [0x702, "FH_ADD_UNIX_NODE"], // version 2
  [0x703, "FH_ADD_FILE"],
  [0x704, "FH_ADD_DIR"],
  [0x705, "FH_ADD_NODE"],
  [0x900, "CONNECT_OPEN"],
  [0x901, "CONNECT_CLIENT_AUTH"],
  [0x902, "CONNECT_CLOSE"],
  [0x903, "CONNECT_SERVER_AUTH"],
  [0xa00, "MOVER_GET_STATE"],
  [0xa01, "MOVER_LISTEN"],
  [0xa02, "MOVER_CONTINUE"],
  [0xa03, "MOVER_ABORT"],
  [0xa04, "MOVER_STOP"],
  [0xa05, "MOVER_SET_WINDOW"],
  [0xa06, "MOVER_READ"],
  [0xa07, "MOVER_CLOSE"],
  [0xa08, "MOVER_SET_RECORD_SIZE"],
  [0xa09, "MOVER_CONNECT"],
  // The agent of Backup Exec speaks NDMP with these messages of its own.
  [0xf306, "BACKUP_EXEC_CLOSE"],
  [0xf308, "BACKUP_EXEC_OPEN"],
  [0xf309, "BACKUP_EXEC_WRITE"],
  [0xf30f, "BACKUP_EXEC_EXECUTE"],
  [0xf383, "BACKUP_EXEC_TLS_HANDSHAKE"],
]);

/** ndmp_error. NDMP version 4, 2.3 */
export const ERROR_NAMES: readonly string[] = [
  "NO_ERR",
  "NOT_SUPPORTED_ERR",
  "DEVICE_BUSY_ERR",
  "DEVICE_OPENED_ERR",
  "NOT_AUTHORIZED_ERR",
  "PERMISSION_ERR",
  "DEV_NOT_OPEN_ERR",
  "IO_ERR",
  "TIMEOUT_ERR",
  "ILLEGAL_ARGS_ERR",
  "NO_TAPE_LOADED_ERR",
  "WRITE_PROTECT_ERR",
  "EOF_ERR",
  "EOM_ERR",
  "FILE_NOT_FOUND_ERR",
  "BAD_FILE_ERR",
  "NO_DEVICE_ERR",
  "NO_BUS_ERR",
  "XDR_DECODE_ERR",
  "ILLEGAL_STATE_ERR",
  "UNDEFINED_ERR",
  "XDR_ENCODE_ERR",
  "NO_MEM_ERR",
  "CONNECT_ERR",
  "SEQUENCE_NUM_ERR",
  "READ_IN_PROGRESS_ERR",
  "PRECONDITION_ERR",
  "CLASS_NOT_SUPPORTED_ERR",
  "VERSION_NOT_SUPPORTED_ERR",
  "EXT_DUPL_CLASSES_ERR",
  "EXT_DANDN_ILLEGAL_ERR",
];

export const AUTH_TYPES = ["none", "text", "md5"] as const;
export const MTIO_OPERATIONS = ["FSF", "BSF", "FSR", "BSR", "REW", "EOF", "OFF", "TUR"] as const;
export const MOVER_MODES = ["read", "write", "no action"] as const;
export const TAPE_MODES = ["read", "read and write", "raw", "raw"] as const;
export const CONNECTED_REASONS = ["connected", "shutdown", "refused"] as const;
export const PAUSE_REASONS = ["-", "end of medium", "end of file", "seek", "media error", "end of window"] as const;
export const LOG_TYPES = ["normal", "debug", "error", "warning"] as const;

/** Commands to tapes and changers that say what is done to a medium. SPC, SSC and SMC */
const CDB_NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, "TEST UNIT READY"],
  [0x01, "REWIND"],
  [0x03, "REQUEST SENSE"],
  [0x04, "FORMAT MEDIUM"],
  [0x05, "READ BLOCK LIMITS"],
  [0x07, "INITIALIZE ELEMENT STATUS"],
  [0x08, "READ"],
  [0x0a, "WRITE"],
  [0x10, "WRITE FILEMARKS"],
  [0x11, "SPACE"],
  [0x12, "INQUIRY"],
  [0x15, "MODE SELECT"],
  [0x16, "RESERVE"],
  [0x17, "RELEASE"],
  [0x19, "ERASE"],
  [0x1a, "MODE SENSE"],
  [0x1b, "LOAD UNLOAD"],
  [0x1e, "PREVENT ALLOW MEDIUM REMOVAL"],
  [0x2b, "LOCATE"],
  [0x34, "READ POSITION"],
  [0x4d, "LOG SENSE"],
  [0x5e, "PERSISTENT RESERVE IN"],
  [0x5f, "PERSISTENT RESERVE OUT"],
  [0xa5, "MOVE MEDIUM"],
  [0xa6, "EXCHANGE MEDIUM"],
  [0xb8, "READ ELEMENT STATUS"],
]);

/** The name of a message; its number where it has none. */
export function messageName(code: number): string {
  return MESSAGE_NAMES.get(code) ?? `0x${code.toString(16)}`;
}

export function errorName(error: number): string {
  return ERROR_NAMES[error] ?? String(error);
}

export function cdbName(operation: number): string {
  return CDB_NAMES.get(operation) ?? `0x${operation.toString(16).padStart(2, "0")}`;
}

/** The word for a value; the value itself where it has none. */
export function wordOf(words: readonly string[], value: number): string {
  return words[value] ?? String(value);
}
