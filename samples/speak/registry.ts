import { utf16le } from "../wire/byte-writer.ts";
import type { Random } from "../wire/random.ts";
import { Ndr } from "./ndr.ts";
import type { RpcCaller } from "./rpc-talk.ts";

/** Opens a key below HKEY_LOCAL_MACHINE and reads text values. [MS-RRP] 3.1.5 */
export function readRegistry(
  rpc: RpcCaller,
  key: string,
  values: Readonly<Record<string, string>>,
  random: Random,
): void {
  const root = handle(random);
  const opened = handle(random);
  rpc.call(2, new Ndr().pointer(false).u32(0x02000000).done(), new Ndr().bytes(root).u32(0).done());
  const open = new Ndr().bytes(root).counted(key, 1).target(key, 1).u32(0).u32(0x20019);
  rpc.call(15, open.done(), new Ndr().bytes(opened).u32(0).done());
  for (const [name, value] of Object.entries(values)) {
    const data = utf16le(`${value}\0`);
    const ask = new Ndr()
      .bytes(opened)
      .counted(name, 1)
      .target(name, 1)
      .pointer()
      .u32(0)
      .pointer()
      .u32(1024)
      .u32(0)
      .u32(0);
    ask.pointer().u32(1024).pointer().u32(0);
    const answer = new Ndr().pointer().u32(1).pointer().u32(1024).u32(0).u32(data.length).bytes(data).align(4);
    answer.pointer().u32(data.length).pointer().u32(data.length).u32(0);
    rpc.call(17, ask.done(), answer.done());
  }
  for (const each of [opened, root]) rpc.call(5, each, new Ndr().zeros(20).u32(0).done());
}

/** Writes a number below HKEY_LOCAL_MACHINE. [MS-RRP] 3.1.5.22 */
export function writeRegistry(rpc: RpcCaller, key: string, name: string, value: number, random: Random): void {
  const root = handle(random);
  const opened = handle(random);
  rpc.call(2, new Ndr().pointer(false).u32(0x02000000).done(), new Ndr().bytes(root).u32(0).done());
  const open = new Ndr().bytes(root).counted(key, 1).target(key, 1).u32(0).u32(0x20006);
  rpc.call(15, open.done(), new Ndr().bytes(opened).u32(0).done());
  const write = new Ndr().bytes(opened).counted(name, 1).target(name, 1).u32(4).u32(4).u32(value).u32(4);
  rpc.call(22, write.done(), new Ndr().u32(0).done());
  for (const each of [opened, root]) rpc.call(5, each, new Ndr().zeros(20).u32(0).done());
}

/** Saves a hive to a file on the machine itself. [MS-RRP] 3.1.5.20 */
export function saveHive(rpc: RpcCaller, hive: string, file: string, random: Random): void {
  const root = handle(random);
  const opened = handle(random);
  rpc.call(2, new Ndr().pointer(false).u32(0x02000000).done(), new Ndr().bytes(root).u32(0).done());
  const open = new Ndr().bytes(root).counted(hive, 1).target(hive, 1).u32(4).u32(0x02000000);
  rpc.call(15, open.done(), new Ndr().bytes(opened).u32(0).done());
  rpc.call(20, new Ndr().bytes(opened).counted(file, 1).target(file, 1).pointer(false).done(), new Ndr().u32(0).done());
  for (const each of [opened, root]) rpc.call(5, each, new Ndr().zeros(20).u32(0).done());
}

function handle(random: Random): Uint8Array {
  const out = new Uint8Array(20);
  out.set(random.bytes(16), 4);
  return out;
}
