import { ascii, joined } from "../wire/byte-writer.ts";

/** One element of DER (and of BER in its definite form): tag, length, contents. [X.690 8.1, 10.1] */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = joined(...contents);
  const n = body.length;
  const head =
    n < 0x80
      ? [tag, n]
      : n < 0x100
        ? [tag, 0x81, n]
        : n < 0x10000
          ? [tag, 0x82, n >> 8, n & 255]
          : [tag, 0x83, n >> 16, (n >> 8) & 255, n & 255];
  return joined(Uint8Array.from(head), body);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => der(0x31, ...parts);
/** Context-specific, constructed. */
export const context = (n: number, ...parts: readonly Uint8Array[]): Uint8Array => der(0xa0 | n, ...parts);
/** Application, constructed. */
export const application = (n: number, ...parts: readonly Uint8Array[]): Uint8Array => der(0x60 | n, ...parts);
export const octets = (value: Uint8Array): Uint8Array => der(0x04, value);
export const boolean = (value: boolean): Uint8Array => der(0x01, Uint8Array.of(value ? 0xff : 0));
export const enumerated = (value: number): Uint8Array => der(0x0a, Uint8Array.of(value));
export const utf8 = (text: string): Uint8Array => der(0x0c, new Uint8Array(Buffer.from(text, "utf8")));
export const printable = (text: string): Uint8Array => der(0x13, ascii(text));
/** KerberosString is a GeneralString. [RFC 4120 5.2.1] */
export const generalString = (text: string): Uint8Array => der(0x1b, ascii(text));
export const bitString = (value: Uint8Array, unused = 0): Uint8Array => der(0x03, Uint8Array.of(unused), value);

export function integer(value: number): Uint8Array {
  const out: number[] = [];
  let left = value;
  do {
    out.unshift(((left % 256) + 256) % 256);
    left = Math.floor(left / 256);
  } while (left !== 0 && left !== -1);
  const first = out[0] ?? 0;
  if (value >= 0 && first >= 0x80) out.unshift(0);
  if (value < 0 && first < 0x80) out.unshift(0xff);
  return der(0x02, Uint8Array.from(out));
}

/** A positive number from its octets, most significant first. */
export function bigInteger(value: Uint8Array): Uint8Array {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start++;
  const cut = value.subarray(start);
  return (cut[0] ?? 0) >= 0x80 ? der(0x02, Uint8Array.of(0), cut) : der(0x02, cut);
}

export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const out = [40 * first + second];
  for (const arc of rest) {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) septets.unshift(128 | (left % 128));
    out.push(...septets);
  }
  return der(0x06, Uint8Array.from(out));
}

/** "20260316091500Z" */
export function generalizedTime(ms: number): Uint8Array {
  return der(0x18, ascii(new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "")));
}

/** "260316091500Z" */
export function utcTime(ms: number): Uint8Array {
  return der(
    0x17,
    ascii(
      new Date(ms)
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, "")
        .slice(2),
    ),
  );
}
