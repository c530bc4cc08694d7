import { ascii } from "../wire/byte-writer.ts";
import { boolean, der, enumerated, integer, octets, sequence, set } from "./der.ts";

const text = (value: string): Uint8Array => octets(new Uint8Array(Buffer.from(value, "utf8")));
const message = (id: number, operation: Uint8Array): Uint8Array => sequence(integer(id), operation);
const result = (code: number): readonly Uint8Array[] => [enumerated(code), text(""), text("")];

/** Bind by name and password; both empty for nobody. [RFC 4511 4.2] */
export function simpleBind(id: number, name: string, password: string): Uint8Array {
  return message(id, der(0x60, integer(3), text(name), der(0x80, ascii(password))));
}

/** Bind through SPNEGO. [RFC 4511 4.2, MS-ADTS 5.1.1.1.2] */
export function spnegoBind(id: number, token: Uint8Array): Uint8Array {
  return message(id, der(0x60, integer(3), text(""), der(0xa3, text("GSS-SPNEGO"), octets(token))));
}

/** @param code 0 success, 14 more to come */
export function bindResponse(id: number, code: number, token?: Uint8Array): Uint8Array {
  return message(id, der(0x61, ...result(code), ...(token === undefined ? [] : [der(0x87, token)])));
}

/** (attribute=*) */
export const present = (attribute: string): Uint8Array => der(0x87, ascii(attribute));
/** (attribute=value) */
export const equal = (attribute: string, value: string): Uint8Array => der(0xa3, text(attribute), text(value));
/** (attribute=*part*) */
export const contains = (attribute: string, part: string): Uint8Array =>
  der(0xa4, text(attribute), sequence(der(0x81, ascii(part))));
export const all = (...filters: readonly Uint8Array[]): Uint8Array => der(0xa0, ...filters);
export const any = (...filters: readonly Uint8Array[]): Uint8Array => der(0xa1, ...filters);

/** [RFC 4511 4.5.1] @param scope 0 the object itself, 2 the whole subtree */
export function searchRequest(
  id: number,
  base: string,
  scope: number,
  filter: Uint8Array,
  attributes: readonly string[],
): Uint8Array {
  const wanted = sequence(...attributes.map(text));
  return message(
    id,
    der(0x63, text(base), enumerated(scope), enumerated(0), integer(0), integer(120), boolean(false), filter, wanted),
  );
}

export function searchEntry(
  id: number,
  name: string,
  attributes: Readonly<Record<string, readonly string[]>>,
): Uint8Array {
  const list = Object.entries(attributes).map(([attribute, values]) =>
    sequence(text(attribute), set(...values.map(text))),
  );
  return message(id, der(0x64, text(name), sequence(...list)));
}

export const searchDone = (id: number): Uint8Array => message(id, der(0x65, ...result(0)));
export const unbind = (id: number): Uint8Array => message(id, der(0x42));
