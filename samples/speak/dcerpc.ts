import { ascii, ByteWriter, hex, joined } from "../wire/byte-writer.ts";

/** An interface: name for the pipe or the log, identifier, version. */
export interface RpcInterface {
  readonly name: string;
  readonly uuid: string;
  readonly version: number;
}

export const SVCCTL: RpcInterface = { name: "svcctl", uuid: "367abb81-9844-35f1-ad32-98f038001003", version: 2 };
export const TASKS: RpcInterface = { name: "atsvc", uuid: "86d35949-83c9-4044-b424-db363231fd0c", version: 1 };
export const WINREG: RpcInterface = { name: "winreg", uuid: "338cd001-2244-31f1-aaaa-900038001003", version: 1 };
export const SRVSVC: RpcInterface = { name: "srvsvc", uuid: "4b324fc8-1670-01d3-1278-5a47bf6ee188", version: 3 };
export const SAMR: RpcInterface = { name: "samr", uuid: "12345778-1234-abcd-ef00-0123456789ac", version: 1 };
export const NETLOGON: RpcInterface = { name: "netlogon", uuid: "12345678-1234-abcd-ef00-01234567cffb", version: 1 };
export const DRSUAPI: RpcInterface = { name: "drsuapi", uuid: "e3514235-4b06-11d1-ab04-00c04fc2dcd2", version: 4 };
export const EPMAPPER: RpcInterface = { name: "epmapper", uuid: "e1af8308-5d1f-11c9-91a4-08002b14a0fa", version: 3 };
export const ACTIVATOR: RpcInterface = {
  name: "IRemoteSCMActivator",
  uuid: "000001a0-0000-0000-c000-000000000046",
  version: 0,
};

export const WBEM_LOGIN: RpcInterface = {
  name: "IWbemLevel1Login",
  uuid: "f309ad18-d86a-11d0-a075-00c04fb68820",
  version: 0,
};
export const WBEM_SERVICES: RpcInterface = {
  name: "IWbemServices",
  uuid: "9556dc99-828c-11cf-a37e-00aa003240c7",
  version: 0,
};
export const REM_UNKNOWN_2: RpcInterface = {
  name: "IRemUnknown2",
  uuid: "00000143-0000-0000-c000-000000000046",
  version: 0,
};

export const LSARPC: RpcInterface = { name: "lsarpc", uuid: "12345778-1234-abcd-ef00-0123456789ab", version: 0 };
export const EFSRPC: RpcInterface = { name: "lsarpc", uuid: "c681d488-d850-11d0-8c52-00c04fd90f7e", version: 1 };
export const EVENT_SERVICE: RpcInterface = {
  name: "IEventService",
  uuid: "f6beaff7-1e19-4fbb-9f8f-b89e2018337c",
  version: 1,
};
export const WINDOWS_SHUTDOWN: RpcInterface = {
  name: "WindowsShutdown",
  uuid: "d95afe70-a6d5-4259-822e-2c84da1ddb0d",
  version: 1,
};
export const DISPATCH: RpcInterface = { name: "IDispatch", uuid: "00020400-0000-0000-c000-000000000046", version: 0 };

const NDR = "8a885d04-1ceb-11c9-9fe8-08002b104860";
/** Bind-time feature negotiation: keep the connection on orphan, security context multiplexing. [MS-RPCE] 3.3.1.5.3 */
const BIND_TIME_FEATURES = hex("2c1cb76c12984045 0300000000000000");

/** PDU types. [C706] 12.6.1 */
const REQUEST = 0;
const RESPONSE = 2;
const FAULT = 3;
const BIND = 11;
const BIND_ACK = 12;
const ALTER_CONTEXT = 14;
const ALTER_CONTEXT_RESP = 15;
const AUTH3 = 16;

const FIRST = 1;
const LAST = 2;
const OBJECT = 0x80;

/** Security trailer. [MS-RPCE] 2.2.2.11 */
export interface Trailer {
  /** 9 SPNEGO, 10 NTLM. */
  readonly type: number;
  /** 2 connect, 5 integrity, 6 privacy. */
  readonly level: number;
  readonly token: Uint8Array;
}

/** A UUID in its little-endian form. [C706] appendix A */
export function uuidBytes(text: string): Uint8Array {
  const raw = hex(text.replaceAll("-", ""));
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Uint8Array.from(order, (i) => raw[i] ?? 0);
}

function pdu(type: number, flags: number, callId: number, body: Uint8Array, trailer?: Trailer): Uint8Array {
  const pad = trailer === undefined ? 0 : -body.length & (type === REQUEST || type === RESPONSE ? 15 : 3);
  const behind = trailer === undefined ? 0 : pad + 8 + trailer.token.length;
  const w = new ByteWriter(16 + body.length + behind).u8(5).u8(0).u8(type).u8(flags).u32le(0x10);
  w.u16le(16 + body.length + behind)
    .u16le(trailer?.token.length ?? 0)
    .u32le(callId)
    .bytes(body);
  if (trailer === undefined) return w.done();
  return w.zeros(pad).u8(trailer.type).u8(trailer.level).u8(pad).u8(0).u32le(0x1_3ac8).bytes(trailer.token).done();
}

export interface BindFields {
  readonly callId: number;
  readonly iface: RpcInterface;
  readonly contextId: number;
  /** Largest fragment: 4,280 on a pipe, 5,840 on TCP. */
  readonly fragment: number;
  readonly group: number;
  readonly trailer?: Trailer | undefined;
  /** Asks for a further interface on a bound connection. */
  readonly isAlter?: boolean;
}

/** Asks for one interface and bind-time features. [C706] 12.6.4.3 */
export function bind(f: BindFields): Uint8Array {
  const w = new ByteWriter(128).u16le(f.fragment).u16le(f.fragment).u32le(f.group);
  const features = f.isAlter === true ? [] : [BIND_TIME_FEATURES];
  w.u8(1 + features.length).zeros(3);
  [uuidBytes(NDR), ...features].forEach((syntax, i) => {
    w.u16le(f.contextId + i)
      .u8(1)
      .u8(0)
      .bytes(uuidBytes(f.iface.uuid))
      .u32le(f.iface.version);
    w.bytes(syntax).u32le(i === 0 ? 2 : 1);
  });
  return pdu(f.isAlter === true ? ALTER_CONTEXT : BIND, FIRST | LAST, f.callId, w.done(), f.trailer);
}

/** Accepts what `bind` asked for. [C706] 12.6.4.4 @param address port or pipe the server names */
export function bindAck(f: BindFields, address: string): Uint8Array {
  const name = address === "" ? new Uint8Array(0) : ascii(`${address}\0`);
  const w = new ByteWriter(128)
    .u16le(f.fragment)
    .u16le(f.fragment)
    .u32le(f.group)
    .u16le(name.length)
    .bytes(name)
    .align(4);
  const count = f.isAlter === true ? 1 : 2;
  w.u8(count).zeros(3).u16le(0).u16le(0).bytes(uuidBytes(NDR)).u32le(2);
  if (count === 2) w.u16le(3).u16le(3).zeros(20);
  return pdu(f.isAlter === true ? ALTER_CONTEXT_RESP : BIND_ACK, FIRST | LAST, f.callId, w.done(), f.trailer);
}

/** Third leg of NTLM without SPNEGO. [MS-RPCE] 2.2.2.5 */
export function auth3(callId: number, trailer: Trailer): Uint8Array {
  return pdu(AUTH3, FIRST | LAST, callId, ascii("    "), trailer);
}

export interface CallFields {
  readonly callId: number;
  readonly contextId: number;
  readonly operation: number;
  readonly object?: Uint8Array | undefined;
  readonly trailer?: Trailer | undefined;
  /** Largest fragment. */
  readonly fragment: number;
}

/** A request, in fragments if it has to be. [C706] 12.6.4.9 */
export function request(f: CallFields, stub: Uint8Array): readonly Uint8Array[] {
  const objectFlag = f.object === undefined ? 0 : OBJECT;
  return fragments(f, stub, (flags, part, hint) => {
    const w = new ByteWriter(24 + part.length).u32le(hint).u16le(f.contextId).u16le(f.operation);
    if (f.object !== undefined) w.bytes(f.object);
    return pdu(REQUEST, flags | objectFlag, f.callId, w.bytes(part).done(), f.trailer);
  });
}

/** Its answer. [C706] 12.6.4.10 */
export function response(f: CallFields, stub: Uint8Array): readonly Uint8Array[] {
  return fragments(f, stub, (flags, part, hint) => {
    const w = new ByteWriter(8 + part.length).u32le(hint).u16le(f.contextId).u8(0).u8(0);
    return pdu(RESPONSE, flags, f.callId, w.bytes(part).done(), f.trailer);
  });
}

/** The answer to a call that was not done. [C706] 12.6.4.7 @param status 5: access denied */
export function fault(f: CallFields, status: number): Uint8Array {
  const w = new ByteWriter(16).u32le(32).u16le(f.contextId).u8(0).u8(0).u32le(status).zeros(4);
  return pdu(FAULT, FIRST | LAST, f.callId, w.done());
}

function fragments(
  f: CallFields,
  stub: Uint8Array,
  make: (flags: number, part: Uint8Array, hint: number) => Uint8Array,
): readonly Uint8Array[] {
  const room = (f.fragment - 24 - 16 - (f.trailer === undefined ? 0 : 24 + f.trailer.token.length)) & ~15;
  const out: Uint8Array[] = [];
  let at = 0;
  do {
    const end = Math.min(stub.length, at + room);
    out.push(make((at === 0 ? FIRST : 0) | (end === stub.length ? LAST : 0), stub.subarray(at, end), stub.length - at));
    at = end;
  } while (at < stub.length);
  return out;
}

/** All fragments as the octets of a stream. */
export const asStream = (parts: readonly Uint8Array[]): Uint8Array => joined(...parts);
