import type { ByteReader } from "../../bytes/reader.ts";
import { readUuid } from "./uuid.ts";

/** Protocol tower: an interface and how to reach it. [C706] appendix L */
export interface Tower {
  readonly uuid: string;
  readonly major: number;
  readonly minor: number;
  /** "tcp", "udp", "http", "pipe", "lpc", or the protocol's number. */
  readonly transport: string;
  readonly address: string | null;
  readonly port: number | null;
  readonly name: string | null;
}

const MOST_FLOORS = 8;

/** Protocol identifiers of floors. [C706] appendix I, [MS-RPCE] 2.2.1.2.1 */
const FLOOR_UUID = 0x0d;
const FLOOR_TCP = 0x07;
const FLOOR_UDP = 0x08;
const FLOOR_IP = 0x09;
const FLOOR_PIPE = 0x0f;
const FLOOR_LPC = 0x10;
const FLOOR_HTTP = 0x1f;

/**
 * Reads the tower in the next `octets` octets, whose numbers are little-endian but for ports and addresses.
 * @returns null if it has no interface.
 */
export function parseTower(r: ByteReader, octets: number): Tower | null {
  const former = r.narrow(octets);
  let uuid: string | null = null;
  let major = 0;
  let minor = 0;
  let transport = "";
  let address: string | null = null;
  let port: number | null = null;
  let name: string | null = null;
  const floors = r.u16le();
  for (let i = 0; i < floors && i < MOST_FLOORS && !r.truncated; i++) {
    const leftEnd = r.u16le() + r.pos;
    const protocol = r.u8();
    if (protocol === FLOOR_UUID && uuid === null) {
      uuid = readUuid(r, true);
      major = r.u16le();
      if (r.truncated) uuid = null;
    }
    const isInterface = i === 0;
    r.skip(Math.max(0, leftEnd - r.pos));
    const rightLength = r.u16le();
    const rightEnd = r.pos + rightLength;
    if (isInterface) minor = r.u16le();
    else if ((protocol === FLOOR_TCP || protocol === FLOOR_UDP || protocol === FLOOR_HTTP) && rightLength === 2) {
      port = r.u16be();
      transport = protocol === FLOOR_TCP ? "tcp" : protocol === FLOOR_UDP ? "udp" : "http";
    } else if (protocol === FLOOR_IP && rightLength === 4) {
      address = `${r.u8()}.${r.u8()}.${r.u8()}.${r.u8()}`;
    } else if (protocol === FLOOR_PIPE || protocol === FLOOR_LPC) {
      transport = protocol === FLOOR_PIPE ? "pipe" : "lpc";
      name = r.latin1(rightLength).replace(/\0.*/s, "");
    }
    r.skip(Math.max(0, rightEnd - r.pos));
  }
  r.truncated ||= uuid === null;
  const isWhole = !r.truncated;
  r.widen(former);
  return isWhole && uuid !== null ? { uuid, major, minor, transport, address, port, name } : null;
}
