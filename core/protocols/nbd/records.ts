import { recordType } from "../../records/record-type.ts";

/** One connection to a network block device. */
export const nbdRecord = recordType({
  name: "nbd",
  text: "A connection to a network block device: which export was asked for, and how much was moved",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    handshake: { kind: "string", text: "fixed newstyle, newstyle or oldstyle", example: "fixed newstyle" },
    export: { kind: "string", text: "Name of the export; empty for the default one", example: "repo01" },
    size: { kind: "count", unit: "octets", text: "Size of the export" },
    read_only: { kind: "bool", text: "Whether the server says that it is read-only" },
    options: {
      kind: "vector[string]",
      text: "Options that the client asked for, with the refusal",
      example: "STARTTLS: ERR_POLICY",
    },
    exports: { kind: "vector[string]", text: "Exports that LIST told", example: "repo01" },
    tls: { kind: "bool", text: "Whether the connection changed to TLS" },
    success: { kind: "bool", text: "Whether the export was given; unset if no answer was seen" },
    commands: { kind: "count", text: "Requests" },
    octets_read: { kind: "count", unit: "octets", text: "Octets asked for with READ" },
    octets_written: { kind: "count", unit: "octets", text: "Octets sent with WRITE" },
    ended: { kind: "bool", text: "Whether the client said that it goes (DISC)" },
  },
});
