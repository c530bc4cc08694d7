/**
 * True for an address that is not routed in the Internet: private, shared, loopback, link-local, documentation,
 * reserved, and multicast that stays within a site. IANA's special-purpose address registries, as Zeek's
 * Site::private_address_space takes them.
 */
export function isPrivateAddress(address: string): boolean {
  return address.includes(":") ? isPrivateV6(address.toLowerCase()) : isPrivateV4(address);
}

function isPrivateV4(address: string): boolean {
  const first = address.indexOf(".");
  const second = address.indexOf(".", first + 1);
  const a = Number(address.slice(0, first));
  const b = Number(address.slice(first + 1, second));
  const c = Number(address.slice(second + 1, address.indexOf(".", second + 1)));
  switch (a) {
    case 0:
    case 10:
    case 127:
    case 239:
      return true;
    case 100:
      return b >= 64 && b < 128;
    case 169:
      return b === 254;
    case 172:
      return b >= 16 && b < 32;
    case 192:
      return b === 168 || (b === 0 && (c === 0 || c === 2));
    case 198:
      return b === 18 || b === 19 || (b === 51 && c === 100);
    case 203:
      return b === 0 && c === 113;
    case 224:
      return b === 0 && c === 0;
    default:
      return a >= 240;
  }
}

function isPrivateV6(address: string): boolean {
  if (address === "::" || address === "::1" || address.startsWith("64:ff9b:1:")) return true;
  if (address.startsWith("::ffff:") && address.includes(".")) return isPrivateV4(address.slice("::ffff:".length));
  const [high, low] = firstGroups(address);
  if ((high & 0xfe00) === 0xfc00 || (high & 0xffc0) === 0xfe80) return true;
  if (high === 0x100) return address.startsWith("100::");
  if (high === 0x2001) return low < 0x200 || low === 0xdb8;
  // 6to4: an IPv4 address is in it. RFC 3056
  if (high === 0x2002) {
    const third = Number.parseInt(address.split(":")[2] ?? "0", 16) || 0;
    return isPrivateV4(`${low >> 8}.${low & 0xff}.${third >> 8}.${third & 0xff}`);
  }
  return false;
}

function firstGroups(address: string): [number, number] {
  const groups = address.split(":");
  return [Number.parseInt(groups[0] ?? "", 16) || 0, Number.parseInt(groups[1] ?? "", 16) || 0];
}
