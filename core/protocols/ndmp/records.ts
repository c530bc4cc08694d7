import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

/** One operation of the control connection. */
export const NDMP_RECORD = recordType({
  name: "ndmp",
  text: "One operation on a control connection of NDMP, the protocol by which backup software drives storage systems and tapes",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    operation: {
      kind: "string",
      text: "The message, without NDMP_ before it; its number where it has no name",
      example: "DATA_START_BACKUP",
      source: "NDMP version 4",
    },
    outcome: {
      kind: "enum",
      text: "granted or refused, as the reply says; asked if none was seen; told for messages that have none",
      example: "granted",
    },
    error: { kind: "string", text: "Error of the reply", example: "NOT_AUTHORIZED_ERR" },
    version: { kind: "count", text: "Version that is spoken", example: "4" },
    sequence: { kind: "count", text: "Number of the request, or of the first of them" },
    messages: { kind: "count", text: "Requests that this row stands for: polls and file history are gathered" },
    user: { kind: "string", text: "Account that is logged on, or tries to", example: "ndmp" },
    auth_type: { kind: "enum", text: "none, text or md5", example: "md5" },
    password_seen: { kind: "bool", text: "True if a password went by in clear; it is not kept" },
    device: { kind: "string", text: "Tape or changer that is open", example: "nrst0a" },
    mode: { kind: "string", text: "How a tape is opened, or what the mover does", example: "read" },
    command: { kind: "string", text: "Tape operation, or SCSI command to a tape or changer", example: "REW" },
    count: { kind: "count", text: "How often a tape operation is done; size of records for MOVER_SET_RECORD_SIZE" },
    address: {
      kind: "string",
      text: "Where the data connection goes: address and port, or local",
      example: "10.0.0.9:40112",
    },
    butype: { kind: "string", text: "Type of the backup", example: "dump" },
    environment: {
      kind: "vector[string]",
      text: "Variables of a backup or a restore",
      example: "FILESYSTEM=/vol/vol1",
    },
    paths: { kind: "vector[string]", text: "Files and directories that are named, the first of them" },
    destinations: { kind: "vector[string]", text: "Where a restore puts each of the paths" },
    entries: { kind: "count", text: "Files, directories or nodes of the file history; items of a list" },
    octets: { kind: "count", unit: "octets", text: "Octets written to the tape or read from it by these messages" },
    hostname: { kind: "string", text: "Name of the server's host", example: "filer1" },
    os: { kind: "string", text: "Its system and version", example: "NetApp Release 9.1" },
    vendor: { kind: "string", text: "Vendor of the server", example: "NETAPP" },
    product: { kind: "string", text: "Product of the server", example: "NDMP Server" },
    revision: { kind: "string", text: "Revision of the server", example: "1.0" },
    text: { kind: "string", text: "Log message, or the reason that a notice gives", example: "connected" },
  },
});

export type NdmpRow = { -readonly [K in keyof RowOf<typeof NDMP_RECORD>]: RowOf<typeof NDMP_RECORD>[K] };

export function emptyRow(operation: string, sequence: number): NdmpRow {
  return {
    operation,
    outcome: "asked",
    error: null,
    version: null,
    sequence,
    messages: 1,
    user: null,
    auth_type: null,
    password_seen: null,
    device: null,
    mode: null,
    command: null,
    count: null,
    address: null,
    butype: null,
    environment: null,
    paths: null,
    destinations: null,
    entries: null,
    octets: null,
    hostname: null,
    os: null,
    vendor: null,
    product: null,
    revision: null,
    text: null,
  };
}
