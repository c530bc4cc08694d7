import { recordType } from "../../records/record-type.ts";

/** One session with an rsync daemon. */
export const RSYNC_RECORD = recordType({
  name: "rsync",
  own: true,
  text: "One session with an rsync daemon: what was asked for, by whom, and how much went which way",
  version: 2,
  layout: "connection",
  columns: {
    client_version: {
      kind: "string",
      text: "Protocol version of the client",
      example: "31.0",
      source: "rsync(5), daemon",
    },
    server_version: { kind: "string", text: "Protocol version of the server", example: "31.0" },
    module: {
      kind: "string",
      text: "Module that the client asked for; #list asks for the list of them",
      example: "backup",
    },
    modules: { kind: "vector[string]", text: "Modules in the list that the server gave" },
    auth_required: { kind: "bool", text: "Whether the server asked for a log-on" },
    user: { kind: "string", text: "User of the log-on", example: "backup" },
    auth_success: { kind: "bool", text: "Whether the server accepted it; unset if none was asked for or nothing says" },
    direction: {
      kind: "enum",
      text: "download if the server sends the files, upload if the client does",
      example: "download",
    },
    options: { kind: "vector[string]", text: "Options of the transfer, as the client names them", example: "--delete" },
    paths: { kind: "vector[string]", text: "Paths at the server", example: "backup/full-2024-03-01.vbk" },
    deletes: { kind: "bool", text: "True if the options let the receiver delete files" },
    sent_files: {
      kind: "count",
      text: "Files whose content was sent, of those that could be followed; unset where none could (checksums, access lists and the like ask for lists that are not read)",
      example: "3",
    },
    sent: {
      kind: "vector[string]",
      text: "Their paths at the server, at most 100",
      example: "backup/full-2024-03-01.vbk",
    },
    error: { kind: "string", text: "Error that the server gave", example: "Unknown module 'x'" },
    orig_octets: { kind: "count", unit: "octets", text: "Octets of the transfer that the client sent" },
    resp_octets: { kind: "count", unit: "octets", text: "Octets of the transfer that the server sent" },
  },
});
