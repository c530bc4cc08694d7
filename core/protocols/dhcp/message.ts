import { ipv4Text } from "../../bytes/address.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";

/** Octets before the options: the fixed part and the magic cookie. RFC 2131 2 */
const FIXED_OCTETS = 240;
const COOKIE_AT = 236;
const COOKIE = 0x63825363;
const ETHERNET = 1;

const REQUEST = 1;
const REPLY = 2;

/** Message types. RFC 2132 9.6, RFC 3203, RFC 4388, RFC 6926, RFC 7724; names as in Zeek's base/protocols/dhcp/consts.zeek. */
const TYPES: readonly string[] = [
  "",
  "DISCOVER",
  "OFFER",
  "REQUEST",
  "DECLINE",
  "ACK",
  "NAK",
  "RELEASE",
  "INFORM",
  "FORCERENEW",
  "LEASEQUERY",
  "LEASEUNASSIGNED",
  "LEASEUNKNOWN",
  "LEASEACTIVE",
  "BULKLEASEQUERY",
  "LEASEQUERYDONE",
  "ACTIVELEASEQUERY",
  "LEASEQUERYSTATUS",
  "TLS",
];

const OPTION = {
  pad: 0,
  routers: 3,
  dnsServers: 6,
  hostName: 12,
  domainName: 15,
  requestedAddress: 50,
  leaseTime: 51,
  messageType: 53,
  serverId: 54,
  parameterList: 55,
  message: 56,
  vendorClass: 60,
  clientId: 61,
  tftpServer: 66,
  bootFile: 67,
  userClass: 77,
  clientFqdn: 81,
  proxyConfig: 252,
  end: 255,
} as const;

/** One message; texts and addresses are null where the option is absent. RFC 2131 2 and RFC 2132 */
export interface DhcpMessage {
  readonly isReply: boolean;
  readonly xid: number;
  /** `yiaddr`: the address that the client gets; null if it is 0.0.0.0. */
  readonly yourAddress: string | null;
  /** `giaddr`: the relay that passed it on; null if it is 0.0.0.0. */
  readonly relay: string | null;
  /** `chaddr` as Zeek writes it: six octets, or eight if the seventh or eighth is not 0. */
  readonly hardwareAddress: string;
  /** `file`, up to its first NUL. */
  bootFile: string | null;
  /** 0 if there was no such option. */
  type: number;
  hostName: string | null;
  clientFqdn: string | null;
  domain: string | null;
  requestedAddress: string | null;
  /** Seconds. */
  leaseTime: number | null;
  message: string | null;
  serverId: string | null;
  /** Ethernet address in the client identifier. */
  clientIdMac: string | null;
  vendorClass: string | null;
  userClass: string | null;
  parameterList: number[] | null;
  routers: string[] | null;
  dnsServers: string[] | null;
  tftpServer: string | null;
  proxyConfig: string | null;
  /** An option reached behind the end. */
  isCut: boolean;
}

/** Name of a message type. */
export function messageTypeName(type: number): string {
  return (type > 0 ? TYPES[type] : undefined) ?? `unknown-message-type-${type}`;
}

/** True if the octets begin as a message does, its magic cookie included; does not move. */
export function looksLikeDhcp(r: ByteReader): boolean {
  const op = r.peekU8();
  return (op === REQUEST || op === REPLY) && r.peekU32be(COOKIE_AT) === COOKIE;
}

/** Reads one datagram; null if it is none. */
export function readDhcpMessage(r: ByteReader): DhcpMessage | null {
  if (!looksLikeDhcp(r)) return null;
  const start = r.pos;
  const isReply = r.u8() === REPLY;
  r.skip(3);
  const xid = r.u32be();
  r.seek(start + 16);
  const yourAddress = addressOf(r);
  r.skip(4);
  const relay = addressOf(r);
  const hardwareAddress = macText(r.bytes(16));
  r.seek(start + 108);
  const bootFile = textToNul(r.latin1(128));
  r.seek(start + FIXED_OCTETS);
  const message: DhcpMessage = {
    isReply,
    xid,
    yourAddress,
    relay,
    hardwareAddress,
    bootFile: bootFile === "" ? null : bootFile,
    type: 0,
    hostName: null,
    clientFqdn: null,
    domain: null,
    requestedAddress: null,
    leaseTime: null,
    message: null,
    serverId: null,
    clientIdMac: null,
    vendorClass: null,
    userClass: null,
    parameterList: null,
    routers: null,
    dnsServers: null,
    tftpServer: null,
    proxyConfig: null,
    isCut: false,
  };
  readOptions(r, message);
  return message;
}

function readOptions(r: ByteReader, message: DhcpMessage): void {
  while (r.left > 0) {
    const code = r.u8();
    if (code === OPTION.pad) continue;
    if (code === OPTION.end) return;
    const length = r.u8();
    if (r.truncated || length > r.left) {
      message.isCut = true;
      return;
    }
    const former = r.narrow(length);
    readOption(r, code, length, message);
    r.truncated = false;
    r.pos = r.end;
    r.widen(former);
  }
  message.isCut = true;
}

function readOption(r: ByteReader, code: number, length: number, message: DhcpMessage): void {
  switch (code) {
    case OPTION.messageType:
      if (message.type === 0) message.type = r.u8();
      break;
    case OPTION.hostName:
      message.hostName = wireText(r, length);
      break;
    case OPTION.domainName:
      message.domain = withoutNuls(wireText(r, length));
      break;
    case OPTION.clientFqdn:
      r.skip(3);
      if (!r.truncated) message.clientFqdn = wireText(r, length - 3);
      break;
    case OPTION.requestedAddress:
      if (length >= 4) message.requestedAddress = ipv4Text(r);
      break;
    case OPTION.serverId:
      if (length >= 4) message.serverId = ipv4Text(r);
      break;
    case OPTION.leaseTime:
      if (length >= 4) message.leaseTime = r.u32be();
      break;
    case OPTION.message:
      message.message = wireText(r, length);
      break;
    case OPTION.clientId:
      if (r.u8() === ETHERNET) message.clientIdMac = macText(r.bytes(length - 1));
      break;
    case OPTION.vendorClass:
      message.vendorClass = wireText(r, length);
      break;
    case OPTION.userClass:
      message.userClass = wireText(r, length);
      break;
    case OPTION.parameterList:
      message.parameterList = [...r.bytes(length)];
      break;
    case OPTION.routers:
      message.routers = addressesOf(r);
      break;
    case OPTION.dnsServers:
      message.dnsServers = addressesOf(r);
      break;
    case OPTION.tftpServer:
      message.tftpServer = textToNul(wireText(r, length));
      break;
    case OPTION.bootFile:
      message.bootFile = textToNul(wireText(r, length));
      break;
    case OPTION.proxyConfig:
      message.proxyConfig = withoutNuls(wireText(r, length)).replace(/\n$/, "");
      break;
    default:
  }
}

function addressOf(r: ByteReader): string | null {
  const text = ipv4Text(r);
  return text === "0.0.0.0" ? null : text;
}

function addressesOf(r: ByteReader): string[] {
  const addresses: string[] = [];
  while (r.left >= 4) addresses.push(ipv4Text(r));
  return addresses;
}

/** Zeek: `fmt_mac` */
function macText(octets: Uint8Array): string {
  if (octets.length < 6 || octets.length === 7) return "";
  const isShort = octets.length === 6 || (octets[6] === 0 && octets[7] === 0);
  return Array.from(octets.subarray(0, isShort ? 6 : 8), (octet) => octet.toString(16).padStart(2, "0")).join(":");
}

function textToNul(text: string): string {
  const at = text.indexOf("\0");
  return at < 0 ? text : text.slice(0, at);
}

/** Without NULs at the end, which some servers send. */
function withoutNuls(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}
