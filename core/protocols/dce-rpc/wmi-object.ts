import type { ByteReader } from "../../bytes/reader.ts";

/** An instance or a class as WMI sends it. [MS-WMIO] 2.2 */
export interface WmiObject {
  readonly className: string | null;
  /** Properties of an instance that hold text, numbers or truth values and are set. */
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

const OBJREF_SIGNATURE = 0x574f454d; // "MEOW"
const OBJREF_CUSTOM = 4;
const ENCODING_SIGNATURE = 0x12345678;
const FLAG_INSTANCE = 0x02;
const FLAG_DECORATED = 0x04;
/** Most properties of one class. */
const MOST_PROPERTIES = 512;
/** Bit of a heap reference that points into the dictionary of frequent names. [MS-WMIO] 2.2.78 */
const DICTIONARY_BIT = 0x80000000;
const UNSET = 0xffffffff;

const CIM = { sint16: 2, sint32: 3, string: 8, boolean: 11, sint8: 16, uint8: 17, uint16: 18, uint32: 19 } as const;

/**
 * Reads the object in the next `octets` octets: an OBJREF_CUSTOM around an encoding unit.
 * @returns null if it is none.
 */
export function readObjectReference(r: ByteReader, octets: number): WmiObject | null {
  const end = Math.min(r.pos + octets, r.end);
  const former = r.end;
  r.seek(r.pos, end);
  let object: WmiObject | null = null;
  if (r.u32le() === OBJREF_SIGNATURE && r.u32le() === OBJREF_CUSTOM) {
    r.skip(32); // Interface and class
    r.skip(8); // Extension, size
    object = readEncodingUnit(r);
  }
  r.seek(end, former);
  return object;
}

/** [MS-WMIO] 2.2.1 to 2.2.5 */
function readEncodingUnit(r: ByteReader): WmiObject | null {
  if (r.u32le() !== ENCODING_SIGNATURE) return null;
  r.skip(4); // Length
  const flags = r.u8();
  if (flags & FLAG_DECORATED) {
    encodedString(r); // Server
    encodedString(r); // Name space
  }
  if (r.truncated) return null;
  const isInstance = (flags & FLAG_INSTANCE) !== 0;
  const definition = readClassPart(r);
  if (definition === null) return null;
  return { className: definition.name, values: isInstance ? readInstance(r, definition) : [] };
}

interface Property {
  readonly name: string;
  readonly type: number;
  readonly order: number;
  readonly offset: number;
}

interface ClassDefinition {
  readonly name: string | null;
  readonly properties: readonly Property[];
  readonly tableLength: number;
}

/** ClassPart and its header, up to the end of its heap. [MS-WMIO] 2.2.14 to 2.2.31 */
function readClassPart(r: ByteReader): ClassDefinition | null {
  const start = r.pos;
  const length = r.u32le();
  r.skip(1);
  const nameRef = r.u32le();
  const tableLength = r.u32le();
  if (!skipCounted(r) || !skipCounted(r)) return null; // Derivation, qualifiers
  const count = r.u32le();
  if (r.truncated || count > MOST_PROPERTIES) return null;
  const references: [number, number][] = [];
  for (let i = 0; i < count; i++) references.push([r.u32le(), r.u32le()]);
  r.skip(tableLength);
  const heapLength = r.u32le() & 0x7fffffff;
  const heap = r.pos;
  if (r.truncated || heapLength > r.left) return null;
  const heapEnd = heap + heapLength;
  const { end } = r;
  const properties: Property[] = [];
  for (const [propertyName, information] of references) {
    const name = heapString(r, heap, heapEnd, propertyName);
    if (name === null || heap + information + 10 > heapEnd) continue;
    r.seek(heap + information, heapEnd);
    const type = r.u32le() & 0x3fff;
    const order = r.u16le();
    const offset = r.u32le();
    properties.push({ name, type, order, offset });
  }
  const name = heapString(r, heap, heapEnd, nameRef);
  r.seek(Math.max(heapEnd, Math.min(start + length, end)), end);
  return { name, properties, tableLength };
}

/** InstanceType behind its class. [MS-WMIO] 2.2.53 */
function readInstance(r: ByteReader, definition: ClassDefinition): { name: string; value: string }[] {
  r.skip(4); // Length
  r.skip(1); // Flags
  r.skip(4); // Class name
  const table = r.pos;
  const { properties, tableLength } = definition;
  const maskLength = Math.ceil((2 * properties.length) / 8);
  r.skip(tableLength);
  if (!skipCounted(r)) return [];
  if (r.u8() === 2) {
    // Qualifiers of the properties, which instances of methods' arguments do not have.
    for (let i = 0; i < properties.length && !r.truncated; i++) if (!skipCounted(r)) return [];
  }
  const heapLength = r.u32le() & 0x7fffffff;
  const heap = r.pos;
  if (r.truncated || heapLength > r.left) return [];
  const heapEnd = heap + heapLength;
  const { end } = r;
  const values: { name: string; value: string }[] = [];
  for (const { name, type, order, offset } of properties) {
    r.seek(table + (order >> 2), table + maskLength);
    const mask = (r.u8() >> ((order & 3) * 2)) & 3;
    if (r.truncated || mask & 1) continue; // Null
    if (offset > tableLength) continue;
    r.seek(table + maskLength + offset, table + tableLength);
    const value = valueText(r, type, heap, heapEnd);
    if (value !== null) values.push({ name, value });
  }
  r.seek(heapEnd, end);
  return values;
}

function valueText(r: ByteReader, type: number, heap: number, heapEnd: number): string | null {
  let value: number;
  switch (type) {
    case CIM.string:
      return textAt(r, r.u32le(), heap, heapEnd);
    case CIM.boolean:
      value = r.u16le();
      return r.truncated ? null : value === 0 ? "false" : "true";
    case CIM.sint32:
      value = r.i32le();
      break;
    case CIM.uint32:
      value = r.u32le();
      break;
    case CIM.sint16:
    case CIM.uint16:
      value = r.u16le();
      break;
    case CIM.sint8:
    case CIM.uint8:
      value = r.u8();
      break;
    default:
      return null; // Objects, arrays, times: not put into words
  }
  return r.truncated ? null : String(value);
}

function textAt(r: ByteReader, reference: number, heap: number, heapEnd: number): string | null {
  return r.truncated ? null : heapString(r, heap, heapEnd, reference);
}

/** Encoded-String of a heap; moves the reader. [MS-WMIO] 2.2.78 */
function heapString(r: ByteReader, heap: number, heapEnd: number, reference: number): string | null {
  if (reference === UNSET || reference >= DICTIONARY_BIT || heap + reference >= heapEnd) return null;
  r.seek(heap + reference, heapEnd);
  return encodedString(r);
}

/** One octet says whether 8-bit or 16-bit characters follow, up to a NUL; leaves the reader behind the NUL. */
function encodedString(r: ByteReader): string | null {
  const isWide = r.u8() !== 0;
  let text: string;
  if (isWide) {
    const { source, pos, end } = r;
    let at = pos;
    while (at + 2 <= end && (source[at] !== 0 || source[at + 1] !== 0)) at += 2;
    text = r.utf16le(at - pos);
    r.skip(2);
  } else {
    const nul = r.find(0);
    text = r.latin1((nul < 0 ? r.end : nul) - r.pos);
    r.skip(1);
  }
  return r.truncated ? null : text;
}

/** A part that begins with its own length. @returns false if the length is impossible. */
function skipCounted(r: ByteReader): boolean {
  const length = r.u32le();
  if (r.truncated || length < 4 || length - 4 > r.left) return false;
  r.skip(length - 4);
  return true;
}
