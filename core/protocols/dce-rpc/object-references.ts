import { ByteReader } from "../../bytes/reader.ts";
import { readUuid } from "./uuid.ts";

/** An interface pointer that a server gave out: requests for it carry its IPID as their object. */
export interface ObjectReference {
  readonly ipid: string;
  readonly iid: string;
}

const SIGNATURE = Buffer.from("MEOW", "latin1");
const OBJREF_STANDARD = 1;
const OBJREF_HANDLER = 2;
const MOST_REFERENCES = 64;

/**
 * Finds standard object references in the answer of a COM call by their signature, wherever they stand (results of
 * any method hand them out). [MS-DCOM] 2.2.18.4, 2.2.18.5
 */
export function objectReferencesIn(stub: Uint8Array): ObjectReference[] {
  const found: ObjectReference[] = [];
  const octets = Buffer.from(stub.buffer, stub.byteOffset, stub.length);
  const r = new ByteReader(stub);
  let at = octets.indexOf(SIGNATURE);
  while (at >= 0 && found.length < MOST_REFERENCES) {
    r.seek(at + 4, stub.length);
    const kind = r.u32le();
    if (kind === OBJREF_STANDARD || kind === OBJREF_HANDLER) {
      const iid = readUuid(r, true);
      r.skip(8); // Flags, references
      r.skip(16); // Object exporter, object
      const ipid = readUuid(r, true);
      if (!r.truncated) found.push({ ipid, iid });
    }
    at = octets.indexOf(SIGNATURE, at + 4);
  }
  return found;
}

/** True if an activation request begins within the next octets: an object reference near its start. */
export function looksLikeActivation(bytes: Uint8Array, start: number, end: number): boolean {
  const searched = Math.min(end, start + 256);
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, searched - start)).includes(SIGNATURE);
}
