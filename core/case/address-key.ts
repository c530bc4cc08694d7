/**
 * Orders addresses as text: 32 hex digits of the IPv6 form, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). An IPv6 zone ("%eth0") is left out.
 * @returns null if `text` is no address.
 */
export function addressKey(text: string): string | null {
  const octets = addressOctets(text);
  return octets === null ? null : Buffer.from(octets).toString("hex");
}

/** First and last key of a range written "address/bits", or of one address. Null if `text` is neither. */
export function rangeKeys(text: string): { first: string; last: string } | null {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const octets = addressOctets(address);
  if (octets === null) return null;
  const width = address.includes(":") ? 128 : 32;
  let bits = width;
  if (slash >= 0) {
    const digits = text.slice(slash + 1);
    if (!/^\d{1,3}$/.test(digits)) return null;
    bits = Number(digits);
    if (bits > width) return null;
  }
  const fixed = 128 - width + bits;
  const first = octets.slice();
  const last = octets.slice();
  for (let bit = fixed; bit < 128; bit++) {
    const mask = 0x80 >> (bit & 7);
    first[bit >> 3]! &= ~mask;
    last[bit >> 3]! |= mask;
  }
  return { first: Buffer.from(first).toString("hex"), last: Buffer.from(last).toString("hex") };
}

function addressOctets(text: string): Uint8Array | null {
  if (text.length > 64) return null;
  const octets = new Uint8Array(16);
  if (!text.includes(":")) {
    octets[10] = 0xff;
    octets[11] = 0xff;
    return readDotted(text, octets, 12) ? octets : null;
  }
  const zone = text.indexOf("%");
  let body = zone < 0 ? text : text.slice(0, zone);
  // A dotted quad may stand for the last two groups.
  const lastColon = body.lastIndexOf(":");
  if (body.includes(".")) {
    const quad = new Uint8Array(4);
    if (!readDotted(body.slice(lastColon + 1), quad, 0)) return null;
    const groups = [(quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!].map((group) => group.toString(16));
    body = `${body.slice(0, lastColon + 1)}${groups.join(":")}`;
  }
  const halves = body.split("::");
  if (halves.length > 2) return null;
  const head = halves[0] === "" ? [] : halves[0]!.split(":");
  const tail = halves.length < 2 || halves[1] === "" ? [] : halves[1]!.split(":");
  if (halves.length === 1 ? head.length !== 8 : head.length + tail.length > 7) return null;
  return readGroups(head, octets, 0) && readGroups(tail, octets, 16 - tail.length * 2) ? octets : null;
}

function readDotted(text: string, octets: Uint8Array, at: number): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return false;
  for (let i = 0; i < 4; i++) {
    const octet = Number(match[i + 1]);
    if (octet > 255) return false;
    octets[at + i] = octet;
  }
  return true;
}

function readGroups(groups: readonly string[], octets: Uint8Array, at: number): boolean {
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i]!;
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return false;
    const value = Number.parseInt(group, 16);
    octets[at + i * 2] = value >> 8;
    octets[at + i * 2 + 1] = value & 0xff;
  }
  return true;
}
