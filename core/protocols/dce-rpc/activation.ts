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
/** Classes of activation properties. [MS-DCOM] 1.9 */
const INSTANTIATION_INFO = "000001ab-0000-0000-c000-000000000046";
const SECURITY_INFO = "000001a6-0000-0000-c000-000000000046";
const SCM_REPLY_INFO = "000001b6-0000-0000-c000-000000000046";
const MOST_PROPERTIES = 10;
const MOST_INTERFACES = 64;
const LONGEST_NAME = 512;
/** Octets of the headers of a type serialised by itself. [MS-RPCE] 2.2.6 */
const SERIALIZATION_HEADERS = 16;

/** One property of an activation: its class, and where its data lies without the serialisation headers. */
interface Property {
  readonly classId: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads what a request wants activated: an OBJREF_CUSTOM around a blob whose header lists class and size of each
 * property. [MS-DCOM] 2.2.18.6, 2.2.22
 * @param octets Octets of the object reference.
 * @returns null if it is none.
 */
export function readActivation(r: ByteReader, octets: number): Activation | null {
  let classId: string | null = null;
  let interfaceIds: string[] = [];
  let server: string | null = null;
  for (const property of properties(r, octets)) {
    r.seek(property.start, property.end);
    if (property.classId === INSTANTIATION_INFO) {
      classId = readUuid(r, true);
      interfaceIds = readInterfaces(r);
    } else if (property.classId === SECURITY_INFO) {
      server = readServerName(r);
    }
  }
  return classId === null ? null : { classId, interfaceIds, server };
}

/**
 * The IPID of the server's IRemUnknown in the answer to an activation. [MS-DCOM] 2.2.22.2.8
 * @returns null if it is not there.
 */
export function readRemUnknown(r: ByteReader, octets: number): string | null {
  for (const { classId, start, end } of properties(r, octets)) {
    if (classId !== SCM_REPLY_INFO) continue;
    r.seek(start, end);
    r.skip(4); // Reserved
    if (r.u32le() === 0) continue;
    r.skip(8); // Object exporter
    r.skip(4); // Pointer to bindings
    const ipid = readUuid(r, true);
    if (!r.truncated) return ipid;
  }
  return null;
}

function properties(r: ByteReader, octets: number): Property[] {
  const end = Math.min(r.pos + octets, r.end);
  r.seek(r.pos, end);
  if (r.u32le() !== OBJREF_SIGNATURE || r.u32le() !== OBJREF_CUSTOM) return [];
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
  if (r.truncated || count > MOST_PROPERTIES) return [];
  r.skip(4); // Conformance of the class list
  const classes: string[] = [];
  for (let i = 0; i < count; i++) classes.push(readUuid(r, true));
  r.skip(4); // Conformance of the size list
  const sizes: number[] = [];
  for (let i = 0; i < count; i++) sizes.push(r.u32le());
  if (r.truncated) return [];
  const found: Property[] = [];
  let at = headerAt + headerSize;
  for (let i = 0; i < count; i++) {
    const next = at + sizes[i]!;
    if (next > end) break;
    if (at + SERIALIZATION_HEADERS <= next) {
      found.push({ classId: classes[i]!, start: at + SERIALIZATION_HEADERS, end: next });
    }
    at = next;
  }
  return found;
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
  const name = r.utf16le(characters * 2).replace(/\0.*/s, "");
  return r.truncated || name === "" ? null : name;
}
