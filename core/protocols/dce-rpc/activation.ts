import type { ByteReader } from "../../bytes/reader.ts";
import { readUuid } from "./uuid.ts";

/** What a client wants activated. */
export interface Activation {
  readonly classId: string;
  readonly interfaceIds: readonly string[];
  /** Server's name as the client wrote it; null if it is not among the properties. */
  readonly server: string | null;
}

const OBJREF_SIGNATURE = 0x574f454d; // "MEOW"
const OBJREF_CUSTOM = 4;
const INSTANTIATION_INFO = "000001ab-0000-0000-c000-000000000046";
const SERVER_INFO = "000001a8-0000-0000-c000-000000000046";
const SECURITY_INFO = "000001a6-0000-0000-c000-000000000046";
const MOST_PROPERTIES = 10;
const MOST_INTERFACES = 64;
const LONGEST_NAME = 512;
/** Octets of the headers of a type serialised by itself. [MS-RPCE] 2.2.6 */
const SERIALIZATION_HEADERS = 16;

/**
 * Reads activation properties: an OBJREF_CUSTOM around a blob with a header that lists class and size of each property.
 * [MS-DCOM] 2.2.18.6, 2.2.22
 * @param octets Octets of the object reference.
 */
export function readActivation(r: ByteReader, octets: number): Activation | null {
  const end = r.pos + octets;
  const former = r.end;
  r.seek(r.pos, Math.min(end, former));
  const activation = readBlob(r);
  r.seek(Math.min(end, former), former);
  return activation;
}

function readBlob(r: ByteReader): Activation | null {
  if (r.u32le() !== OBJREF_SIGNATURE || r.u32le() !== OBJREF_CUSTOM) return null;
  r.skip(32); // Interface and class of the reference
  r.skip(8); // Extension, size
  r.skip(8); // Size of the blob, reserved
  const headerAt = r.pos;
  r.skip(SERIALIZATION_HEADERS);
  r.skip(4); // Size
  const headerSize = r.u32le();
  r.skip(8); // Reserved, destination context
  const count = r.u32le();
  r.skip(16); // Class information
  r.skip(12); // Pointers
  if (r.truncated || count > MOST_PROPERTIES) return null;
  r.skip(4); // Conformance of the class list
  const classes: string[] = [];
  for (let i = 0; i < count; i++) classes.push(readUuid(r, true));
  r.skip(4); // Conformance of the size list
  const sizes: number[] = [];
  for (let i = 0; i < count; i++) sizes.push(r.u32le());
  if (r.truncated) return null;
  let at = headerAt + headerSize;
  let classId: string | null = null;
  let interfaceIds: string[] = [];
  let server: string | null = null;
  const { end } = r;
  for (let i = 0; i < count; i++) {
    const size = sizes[i]!;
    if (at < headerAt || at + size > end) break;
    r.seek(at + SERIALIZATION_HEADERS, at + size);
    if (classes[i] === INSTANTIATION_INFO) {
      classId = readUuid(r, true);
      interfaceIds = readInterfaces(r);
    } else if (classes[i] === SECURITY_INFO || classes[i] === SERVER_INFO) {
      server ??= readServerName(r);
    }
    at += size;
  }
  return classId === null ? null : { classId, interfaceIds, server };
}

/** InstantiationInfoData behind its class. [MS-DCOM] 2.2.22.2.1 */
function readInterfaces(r: ByteReader): string[] {
  r.skip(12); // Class context, flags, surrogate
  const count = r.u32le();
  r.skip(16); // Instance flag, pointer, size, version
  r.skip(4); // Conformance
  const ids: string[] = [];
  for (let i = 0; i < count && i < MOST_INTERFACES; i++) {
    const id = readUuid(r, true);
    if (r.truncated) break;
    ids.push(id);
  }
  return ids;
}

/** SecurityInfoData: flags, pointer to COSERVERINFO with the server's name. [MS-DCOM] 2.2.22.2.7, 2.2.22.2.7.1 */
function readServerName(r: ByteReader): string | null {
  r.skip(4);
  if (r.u32le() === 0) return null;
  r.skip(4); // Pointer to authentication information
  r.skip(4); // Reserved
  const hasName = r.u32le() !== 0;
  r.skip(8); // Pointer, reserved
  if (!hasName) return null;
  r.skip(8); // Most, offset
  const characters = r.u32le();
  if (r.truncated || characters > LONGEST_NAME) return null;
  const name = r.utf16le(characters * 2).replace(/\0.*$/s, "");
  return r.truncated || name === "" ? null : name;
}
