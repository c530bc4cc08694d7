import { ByteWriter } from "../wire/byte-writer.ts";
import { uuidBytes, type RpcInterface } from "./dcerpc.ts";
import { Ndr } from "./ndr.ts";
import type { RpcCaller } from "./rpc-talk.ts";

const NDR = "8a885d04-1ceb-11c9-9fe8-08002b104860";

/** ept_map: asks for the TCP port of an interface and gets it. [C706] appendix O */
export function askPort(rpc: RpcCaller, iface: RpcInterface, port: number, address: Uint8Array): void {
  const asked = tower(iface, 135, new Uint8Array(4));
  const found = tower(iface, port, address);
  const ask = new Ndr(256)
    .u32(1)
    .zeros(16)
    .u32(2)
    .u32(asked.length)
    .u32(asked.length)
    .bytes(asked)
    .align(4)
    .zeros(20)
    .u32(4);
  const answer = new Ndr(256)
    .zeros(20)
    .u32(1)
    .u32(4)
    .u32(0)
    .u32(1)
    .u32(3)
    .u32(found.length)
    .u32(found.length)
    .bytes(found);
  rpc.call(3, ask.done(), answer.align(4).u32(0).done());
}

/** ept_lookup: lists what is registered, one entry a call. [C706] appendix O */
export function listEndpoints(
  rpc: RpcCaller,
  interfaces: readonly { iface: RpcInterface; port: number }[],
  address: Uint8Array,
  handle: Uint8Array,
): void {
  interfaces.forEach(({ iface, port }, i) => {
    const found = tower(iface, port, address);
    const isLast = i === interfaces.length - 1;
    const before = i === 0 ? new Uint8Array(20) : handle;
    const ask = new Ndr(128).u32(0).u32(0).u32(0).u32(1).bytes(before).u32(1);
    const answer = new Ndr(256)
      .bytes(isLast ? new Uint8Array(20) : handle)
      .u32(1)
      .u32(1)
      .u32(0)
      .u32(1);
    answer.zeros(16).u32(3).u32(0).u32(1).zeros(1).u32(found.length).u32(found.length).bytes(found);
    rpc.call(2, ask.done(), answer.u32(0).done());
  });
}

/** Protocol tower: interface, NDR, connection-oriented RPC, TCP, IP. [C706] appendix L */
function tower(iface: RpcInterface, port: number, address: Uint8Array): Uint8Array {
  const w = new ByteWriter(80).u16le(5);
  w.u16le(19).u8(0x0d).bytes(uuidBytes(iface.uuid)).u16le(iface.version).u16le(2).u16le(0);
  w.u16le(19).u8(0x0d).bytes(uuidBytes(NDR)).u16le(2).u16le(2).u16le(0);
  w.u16le(1).u8(0x0b).u16le(2).u16le(0);
  w.u16le(1).u8(0x07).u16le(2).u16be(port);
  return w.u16le(1).u8(0x09).u16le(4).bytes(address).done();
}
