import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/dns/main.zeek";

/** One query with its response, or one of them alone. */
export const DNS_RECORD = recordType({
  name: "dns",
  text: "One DNS, mDNS, LLMNR or NetBIOS name query with its response, or one that stayed alone",
  version: 1,
  layout: "connection",
  columns: {
    proto: { kind: "enum", text: "Transport that carried the messages", example: "udp", source: ZEEK },
    trans_id: {
      kind: "count",
      text: "Identifier that pairs a query with its response",
      example: "38549",
      source: "RFC 1035 4.1.1",
    },
    rtt: {
      kind: "interval",
      text: "Time from the query to its response; only set if the response has answers",
      example: "0.003940",
      source: ZEEK,
    },
    query: {
      kind: "string",
      text: "Name that was asked for, in lower case; decoded if it is a NetBIOS name",
      example: "backup01.example.com",
    },
    qclass: { kind: "count", text: "Class of the question", example: "1" },
    qclass_name: { kind: "string", text: "Name of the class", example: "C_INTERNET" },
    qtype: { kind: "count", text: "Type of the question", example: "28" },
    qtype_name: { kind: "string", text: "Name of the type", example: "AAAA" },
    rcode: { kind: "count", text: "Response code", example: "3" },
    rcode_name: { kind: "string", text: "Name of the response code", example: "NXDOMAIN" },
    AA: { kind: "bool", text: "The responding server has authority for the name" },
    TC: { kind: "bool", text: "The query was marked as cut short" },
    RD: { kind: "bool", text: "The client wants recursion" },
    RA: { kind: "bool", text: "The server offers recursion" },
    Z: {
      kind: "count",
      text: "Three reserved bits of the query; today the lower two are AD and CD",
      source: "RFC 4035 3.1.6",
    },
    answers: {
      kind: "vector[string]",
      text: "Answers as text, in order",
      example: "arc.msn.com.nsatc.net,52.179.129.229",
      source: ZEEK,
    },
    TTLs: { kind: "vector[interval]", text: "How long each of the answers may be cached" },
    rejected: {
      kind: "bool",
      text: "The server refused: its response has no records at all, or an error and no question",
      source: ZEEK,
    },
    opcode: { kind: "count", text: "Kind of query", example: "0" },
    opcode_name: { kind: "string", text: "Name of the kind of query", example: "query" },
    auth: {
      kind: "set[string]",
      own: true,
      text: "Records of the authority section, as the answers, each once",
      source: "Zeek policy/protocols/dns/auth-addl.zeek",
    },
    addl: {
      kind: "set[string]",
      own: true,
      text: "Records of the additional section, as the answers, each once",
      source: "Zeek policy/protocols/dns/auth-addl.zeek",
    },
    original_query: {
      kind: "string",
      own: true,
      text: "The queried name as it was written, if it has capitals",
      source: "Zeek policy/protocols/dns/log-original-query-case.zeek",
    },
    other_answers: {
      kind: "vector[string]",
      own: true,
      text: "Answers of types that Zeek has no text for (HTTPS, SVCB, CAA, HINFO, NetBIOS)",
      example: "HTTPS 1 . alpn=h3,h2",
    },
    questions: { kind: "count", own: true, text: "Questions in the query; only the last one is shown" },
    query_octets: { kind: "count", own: true, unit: "octets", text: "Length of the query message" },
    response_octets: { kind: "count", own: true, unit: "octets", text: "Length of the response message" },
    edns_size: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "UDP payload the client can take, by EDNS",
      source: "RFC 6891 6.1.2",
    },
    dnssec_ok: { kind: "bool", own: true, text: "The client takes DNSSEC records (EDNS)", source: "RFC 3225" },
    client_subnet: {
      kind: "string",
      own: true,
      text: "Client's network that a resolver passed on",
      example: "192.0.2.0/24",
      source: "RFC 7871",
    },
  },
});
