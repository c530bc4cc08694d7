import { ByteWriter, joined, utf16le } from "../wire/byte-writer.ts";
import type { Random } from "../wire/random.ts";

const SIGNATURE = Uint8Array.of(0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0);
/** Windows 10 build 19041, NTLM revision 15. [MS-NLMP] 2.2.2.10 */
const VERSION = Uint8Array.of(10, 0, 0x61, 0x4a, 0, 0, 0, 15);

/** Who logs on, as NTLM says it. */
export interface NtlmIdentity {
  readonly domain: string;
  readonly user: string;
  readonly workstation: string;
}

/** Names by which a machine answers. */
export interface NtlmServer {
  readonly netbiosName: string;
  readonly netbiosDomain: string;
  readonly dnsName: string;
  readonly dnsDomain: string;
}

/** NEGOTIATE_MESSAGE. [MS-NLMP] 2.2.1.1 */
export function ntlmNegotiate(): Uint8Array {
  return new ByteWriter(40).bytes(SIGNATURE).u32le(1).u32le(0xe2088297).zeros(16).bytes(VERSION).done();
}

/** CHALLENGE_MESSAGE. [MS-NLMP] 2.2.1.2 */
export function ntlmChallenge(server: NtlmServer, filetime: bigint, random: Random): Uint8Array {
  const target = utf16le(server.netbiosDomain);
  const info = targetInfo(server, filetime);
  const w = new ByteWriter(256).bytes(SIGNATURE).u32le(2);
  w.u16le(target.length).u16le(target.length).u32le(56);
  w.u32le(0xe2898215).bytes(random.bytes(8)).zeros(8);
  w.u16le(info.length)
    .u16le(info.length)
    .u32le(56 + target.length);
  return w.bytes(VERSION).bytes(target).bytes(info).done();
}

/** AUTHENTICATE_MESSAGE with an NTLMv2 response that no password belongs to. [MS-NLMP] 2.2.1.3, 2.2.2.8 */
export function ntlmAuthenticate(who: NtlmIdentity, server: NtlmServer, filetime: bigint, random: Random): Uint8Array {
  const domain = utf16le(who.domain);
  const user = utf16le(who.user);
  const workstation = utf16le(who.workstation);
  const target = utf16le(`cifs/${server.dnsName}`);
  const pairs = new ByteWriter(256).bytes(targetInfo(server, filetime).subarray(0, -4));
  pairs.u16le(6).u16le(4).u32le(2); // MsvAvFlags: a MIC is there
  pairs.u16le(9).u16le(target.length).bytes(target).u32le(0);
  const blob = new ByteWriter(256).u8(1).u8(1).zeros(6).u64le(filetime).bytes(random.bytes(8)).zeros(4);
  const response = joined(random.bytes(16), blob.bytes(pairs.done()).zeros(4).done());
  const fixed = 88;
  const w = new ByteWriter(512).bytes(SIGNATURE).u32le(3);
  let at = fixed;
  const parts: Uint8Array[] = [];
  const field = (value: Uint8Array, offset: number): void => {
    w.u16le(value.length).u16le(value.length).u32le(offset);
  };
  const place = (value: Uint8Array): number => {
    const here = at;
    parts.push(value);
    at += value.length;
    return here;
  };
  const domainAt = place(domain);
  const userAt = place(user);
  const workstationAt = place(workstation);
  const lm = new Uint8Array(24);
  const lmAt = place(lm);
  const responseAt = place(response);
  const key = random.bytes(16);
  const keyAt = place(key);
  field(lm, lmAt);
  field(response, responseAt);
  field(domain, domainAt);
  field(user, userAt);
  field(workstation, workstationAt);
  field(key, keyAt);
  return w
    .u32le(0xe2888215)
    .bytes(VERSION)
    .bytes(random.bytes(16))
    .bytes(joined(...parts))
    .done();
}

/** AV_PAIR list of a server. [MS-NLMP] 2.2.2.1 */
function targetInfo(server: NtlmServer, filetime: bigint): Uint8Array {
  const w = new ByteWriter(256);
  const pairs: readonly (readonly [number, string])[] = [
    [2, server.netbiosDomain],
    [1, server.netbiosName],
    [4, server.dnsDomain],
    [3, server.dnsName],
    [5, server.dnsDomain],
  ];
  for (const [id, text] of pairs) {
    const value = utf16le(text);
    w.u16le(id).u16le(value.length).bytes(value);
  }
  return w.u16le(7).u16le(8).u64le(filetime).u32le(0).done();
}

/** NTLMSSP_MESSAGE_SIGNATURE as it looks on sealed traffic. [MS-NLMP] 2.2.2.9.1 */
export function ntlmSignature(sequence: number, random: Random): Uint8Array {
  return new ByteWriter(16).u32le(1).bytes(random.bytes(8)).u32le(sequence).done();
}
