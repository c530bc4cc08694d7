import { recordType } from "../../records/record-type.ts";

/** One file asked for or offered. */
export const TFTP_RECORD = recordType({
  name: "tftp",
  text: "One file that a TFTP client read or wrote, or wanted to",
  version: 1,
  layout: "connection",
  columns: {
    wrq: { kind: "bool", text: "True if the client writes the file", source: "zeek/spicy-tftp scripts/main.zeek" },
    fname: { kind: "string", text: "Name of the file", example: "running-config" },
    mode: { kind: "string", text: "Mode of the transfer", example: "octet" },
    uid_data: { kind: "string", text: "Connection that carries the data, which goes on from another port" },
    size: { kind: "count", unit: "octets", text: "Octets of the file that went by" },
    block_sent: { kind: "count", text: "Highest number of a block that was sent" },
    block_acked: { kind: "count", text: "Highest number of a block that was acknowledged" },
    error_code: { kind: "count", text: "Code of the error that ended it", example: "1" },
    error_msg: { kind: "string", text: "Text of that error", example: "File not found" },
    options: {
      kind: "vector[string]",
      own: true,
      text: "Options of the request",
      example: "tsize=0",
      source: "RFC 2347",
    },
    is_complete: { kind: "bool", own: true, text: "True if the last block was seen" },
    mime_type: { kind: "string", own: true, text: "Type of the file by its content" },
    fuid: { kind: "string", own: true, text: "Identifier of the file, if files are followed" },
  },
});
