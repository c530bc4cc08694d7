import type { Random } from "../wire/random.ts";
import { Ndr } from "./ndr.ts";
import type { RpcCaller } from "./rpc-talk.ts";

export interface Share {
  readonly name: string;
  readonly comment: string;
  /** 0 disk, 0x80000003 hidden pipe share, 0x80000000 hidden disk. */
  readonly type: number;
}

/** NetrShareEnum at level 1. [MS-SRVS] 3.1.4.8 */
export function listShares(rpc: RpcCaller, server: string, shares: readonly Share[]): void {
  const ask = new Ndr()
    .uniqueText(`\\\\${server}`)
    .u32(1)
    .u32(1)
    .pointer()
    .u32(0)
    .pointer(false)
    .u32(0xffffffff)
    .pointer()
    .u32(0);
  const answer = new Ndr(1024).u32(1).u32(1).pointer().u32(shares.length).pointer().u32(shares.length);
  for (const share of shares) answer.pointer().u32(share.type).pointer();
  for (const share of shares) answer.text(share.name).text(share.comment);
  rpc.call(15, ask.done(), answer.u32(shares.length).pointer().u32(0).u32(0).done());
}

/** NetrShareDel. [MS-SRVS] 3.1.4.12 */
export function deleteShare(rpc: RpcCaller, server: string, share: string): void {
  rpc.call(18, new Ndr().uniqueText(`\\\\${server}`).text(share).u32(0).done(), new Ndr().u32(0).done());
}

/** NetrSessionEnum at level 10: who is connected from where. [MS-SRVS] 3.1.4.5 */
export function listSessions(
  rpc: RpcCaller,
  server: string,
  sessions: readonly { client: string; user: string }[],
): void {
  const ask = new Ndr()
    .uniqueText(`\\\\${server}`)
    .pointer(false)
    .pointer(false)
    .u32(10)
    .u32(10)
    .pointer()
    .u32(0)
    .pointer(false);
  const answer = new Ndr(1024).u32(10).u32(10).pointer().u32(sessions.length).pointer().u32(sessions.length);
  for (const _ of sessions) answer.pointer().pointer().u32(3600).u32(12);
  for (const session of sessions) answer.text(session.client).text(session.user);
  rpc.call(12, ask.u32(0xffffffff).pointer().u32(0).done(), answer.u32(sessions.length).pointer().u32(0).u32(0).done());
}

/** Creates an account and adds it to the administrators of the machine. [MS-SAMR] 3.1.5.4.4, 3.1.5.8.3 */
export function createAdministrator(rpc: RpcCaller, server: string, name: string, random: Random): void {
  const account = handle(random);
  const opened = handle(random);
  const user = handle(random);
  const group = handle(random);
  const sid = [21, 2052111302, 448539723, 1801674531];
  rpc.call(57, new Ndr().uniqueText(`\\\\${server}`).u32(0x30).done(), new Ndr().bytes(account).u32(0).done());
  rpc.call(7, new Ndr().bytes(account).u32(0x311).sid(sid).done(), new Ndr().bytes(opened).u32(0).done());
  const create = new Ndr().bytes(opened).counted(name).target(name).u32(0x10).u32(0xe03ff);
  rpc.call(50, create.done(), new Ndr().bytes(user).u32(0xf07ff).u32(1011).u32(0).done());
  rpc.call(27, new Ndr().bytes(opened).u32(0x1).u32(544).done(), new Ndr().bytes(group).u32(0).done());
  rpc.call(
    31,
    new Ndr()
      .bytes(group)
      .sid([...sid, 1011])
      .done(),
    new Ndr().u32(0).done(),
  );
  for (const each of [group, user, opened, account]) rpc.call(1, each, new Ndr().zeros(20).u32(0).done());
}

/** EfsRpcOpenFileRaw for a file on somebody's share. [MS-EFSR] 3.1.4.2.1 */
export function openEncryptedFile(rpc: RpcCaller, path: string): void {
  rpc.call(0, new Ndr().text(path).u32(0).done(), new Ndr().zeros(20).u32(53).done());
}

/** Lists all users of a domain: connect, look the domain up, open it, enumerate. [MS-SAMR] 3.1.5 */
export function listUsers(
  rpc: RpcCaller,
  server: string,
  domain: string,
  users: readonly string[],
  random: Random,
): void {
  const account = handle(random);
  const opened = handle(random);
  const sid = [21, 1004336348, 1177238915, 682003330];
  rpc.call(57, new Ndr().uniqueText(`\\\\${server}`).u32(0x30).done(), new Ndr().bytes(account).u32(0).done());
  const domains = new Ndr(256).u32(2).pointer().u32(2).pointer().u32(2);
  for (const name of [domain, "Builtin"]) domains.u32(0).counted(name);
  for (const name of [domain, "Builtin"]) domains.target(name);
  rpc.call(6, new Ndr().bytes(account).u32(0).u32(8192).done(), domains.u32(2).u32(0).done());
  rpc.call(
    5,
    new Ndr().bytes(account).counted(domain).target(domain).done(),
    new Ndr().pointer().sid(sid).u32(0).done(),
  );
  rpc.call(7, new Ndr().bytes(account).u32(0x300).sid(sid).done(), new Ndr().bytes(opened).u32(0).done());
  const found = new Ndr(2048).u32(0).pointer().u32(users.length).pointer().u32(users.length);
  users.forEach((name, i) => found.u32(1104 + i).counted(name));
  for (const name of users) found.target(name);
  rpc.call(13, new Ndr().bytes(opened).u32(0).u32(0x10).u32(0xffff).done(), found.u32(users.length).u32(0).done());
  for (const each of [opened, account]) rpc.call(1, each, new Ndr().zeros(20).u32(0).done());
}

/** A pair of challenge and authentication on the secure channel; the answer says whether it was accepted. */
export interface SecureChannel {
  readonly server: string;
  readonly account: string;
  readonly computer: string;
  readonly challenge: Uint8Array;
  readonly credential: Uint8Array;
  readonly flags: number;
}

/** NetrServerReqChallenge, then NetrServerAuthenticate3. [MS-NRPC] 3.5.4.4.1, 3.5.4.4.2 */
export function authenticateChannel(rpc: RpcCaller, c: SecureChannel, isAccepted: boolean, random: Random): void {
  const name = `\\\\${c.server}`;
  const challenge = new Ndr().uniqueText(name).text(c.computer).bytes(c.challenge);
  rpc.call(4, challenge.done(), new Ndr().bytes(random.bytes(8)).u32(0).done());
  const ask = new Ndr().uniqueText(name).text(c.account).u16(6).text(c.computer).bytes(c.credential).u32(c.flags);
  const answer = isAccepted
    ? new Ndr().bytes(random.bytes(8)).u32(c.flags).u32(1001).u32(0)
    : new Ndr().zeros(8).u32(c.flags).u32(0).u32(0xc0000022);
  rpc.call(26, ask.done(), answer.done());
}

/** NetrServerPasswordSet2 with a block of one repeated octet. [MS-NRPC] 3.5.4.4.6 */
export function setMachinePassword(rpc: RpcCaller, c: SecureChannel): void {
  const ask = new Ndr(1024)
    .uniqueText(`\\\\${c.server}`)
    .text(c.account)
    .u16(6)
    .text(c.computer)
    .zeros(8)
    .u32(0)
    .zeros(512)
    .u32(0);
  rpc.call(30, ask.done(), new Ndr().zeros(8).u32(0).u32(0).done());
}

function handle(random: Random): Uint8Array {
  const out = new Uint8Array(20);
  out.set(random.bytes(16), 4);
  return out;
}
