import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/snmp/main.zeek";

/** What a manager and an agent said to each other on one connection. */
export const snmpRecord = recordType({
  name: "snmp",
  text: "One SNMP session: what was asked, answered and set on one connection",
  version: 1,
  layout: "connection",
  columns: {
    duration: { kind: "interval", text: "Time from its first to its last message", source: ZEEK },
    version: { kind: "string", text: "Version of its first message: 1, 2c or 3", example: "2c", source: ZEEK },
    community: {
      kind: "string",
      text: "Community of its first message that has one: the password of versions 1 and 2c, sent in clear",
      example: "public",
      source: ZEEK,
    },
    get_requests: { kind: "count", text: "Variables asked for, one by one or as the next of another", source: ZEEK },
    get_bulk_requests: { kind: "count", text: "Variables asked for in bulk", source: ZEEK },
    get_responses: { kind: "count", text: "Variables in responses", source: ZEEK },
    set_requests: { kind: "count", text: "Variables that were to be set", source: ZEEK },
    display_string: { kind: "string", text: "What the agent says it is (sysDescr)", source: ZEEK },
    up_since: { kind: "time", text: "When the agent started, by its own word (sysUpTime)", source: ZEEK },
    user: { kind: "string", own: true, text: "User of version 3", example: "backupmon", source: "RFC 3414 2.4" },
    engine_id: { kind: "string", own: true, text: "Engine of the agent, in hexadecimal", source: "RFC 3411 5" },
    security: {
      kind: "enum",
      own: true,
      text: "Highest security level of version 3: noAuthNoPriv, authNoPriv, authPriv",
      source: "RFC 3411 3.4.3",
    },
    context: { kind: "string", own: true, text: "Context of version 3", source: "RFC 3412 6.8", example: "vlan-20" },
    traps: { kind: "count", own: true, text: "Traps and informs", source: "RFC 3416 4.2.6" },
    errors: { kind: "count", own: true, text: "Responses that tell an error, and reports", source: "RFC 3416 3" },
    set_oids: {
      kind: "vector[string]",
      own: true,
      text: "Variables that were to be set, the first 32",
      example: "1.3.6.1.2.1.1.6.0",
      source: "RFC 3416 4.2.5",
    },
    first_oid: { kind: "string", own: true, text: "Variable that was asked for first", example: "1.3.6.1.2.1" },
  },
});

export type SnmpRow = { -readonly [K in keyof RowOf<typeof snmpRecord>]: RowOf<typeof snmpRecord>[K] };
