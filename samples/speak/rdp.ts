import { ByteWriter } from "../wire/byte-writer.ts";
import { selfSigned } from "./certificate.ts";
import type { Talk } from "./talk.ts";
import { SYSTEM } from "./tls-hello.ts";
import { TlsTalk } from "./tls-talk.ts";

const TLS_OR_CREDSSP = 0x0b;
const CREDSSP = 2;
/** Below the five minutes after which Zeek gives up an idle connection. */
const LONGEST_PAUSE_NS = 240e9;

/** TPKT around an X.224 connection TPDU. [RFC 1006 6, X.224 13.3] */
function tpdu(code: number, cookie: string, negotiation: Uint8Array): Uint8Array {
  const length = 7 + cookie.length + negotiation.length;
  const w = new ByteWriter(64)
    .u8(3)
    .u8(0)
    .u16be(4 + length)
    .u8(length - 1)
    .u8(code)
    .u16be(0)
    .u16be(code === 0xd0 ? 0x1234 : 0)
    .u8(0);
  return w.ascii(cookie).bytes(negotiation).done();
}

export interface RdpSession {
  readonly user: string;
  readonly serverName: string;
  readonly minutes: number;
  /** Screen updates the server sends in all, about. */
  readonly updates: number;
}

/** A remote desktop session: connection request with cookie, TLS, CredSSP, then input and screen updates. [MS-RDPBCGR] 1.3.1.1 */
export function* rdpSession(talk: Talk, session: RdpSession): Generator<undefined> {
  const { random } = talk;
  const offer = new ByteWriter(8).u8(1).u8(0).u16le(8).u32le(TLS_OR_CREDSSP).done();
  const choice = new ByteWriter(8).u8(2).u8(0x1f).u16le(8).u32le(CREDSSP).done();
  talk.client(tpdu(0xe0, `Cookie: mstshash=${session.user.slice(0, 9)}\r\n`, offer));
  talk.server(tpdu(0xd0, "", choice));
  const chain = [selfSigned(session.serverName, [session.serverName])];
  const tls = new TlsTalk(talk, { client: SYSTEM, serverName: session.serverName, chain, server13: false });
  tls.handshake();
  for (const [ask, answer] of [
    [57, 230],
    [620, 110],
    [150, 0],
  ] as const) {
    tls.send(true, ask);
    if (answer > 0) tls.send(false, answer);
  }
  tls.send(true, 430); // basic settings exchange
  tls.send(false, 140);
  for (let channel = 0; channel < 6; channel++) {
    tls.send(true, 12);
    tls.send(false, 15);
  }
  tls.send(true, 360); // client info
  tls.send(false, 34);
  tls.send(false, 440); // demand active
  tls.send(true, 510);
  yield;
  const gapNs = (session.minutes * 60e9) / session.updates;
  for (let i = 0; i < session.updates; i++) {
    tls.send(true, random.between(8, 24), Math.min(random.exponential(gapNs), LONGEST_PAUSE_NS));
    tls.send(
      false,
      random.chance(0.12) ? random.between(2_000, 9_000) : random.between(60, 1_400),
      random.between(1e6, 15e6),
    );
    if (i % 16 === 15) yield;
  }
  tls.close();
}
