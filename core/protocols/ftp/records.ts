import { recordType } from "../../records/record-type.ts";

/** One command that moves or deletes a file or arranges a data connection, with its reply. */
export const FTP_RECORD = recordType({
  name: "ftp",
  text: "One FTP command that moves or deletes a file or arranges a data connection, with its reply",
  version: 1,
  layout: "connection",
  columns: {
    user: {
      kind: "string",
      text: "User of the session, <unknown> if none was named",
      example: "backup",
      source: "Zeek base/protocols/ftp/main.zeek",
    },
    password: {
      kind: "string",
      text: "Password if the user is anonymous, <hidden> for other users: that one was sent is recorded, not which",
      example: "<hidden>",
    },
    command: { kind: "string", text: "Command of the client", example: "DELE" },
    arg: {
      kind: "string",
      text: "Its argument; for a file, the URL that the current directory gives it",
      example: "ftp://10.20.5.12/./backup/full-2024-03-01.vbk",
    },
    mime_type: { kind: "string", text: "Type of the file by its content", example: "application/x-gzip" },
    file_size: { kind: "count", unit: "octets", text: "Size of the file as the server's reply says it" },
    reply_code: { kind: "count", text: "Code of the last reply to the command", example: "226" },
    reply_msg: { kind: "string", text: "Text of that reply", example: "Transfer complete." },
    "data_channel.passive": { kind: "bool", text: "True if the client opens the data connection" },
    "data_channel.orig_h": { kind: "addr", text: "Host that will open the data connection" },
    "data_channel.resp_h": { kind: "addr", text: "Host that waits for the data connection" },
    "data_channel.resp_p": { kind: "port", text: "Port on which it waits" },
    fuid: { kind: "string", text: "Identifier of the file, if files are followed" },
    cwd: {
      kind: "string",
      own: true,
      text: "Current directory as far as the session tells, `.` for the unknown one at log-on",
      example: "/backup",
    },
    data_uid: {
      kind: "string",
      own: true,
      text: "Connection that carried the data of the command",
    },
  },
});

/** One command that Zeek's ftp log leaves out by default. */
export const FTP_COMMAND_RECORD = recordType({
  name: "ftp_command",
  own: true,
  text: "One FTP command beside those of ftp that logs on, renames, makes or removes directories, or looks at them; for a session without any of both, its last command",
  version: 1,
  layout: "connection",
  columns: {
    user: { kind: "string", text: "User of the session, <unknown> if none was named", example: "backup" },
    command: {
      kind: "string",
      text: "Command of the client: PASS is the attempt to log on",
      example: "RNTO",
      source: "RFC 959 4.1",
    },
    arg: {
      kind: "string",
      text: "Its argument; for a file or directory, the URL that the current directory gives it; <hidden> for a password",
      example: "ftp://10.20.5.12/./backup/full.vbk.locked",
    },
    renamed_from: {
      kind: "string",
      text: "RNTO: the former name, as the RNFR before it gave it",
      example: "ftp://10.20.5.12/./backup/full.vbk",
    },
    reply_code: { kind: "count", text: "Code of the last reply to the command", example: "250" },
    reply_msg: { kind: "string", text: "Text of that reply", example: "Rename successful." },
    success: { kind: "bool", text: "True for a code from 200 to 299, false from 400 to 599, else unset" },
    data_uid: { kind: "string", text: "Connection that carried the data of the command" },
  },
});
