import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import type { DhcpMessage } from "./message.ts";
import { messageTypeName, readDhcpMessage } from "./message.ts";
import type { Participant, Transaction } from "./transactions.ts";
import { Transactions } from "./transactions.ts";

const SERVER_PORT = 67;
const CLIENT_PORT = 68;
const ANY_ADDRESS = "0.0.0.0";
const BROADCAST = "255.255.255.255";
/** Most servers and relays kept of one transaction. */
const MAX_ADDRESSES = 16;
const SHARED = "dhcp";

/** Messages between two addresses: joined to transactions as Zeek's base/protocols/dhcp/main.zeek does. */
export class DhcpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #transactions: Transactions;
  readonly #self: Participant;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    let shared = conn.pair.get(SHARED) as Transactions | undefined;
    if (shared === undefined) conn.pair.set(SHARED, (shared = new Transactions(conn.pair)));
    this.#transactions = shared;
    this.#self = { uid: conn.uid, out, transactions: new Set() };
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const message = readDhcpMessage(r);
    if (message === null) {
      this.#out.weird("dhcp_malformed");
      return;
    }
    if (message.isCut) this.#out.weird("dhcp_option_past_end");
    if (message.type === 0) {
      this.#out.weird("dhcp_no_message_type");
      if (message.isCut) return;
    }
    this.#conn.confirm();
    const transaction = this.#transactions.join(message.xid, this.#self, this.#conn.now);
    transaction.types.push(messageTypeName(message.type));
    if (this.#isOfClient(fromOriginator)) this.#addRequest(message, transaction);
    else this.#addReply(message, transaction, fromOriginator);
    if (message.relay !== null) transaction.row.relays = withAddress(transaction.row.relays, message.relay);
    this.#transactions.added(transaction);
  }

  gap(): void {}

  close(): void {
    this.#transactions.leave(this.#self);
  }

  /** A server's broadcast makes it the originator. */
  #isOfClient(fromOriginator: boolean): boolean {
    const { origH, origP, respP } = this.#conn;
    return fromOriginator && (origH === ANY_ADDRESS || origP === CLIENT_PORT || respP === SERVER_PORT);
  }

  #addRequest(message: DhcpMessage, transaction: Transaction): void {
    const { row } = transaction;
    const { origH } = this.#conn;
    row.client_message = message.message ?? row.client_message;
    if (origH !== ANY_ADDRESS && origH !== BROADCAST) row.client_addr = origH;
    row.host_name = message.hostName ?? row.host_name;
    row.client_fqdn = message.clientFqdn ?? row.client_fqdn;
    if (message.clientIdMac !== null) row.mac = message.clientIdMac;
    else transaction.clientHardware = message.hardwareAddress;
    row.requested_addr = message.requestedAddress ?? row.requested_addr;
    row.vendor_class = message.vendorClass ?? row.vendor_class;
    row.user_class = message.userClass ?? row.user_class;
    row.param_list = message.parameterList ?? row.param_list;
  }

  #addReply(message: DhcpMessage, transaction: Transaction, fromOriginator: boolean): void {
    const { row } = transaction;
    row.server_message = message.message ?? row.server_message;
    if (message.yourAddress !== null) {
      row.server_addr = fromOriginator ? this.#conn.origH : this.#conn.respH;
      row.assigned_addr = message.yourAddress;
    }
    if (message.hardwareAddress !== "") row.mac ??= message.hardwareAddress;
    row.client_addr ??= row.assigned_addr;
    row.domain = message.domain ?? row.domain;
    if (message.leaseTime !== null) row.lease_time = message.leaseTime * 1e9;
    if (message.serverId !== null) row.servers = withAddress(row.servers, message.serverId);
    row.routers = message.routers ?? row.routers;
    row.dns_servers = message.dnsServers ?? row.dns_servers;
    row.proxy_config = message.proxyConfig ?? row.proxy_config;
    row.tftp_server = message.tftpServer ?? row.tftp_server;
    row.boot_file = message.bootFile ?? row.boot_file;
  }
}

function withAddress(addresses: readonly string[] | null, address: string): readonly string[] {
  if (addresses === null) return [address];
  return addresses.length >= MAX_ADDRESSES || addresses.includes(address) ? addresses : [...addresses, address];
}
