import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/ntp/main.zeek";
const RFC = "RFC 5905 7.3";

const VERSION_AND_MODE = {
  version: { kind: "count", text: "Version of the protocol", example: "4", source: ZEEK },
  mode: {
    kind: "count",
    text: "Mode: 1 and 2 symmetric, 3 client, 4 server, 5 broadcast, 6 control, 7 private",
    example: "3",
    source: ZEEK,
  },
} as const;

/** One message that tells time. */
export const ntpRecord = recordType({
  name: "ntp",
  text: "One NTP message that asks for or tells the time",
  version: 1,
  layout: "connection",
  columns: {
    ...VERSION_AND_MODE,
    stratum: {
      kind: "count",
      text: "Steps from the reference clock: 1 has one, 0 is unknown",
      example: "2",
      source: RFC,
    },
    poll: { kind: "interval", text: "Longest time between messages", source: RFC },
    precision: { kind: "interval", text: "Precision of the sender's clock", source: RFC },
    root_delay: { kind: "interval", text: "Delay of the way to the reference clock and back", source: RFC },
    root_disp: { kind: "interval", text: "Dispersion to the reference clock", source: RFC },
    ref_id: {
      kind: "string",
      text: "Stratum 0: why nothing is told; 1: kind of the reference clock; above: address of the server's own server",
      example: "85.199.214.99",
      source: ZEEK,
    },
    ref_time: { kind: "time", text: "When the sender's clock was last set", source: RFC },
    org_time: { kind: "time", text: "When the request left the client, by its clock", source: RFC },
    rec_time: { kind: "time", text: "When the request reached the server, by its clock", source: RFC },
    xmt_time: { kind: "time", text: "When this message left, by its sender's clock", source: RFC },
    num_exts: { kind: "count", text: "Extension fields in it", source: "RFC 7822" },
    key_id: { kind: "count", own: true, text: "Key by which it is authenticated, if it is", source: RFC, example: "1" },
  },
});

/** One control message, as Zeek's test suite logs `NTP::ControlMessage`. */
export const ntpControlRecord = recordType({
  name: "ntp_control",
  text: "One NTP control message (mode 6), by which servers are asked and set up",
  version: 1,
  layout: "connection",
  columns: {
    ...VERSION_AND_MODE,
    op_code: {
      kind: "count",
      text: "Operation: 1 status, 2 and 3 variables, 8 configuration, 10 list of clients",
      source: "RFC 9327 2",
    },
    sequence: { kind: "count", text: "Number that pairs a request with its responses", source: "RFC 9327 2" },
    status: { kind: "count", text: "Status word of the system or association", source: "RFC 9327 3" },
    association_id: { kind: "count", text: "Association it is about, 0 for the system", source: "RFC 9327 2" },
    resp_bit: { kind: "bool", text: "It is a response", source: "RFC 9327 2" },
    err_bit: { kind: "bool", text: "It tells an error", source: "RFC 9327 2" },
    more_bit: { kind: "bool", text: "More of the response follows", source: "RFC 9327 2" },
    data: {
      kind: "string",
      text: "Variables as text, the first 1024 octets",
      source: "RFC 9327 2",
      example: 'version="ntpd 4.2.8p15", processor="x86_64"',
    },
    key_id: {
      kind: "count",
      text: "Key by which it is authenticated, if it is",
      source: "RFC 1305 appendix B",
      example: "1",
    },
    crypto_checksum: {
      kind: "string",
      text: "Authenticator",
      source: "RFC 1305 appendix B",
      example: "\\x8f\\x1a\\x03\\xd2",
    },
  },
});

/** One private message, as Zeek's test suite logs `NTP::Mode7Message`. */
export const ntpPrivateRecord = recordType({
  name: "ntp_private",
  text: "One private NTP message (mode 7); request 42 lists clients, and answers far longer than it asks",
  version: 1,
  layout: "connection",
  columns: {
    ...VERSION_AND_MODE,
    req_code: {
      kind: "count",
      text: "Request: 42 list of clients (monlist)",
      example: "42",
      source: "ntp include/ntp_request.h",
    },
    auth_bit: { kind: "bool", text: "It is authenticated", source: "ntp include/ntp_request.h" },
    sequence: { kind: "count", text: "Number of the packet in a response", source: "ntp include/ntp_request.h" },
    implementation: { kind: "count", text: "Implementation it is meant for", source: "ntp include/ntp_request.h" },
    err: { kind: "count", text: "Error of a response, 0 for none", source: "ntp include/ntp_request.h" },
    data: {
      kind: "string",
      text: "Items of the request or response, the first 1024 octets",
      source: "ntp include/ntp_request.h",
      example: "\\x00\\x00\\x00\\x01",
    },
  },
});
