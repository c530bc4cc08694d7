import type { Asset, Estate, Role } from "../contracts/estate.ts";
import { ROLE_TAKEN, takenRoles } from "../contracts/host-names.ts";
import { hostText } from "./words.ts";

/** True if the estate takes a machine for one with this role. */
export function isTaken({ roles }: Asset, role: Role): boolean {
  return roles.some((each) => each.role === role && each.confidence >= ROLE_TAKEN);
}

/**
 * The text with the address of a host behind its name only where the host is first named, and there with the role that the estate takes it
 * for: "MORDORDC (172.18.38.5, a domain controller)".
 */
export function namedOnce(
  text: string,
  estate: Estate,
  addresses: readonly string[],
  hosts: ReadonlyMap<string, string>,
): string {
  const assets = new Map(estate.assets.map((asset) => [asset.address, asset]));
  const known = new Set([...addresses, ...assets.keys()].filter((address) => text.includes(address)));
  return [...known].reduce((told, address) => {
    const full = hostText(address, hosts);
    const role = takenRoles(assets.get(address));
    const at = placeOf(told, full);
    if (at < 0) return told;
    const rest = at + full.length;
    const name = full === address ? full : hosts.get(address)!;
    const first = role === null ? full : full === address ? `${full} (${role})` : `${full.slice(0, -1)}, ${role})`;
    return told.slice(0, at) + first + told.slice(rest).replaceAll(full, () => name);
  }, text);
}

/** Where a host is named first as a word of its own, not within a path, a longer address or one that stands in brackets; -1 for nowhere. */
function placeOf(text: string, full: string): number {
  for (let at = text.indexOf(full); at >= 0; at = text.indexOf(full, at + 1)) {
    // What is quoted stays as it was written.
    if (text.slice(0, at).split("`").length % 2 === 0) continue;
    const [before, after] = [text[at - 1] ?? " ", text.slice(at + full.length, at + full.length + 2)];
    if (/[\s,;:]/.test(before) && /^(?:[\s,;)]|[.:](?:\s|$)|$)/.test(after)) return at;
  }
  return -1;
}
