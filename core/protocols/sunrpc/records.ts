import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

const outcome = {
  kind: "enum",
  text: "confirmed: done; refused: an error was returned; attempted: no answer was seen",
  example: "confirmed",
} as const;
const client = {
  machine: { kind: "string", text: "Name that the client's machine gives itself (AUTH_SYS)", example: "proxy01" },
  uid_number: { kind: "count", text: "User number that the client claims (AUTH_SYS)", example: "0" },
  gid_number: { kind: "count", text: "Group number that the client claims (AUTH_SYS)", example: "0" },
  user: { kind: "string", text: "Who authenticated with RPCSEC_GSS", example: "root@CORP.EXAMPLE" },
  security: {
    kind: "enum",
    text: "How the call is authenticated: none, sys, gss (header only), gss_integrity, gss_privacy (sealed), or a flavor's number",
    example: "sys",
  },
} as const;
const SPEC = "RFC 5531";

/** All calls of a kind in one connection. */
export const rpcRecord = recordType({
  name: "rpc",
  text: "Remote procedure calls of one kind and status in one connection (ONC RPC); each operation of an NFSv4 compound counts by itself",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    program: { kind: "count", text: "Number of the program", example: "100003", source: SPEC },
    program_name: { kind: "string", text: "Its name, or the number again", example: "nfs" },
    version: { kind: "count", text: "Version of the program", example: "3", source: SPEC },
    procedure: { kind: "string", text: "Procedure, or operation of a compound", example: "GETATTR" },
    outcome,
    status: { kind: "string", text: "Status that was returned", example: "NFS3_OK" },
    calls: { kind: "count", text: "How many" },
    sealed: { kind: "count", text: "How many of them were encrypted" },
    security: client.security,
    machine: client.machine,
  },
});

/** One request to the portmapper. */
export const portmapRecord = recordType({
  name: "portmap",
  text: "A request to the portmapper or rpcbind, which tells at which port a program is",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    operation: { kind: "string", text: "Procedure", example: "GETPORT", source: "RFC 1833" },
    outcome,
    status: { kind: "string", text: "Why the call was not carried out", example: "PROG_UNAVAIL" },
    program: { kind: "count", text: "Program that is asked for or registered", example: "100003" },
    program_name: { kind: "string", text: "Its name, or the number again", example: "nfs" },
    version: { kind: "count", text: "Its version", example: "3" },
    transport: { kind: "string", text: "tcp, udp, or a network identifier", example: "tcp" },
    address: { kind: "string", text: "Port or universal address that was told or registered", example: "2049" },
    mappings: {
      kind: "vector[string]",
      text: "What a list told, at most 256: program, version, transport, port or address",
      example: "nfs 3 tcp 2049",
    },
    ...client,
  },
});

/** One request to the mount service. */
export const mountRecord = recordType({
  name: "mount",
  text: "A request to an NFS server's mount service",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    operation: { kind: "string", text: "MNT, UMNT, UMNTALL, DUMP, EXPORT …", example: "MNT", source: "RFC 1813 5" },
    version: { kind: "count", text: "Version of the mount protocol", example: "3" },
    outcome,
    status: { kind: "string", text: "Status that was returned", example: "MNT3_OK" },
    path: { kind: "string", text: "Exported directory", example: "/export/backup" },
    handle: { kind: "string", text: "Hash of the handle that was given out, as in nfs", example: "a1aaceee" },
    auth_flavors: { kind: "vector[string]", text: "Ways to authenticate that the server takes", example: "sys" },
    entries: {
      kind: "vector[string]",
      text: "What a list told, at most 256: exported directories with who may mount them, or hosts with what they mounted",
      example: "/export/backup 10.0.0.0/24",
    },
    ...client,
  },
});

/** One operation on files. */
export const nfsRecord = recordType({
  name: "nfs",
  text: "An operation on a file or directory over NFS; reads, writes, look-ups and lists of the same object in a row are one",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    version: { kind: "string", text: "Version of NFS", example: "4.1" },
    operation: { kind: "string", text: "Procedure, or operation of a compound", example: "REMOVE" },
    outcome,
    status: { kind: "string", text: "Status that was returned", example: "NFS3_OK" },
    path: {
      kind: "string",
      text: "What it is done to, from the server's root as far as handles could be resolved; … where they could not",
      example: "/export/backup/daily/fs01.vbk",
    },
    new_path: { kind: "string", text: "New name of a rename, place of a link or copy, target of a symbolic link" },
    export: {
      kind: "string",
      text: "Exported directory that it lies in, where the mount was seen",
      example: "/export",
    },
    handle: {
      kind: "string",
      text: "CRC-32 of the handle of the file or directory, as Wireshark's nfs.fh.hash shows it",
      example: "a1aaceee",
    },
    size: {
      kind: "count",
      unit: "octets",
      text: "Size that it is set to (SETATTR, CREATE, OPEN) or had after the operation",
    },
    mode: { kind: "string", text: "Permissions that are set, octal", example: "0644" },
    calls: { kind: "count", text: "Calls that this row stands for" },
    octets: { kind: "count", unit: "octets", text: "Octets read or written, as the answers say" },
    offset: {
      kind: "count",
      unit: "octets",
      text: "Where the range begins that was read, written, locked, freed or copied",
    },
    end: { kind: "count", unit: "octets", text: "Where it ends" },
    detail: { kind: "string", text: "Further circumstances, in words", example: "truncated by opening" },
    ...client,
  },
});

export type NfsRow = { -readonly [K in keyof RowOf<typeof nfsRecord>]: RowOf<typeof nfsRecord>[K] };
