import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/dhcp/main.zeek";

/** One transaction: messages with the same identifier within a short time, whatever addresses they went between. */
export const dhcpRecord = recordType({
  name: "dhcp",
  text: "One DHCP transaction: the messages of one identifier within half a minute, over all connections that carried them",
  version: 1,
  layout: "plain",
  columns: {
    uids: {
      kind: "set[string]",
      text: "Connections that carried its messages, at most ten",
      source: ZEEK,
    },
    client_addr: {
      kind: "addr",
      text: "Address the client sent from, or else the one it got",
      example: "10.20.1.15",
      source: ZEEK,
    },
    server_addr: { kind: "addr", text: "Address the server that gave an address sent from", source: ZEEK },
    mac: { kind: "string", text: "Client's hardware address", example: "00:50:56:9a:11:02", source: ZEEK },
    host_name: { kind: "string", text: "Name that the client gives itself", source: "RFC 2132 3.14" },
    client_fqdn: {
      kind: "string",
      text: "Full name that the client gives itself",
      source: "RFC 4702",
      example: "vbr01.corp.example",
    },
    domain: { kind: "string", text: "Domain that the server gives", source: "RFC 2132 3.17" },
    requested_addr: { kind: "addr", text: "Address the client asked for", source: "RFC 2132 9.1" },
    assigned_addr: { kind: "addr", text: "Address the server gave", source: "RFC 2131 2" },
    lease_time: { kind: "interval", text: "How long the client may use it", source: "RFC 2132 9.2" },
    client_message: {
      kind: "string",
      text: "Why the client declines, in words",
      source: "RFC 2132 9.9",
      example: "address in use",
    },
    server_message: {
      kind: "string",
      text: "Why the server refuses, in words",
      source: "RFC 2132 9.9",
      example: "requested address not available",
    },
    msg_types: {
      kind: "vector[string]",
      text: "Its messages in order, at most fifty",
      example: "DISCOVER,OFFER,REQUEST,ACK",
      source: ZEEK,
    },
    duration: { kind: "interval", text: "Time from its first to its last message", source: ZEEK },
    trans_id: { kind: "count", own: true, text: "Identifier that its messages share", example: "972143219" },
    servers: {
      kind: "set[addr]",
      own: true,
      text: "Servers that answered, by their own word: more than one may mean that one of them is not meant to be there",
      source: "RFC 2132 9.7",
    },
    relays: {
      kind: "set[addr]",
      own: true,
      text: "Relays that passed messages on",
      source: "RFC 2131 2",
      example: "10.20.1.1",
    },
    routers: { kind: "vector[addr]", own: true, text: "Routers that the last server named", source: "RFC 2132 3.5" },
    dns_servers: {
      kind: "vector[addr]",
      own: true,
      text: "Name servers that the last server named",
      source: "RFC 2132 3.8",
    },
    proxy_config: {
      kind: "string",
      own: true,
      text: "Where the server says the proxy's settings are (WPAD)",
      source: "draft-ietf-wrec-wpad-01",
      example: "http://wpad.corp.example/wpad.dat",
    },
    tftp_server: {
      kind: "string",
      own: true,
      text: "Server to boot from",
      source: "RFC 2132 9.4",
      example: "pxe01.corp.example",
    },
    boot_file: {
      kind: "string",
      own: true,
      text: "File to boot from",
      source: "RFC 2131 2",
      example: "boot\\x64\\wdsnbp.com",
    },
    vendor_class: {
      kind: "string",
      own: true,
      text: "What the client says it is; tells operating systems apart",
      example: "MSFT 5.0",
      source: "RFC 2132 9.13",
    },
    user_class: {
      kind: "string",
      own: true,
      text: "Group that the client says it belongs to",
      source: "RFC 3004",
      example: "iPXE",
    },
    param_list: {
      kind: "vector[count]",
      own: true,
      text: "Options the client asked for, in its order; with vendor_class a fingerprint of its system",
      example: "1,3,6,15,31,33,43,44,46,47,119,121,249,252",
      source: "RFC 2132 9.8",
    },
  },
});

export type DhcpRow = { -readonly [K in keyof RowOf<typeof dhcpRecord>]: RowOf<typeof dhcpRecord>[K] };

/** The row of a transaction that nothing is known of yet. */
export function emptyDhcpRow(xid: number): DhcpRow {
  return {
    uids: null,
    client_addr: null,
    server_addr: null,
    mac: null,
    host_name: null,
    client_fqdn: null,
    domain: null,
    requested_addr: null,
    assigned_addr: null,
    lease_time: null,
    client_message: null,
    server_message: null,
    msg_types: null,
    duration: 0,
    trans_id: xid,
    servers: null,
    relays: null,
    routers: null,
    dns_servers: null,
    proxy_config: null,
    tftp_server: null,
    boot_file: null,
    vendor_class: null,
    user_class: null,
    param_list: null,
  };
}
