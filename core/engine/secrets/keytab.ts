import { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import type { KerberosKey } from "../../protocols/secrets.ts";

const VERSION_2 = 0x0502;
/** Most entries taken from one keytab. */
const MAX_ENTRIES = 10_000;

/**
 * Reads an MIT keytab of version 2 (numbers big-endian): "The Kerberos keytab binary file format".
 * @param originOf Says in words where an entry (1-based) came from.
 * @returns null if it is no such keytab.
 */
export function readKeytab(bytes: Uint8Array, originOf: (entry: number) => string): KerberosKey[] | null {
  const r = new ByteReader(bytes);
  if (r.u16be() !== VERSION_2) return null;
  const keys: KerberosKey[] = [];
  for (let entry = 1; r.left >= 4 && entry <= MAX_ENTRIES; entry++) {
    const octets = r.i32be();
    if (octets === 0) break;
    // A negative length is a hole where an entry was removed.
    if (octets < 0) {
      r.skip(-octets);
      entry--;
      continue;
    }
    if (octets > r.left) return null;
    const former = r.narrow(octets);
    const key = readEntry(r, originOf(entry));
    r.widen(former);
    if (key === null) return null;
    keys.push(key);
  }
  return keys;
}

function readEntry(r: ByteReader, origin: string): KerberosKey | null {
  const components = r.u16be();
  const realm = counted(r);
  const names: string[] = [];
  for (let i = 0; i < components && !r.truncated; i++) names.push(counted(r));
  // Name type and time of the entry.
  r.skip(8);
  let kvno = r.u8();
  const encryptionType = r.u16be();
  const keyOctets = r.u16be();
  const key = Uint8Array.from(r.bytes(keyOctets));
  if (r.truncated) return null;
  // A version that needs more than 8 bits stands behind the key.
  if (r.left >= 4) kvno = r.u32be() || kvno;
  return { principal: names.join("/"), realm, kvno, encryptionType, key, origin };
}

function counted(r: ByteReader): string {
  return wireText(r, r.u16be());
}
