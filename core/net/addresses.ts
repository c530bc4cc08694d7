/** Text of IPv4 and IPv6 addresses, and which of them Zeek calls local. */

/** Texts of recent addresses, by a hash of their words: a host's text is made once, and is the same string each time. */
const RECENT_TEXTS = 4096;
const recentV4Words = new Int32Array(RECENT_TEXTS);
const recentV4 = new Array<string>(RECENT_TEXTS).fill("");
const recentV6Words = new Int32Array(RECENT_TEXTS * 4);
const recentV6 = new Array<string>(RECENT_TEXTS).fill("");

function placeOf(word: number): number {
  return Math.imul(word ^ (word >>> 15), 0x2c1b3c6d) >>> 20;
}

/** Dotted quad of a 32-bit word. */
export function ipv4Text(word: number): string {
  const at = placeOf(word);
  if (recentV4Words[at] === (word | 0) && recentV4[at] !== "") return recentV4[at]!;
  const text = `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
  recentV4Words[at] = word;
  recentV4[at] = text;
  return text;
}

/** IPv6 address of four 32-bit words as RFC 5952 writes it; IPv4-mapped ones as their IPv4 address, as Zeek does. */
export function ipv6Text(a: number, b: number, c: number, d: number): string {
  const place = placeOf(a ^ Math.imul(b, 3) ^ Math.imul(c, 5) ^ Math.imul(d, 7));
  const at = place * 4;
  const words = recentV6Words;
  if (
    words[at] === (a | 0) &&
    words[at + 1] === (b | 0) &&
    words[at + 2] === (c | 0) &&
    words[at + 3] === (d | 0) &&
    recentV6[place] !== ""
  ) {
    return recentV6[place]!;
  }
  const text = newIpv6Text(a, b, c, d);
  words[at] = a;
  words[at + 1] = b;
  words[at + 2] = c;
  words[at + 3] = d;
  recentV6[place] = text;
  return text;
}

function newIpv6Text(a: number, b: number, c: number, d: number): string {
  if (a === 0 && b === 0 && c === 0xffff) return ipv4Text(d);
  const groups = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff];
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > bestLength) {
      best = i;
      bestLength = length;
    }
    i += length;
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  if (best < 0) return hex(0, 8);
  return `${hex(0, best)}::${hex(best + bestLength, 8)}`;
}

const macTexts = new Map<number, string>();
const MAX_MAC_TEXTS = 4096;

/** The hardware address at `at`, as a number. */
export function macIn(view: DataView, at: number): number {
  return view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
}

/** Text of a MAC address given as a 48-bit number. */
export function macText(mac: number): string {
  let text = macTexts.get(mac);
  if (text === undefined) {
    text = mac
      .toString(16)
      .padStart(12, "0")
      .replace(/..(?!$)/g, "$&:");
    if (macTexts.size >= MAX_MAC_TEXTS) macTexts.clear();
    macTexts.set(mac, text);
  }
  return text;
}

/** A network: first word(s) of its address and prefix length. */
type Network = readonly [words: readonly number[], bits: number];

/**
 * Zeek's `Site::private_address_space` (IANA's special-purpose registries, and multicast that stays within a site), which is local
 * unless told otherwise.
 */
const LOCAL_V4: readonly Network[] = [
  [[0x00000000], 8],
  [[0x0a000000], 8],
  [[0x64400000], 10],
  [[0x7f000000], 8],
  [[0xa9fe0000], 16],
  [[0xac100000], 12],
  [[0xc0000000], 24],
  [[0xc0000200], 24],
  [[0xc0a80000], 16],
  [[0xc6120000], 15],
  [[0xc6336400], 24],
  [[0xcb007100], 24],
  [[0xe0000000], 24],
  [[0xef000000], 8],
  [[0xf0000000], 4],
];
const LOCAL_V6: readonly Network[] = [
  [[0, 0, 0, 0], 128],
  [[0, 0, 0, 1], 128],
  [[0x0064ff9b, 0x00010000], 48],
  [[0x01000000, 0], 64],
  [[0x20010000], 23],
  [[0x20010002, 0], 48],
  [[0x20010db8], 32],
  [[0xfc000000], 7],
  [[0xfe800000], 10],
  // The IPv4 networks as 6to4 addresses (RFC 3056).
  ...LOCAL_V4.map(([[word], bits]): Network => [[0x20020000 | (word! >>> 16), (word! << 16) >>> 0], bits + 16]),
];

const localWords = Int32Array.from(LOCAL_V4, ([[word]]) => word!);
const localMasks = Int32Array.from(LOCAL_V4, ([, bits]) => mask(bits));

export function isLocalV4(word: number): boolean {
  for (let i = 0; i < localWords.length; i++) if ((word & localMasks[i]!) === localWords[i]) return true;
  return false;
}

export function isLocalV6(a: number, b: number, c: number, d: number): boolean {
  if (a === 0 && b === 0 && c === 0xffff) return isLocalV4(d);
  const words = [a, b, c, d];
  return LOCAL_V6.some(([network, bits]) => {
    for (let i = 0; i < network.length; i++) {
      const covered = Math.min(Math.max(bits - i * 32, 0), 32);
      if (covered > 0 && (words[i]! & mask(covered)) !== (network[i]! & mask(covered))) return false;
    }
    return true;
  });
}

function mask(bits: number): number {
  return bits === 0 ? 0 : (-1 << (32 - bits)) | 0;
}
