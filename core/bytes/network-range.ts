/** An address range as text keys: 32 hex digits of the IPv6 form, IPv4 as ::ffff:a.b.c.d, as the `hosts` table has them. */
export interface NetworkRange {
  readonly first: string;
  readonly last: string;
}

/** Reads "10.20.0.0/16", "2001:db8::/32" or one address. Null if it is neither. */
export function networkRange(text: string): NetworkRange | null {
  const [address = "", prefix, ...rest] = text.trim().split("/");
  const groups = address.includes(":") ? ipv6Groups(address) : ipv4Groups(address);
  if (groups === null || rest.length > 0) return null;
  const width = address.includes(":") ? 128 : 32;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return null;
  const bits = prefix === undefined ? width : Number(prefix);
  if (bits > width) return null;
  const fixed = BigInt(128 - width + bits);
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
  const free = (1n << (128n - fixed)) - 1n;
  return { first: keyText(value & ~free), last: keyText(value | free) };
}

/** Condition that a column of keys lies in one of the ranges. */
export function inRangesSql(column: string, ranges: readonly NetworkRange[]): string {
  if (ranges.length === 0) return "false";
  return `(${ranges.map(({ first, last }) => `${column} BETWEEN '${first}' AND '${last}'`).join(" OR ")})`;
}

/** True if an address lies in one of the ranges; false for what is no address. */
export function isInRanges(address: string, ranges: readonly NetworkRange[]): boolean {
  const key = networkRange(address)?.first;
  return key !== undefined && ranges.some(({ first, last }) => first <= key && key <= last);
}

/**
 * Addresses that are inside when the scope names no networks: private (RFC 1918, RFC 4193), carrier-grade NAT (RFC 6598), link-local
 * and loopback.
 */
export const PRIVATE_NETWORKS = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "127.0.0.0/8",
  "fc00::/7",
  "fe80::/10",
  "::1/128",
] as const;

/** Addresses that are nobody's: multicast, broadcast, unspecified. They are never a peer outside. */
export const GROUP_ADDRESSES = ["224.0.0.0/4", "255.255.255.255", "0.0.0.0/8", "ff00::/8", "::"] as const;

function keyText(value: bigint): string {
  return value.toString(16).padStart(32, "0");
}

function ipv4Groups(text: string): number[] | null {
  const octets = text.split(".").map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (octets.length !== 4 || octets.some((octet) => octet > 255)) return null;
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  return [0, 0, 0, 0, 0, 0xffff, (a << 8) | b, (c << 8) | d];
}

function ipv6Groups(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
}
