import { ascii, ByteWriter, joined } from "../wire/byte-writer.ts";
import type { Random } from "../wire/random.ts";

/** What a program's ClientHello gives away. */
export interface TlsClient {
  readonly ciphers: readonly number[];
  readonly groups: readonly number[];
  readonly signatures: readonly number[];
  /** Extension numbers in the order sent; 0 is left out when no name is known, 16 without protocols. */
  readonly extensions: readonly number[];
  readonly protocols: readonly string[];
  readonly speaks13: boolean;
}

export const BROWSER: TlsClient = {
  ciphers: [
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
    0x0035,
  ],
  groups: [0x001d, 0x0017, 0x0018],
  signatures: [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
  extensions: [0, 23, 0xff01, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43],
  protocols: ["h2", "http/1.1"],
  speaks13: true,
};

/** The operating system's own library: services, agents, remote desktop. */
export const SYSTEM: TlsClient = {
  ciphers: [
    0xc02c, 0xc02b, 0xc030, 0xc02f, 0x009f, 0x009e, 0xc024, 0xc023, 0xc028, 0xc027, 0xc00a, 0xc009, 0xc014, 0xc013,
    0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f,
  ],
  groups: [0x001d, 0x0017, 0x0018],
  signatures: [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203, 0x0601, 0x0603],
  extensions: [0, 5, 10, 11, 13, 35, 23, 0xff01],
  protocols: [],
  speaks13: false,
};

/** A statically linked program without a browser's habits. */
export const TOOL: TlsClient = {
  ciphers: [0xc02f, 0xc030, 0xc02b, 0xc02c, 0xcca8, 0xcca9, 0xc013, 0xc009, 0xc014, 0xc00a, 0x1301, 0x1302, 0x1303],
  groups: [0x001d, 0x0017, 0x0018, 0x0019],
  signatures: [0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503, 0x0603],
  extensions: [0, 5, 10, 11, 13, 0xff01, 18, 43, 51],
  protocols: [],
  speaks13: true,
};

/** One or more handshake messages in a record. [RFC 8446 5.1] */
export function record(type: number, body: Uint8Array, version = 0x0303): Uint8Array {
  return joined(new ByteWriter(5).u8(type).u16be(version).u16be(body.length).done(), body);
}

export function handshake(type: number, body: Uint8Array): Uint8Array {
  return joined(new ByteWriter(4).u8(type).u24be(body.length).done(), body);
}

/** [RFC 8446 4.1.2] */
export function clientHello(
  client: TlsClient,
  serverName: string | null,
  sessionId: Uint8Array,
  random: Random,
): Uint8Array {
  const w = new ByteWriter(512).u16be(0x0303).bytes(random.bytes(32)).u8(sessionId.length).bytes(sessionId);
  w.u16be(2 * client.ciphers.length);
  for (const cipher of client.ciphers) w.u16be(cipher);
  w.u8(1).u8(0);
  const extensions = new ByteWriter(256);
  for (const type of client.extensions) {
    const data = extension(type, client, serverName, random);
    if (data !== null) extensions.u16be(type).u16be(data.length).bytes(data);
  }
  w.u16be(extensions.length).bytes(extensions.done());
  return handshake(1, w.done());
}

function extension(type: number, client: TlsClient, serverName: string | null, random: Random): Uint8Array | null {
  const w = new ByteWriter(64);
  const list = (values: readonly number[]): Uint8Array => {
    w.u16be(2 * values.length);
    for (const value of values) w.u16be(value);
    return w.done();
  };
  switch (type) {
    case 0: // server_name
      if (serverName === null) return null;
      return w
        .u16be(serverName.length + 3)
        .u8(0)
        .u16be(serverName.length)
        .ascii(serverName)
        .done();
    case 5: // status_request
      return w.u8(1).u32be(0).done();
    case 10:
      return list(client.groups);
    case 11: // ec_point_formats
      return w.u8(1).u8(0).done();
    case 13:
      return list(client.signatures);
    case 16: {
      if (client.protocols.length === 0) return null;
      const names = joined(...client.protocols.map((name) => joined(Uint8Array.of(name.length), ascii(name))));
      return w.u16be(names.length).bytes(names).done();
    }
    case 43: // supported_versions
      return w.u8(4).u16be(0x0304).u16be(0x0303).done();
    case 45: // psk_key_exchange_modes
      return w.u8(1).u8(1).done();
    case 51: // key_share: x25519
      return w.u16be(36).u16be(0x001d).u16be(32).bytes(random.bytes(32)).done();
    case 0xff01: // renegotiation_info
      return w.u8(0).done();
    default: // session_ticket, extended_master_secret, signed_certificate_timestamp: empty
      return new Uint8Array(0);
  }
}

/** [RFC 8446 4.1.3] */
export function serverHello13(sessionId: Uint8Array, cipher: number, random: Random): Uint8Array {
  const w = new ByteWriter(128)
    .u16be(0x0303)
    .bytes(random.bytes(32))
    .u8(sessionId.length)
    .bytes(sessionId)
    .u16be(cipher)
    .u8(0);
  w.u16be(46).u16be(43).u16be(2).u16be(0x0304);
  w.u16be(51).u16be(36).u16be(0x001d).u16be(32).bytes(random.bytes(32));
  return handshake(2, w.done());
}

/** [RFC 5246 7.4.1.3] */
export function serverHello12(
  sessionId: Uint8Array,
  cipher: number,
  protocol: string | null,
  random: Random,
): Uint8Array {
  const extensions = new ByteWriter(32).u16be(0xff01).u16be(1).u8(0).u16be(23).u16be(0);
  if (protocol !== null)
    extensions
      .u16be(16)
      .u16be(protocol.length + 3)
      .u16be(protocol.length + 1)
      .u8(protocol.length)
      .ascii(protocol);
  const w = new ByteWriter(128)
    .u16be(0x0303)
    .bytes(random.bytes(32))
    .u8(sessionId.length)
    .bytes(sessionId)
    .u16be(cipher)
    .u8(0);
  return handshake(2, w.u16be(extensions.length).bytes(extensions.done()).done());
}
