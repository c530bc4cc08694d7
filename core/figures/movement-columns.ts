import type { MovementInput } from "./movement.ts";

/** Column of each host, from 0 without holes, and the heading of each column. */
export interface MovementColumns {
  readonly of: ReadonlyMap<string, number>;
  readonly titles: readonly string[];
}

/** Hops beyond this one share a column. */
const MOST_HOPS = 3;
const ALSO = MOST_HOPS + 1;
const ESTATE = MOST_HOPS + 2;
const OUTSIDE = MOST_HOPS + 3;

/**
 * Foothold first; then the hosts that were taken and acted on from, by hop; then the other hosts that were reached
 * (servers, domain controllers); then the backup estate; the outside world last.
 */
export function movementColumns(input: MovementInput): MovementColumns {
  const rank = hops(input);
  for (const { address, inEstate, internal } of input.hosts) {
    if (!rank.has(address)) rank.set(address, inEstate ? ESTATE : internal ? ALSO : OUTSIDE);
  }
  const used = [...new Set(input.hosts.map(({ address }) => rank.get(address)!))].sort((a, b) => a - b);
  const place = new Map(used.map((value, i) => [value, i]));
  const titles = used.map((value) => titleOf(value, input, rank));
  return { of: new Map(input.hosts.map(({ address }) => [address, place.get(rank.get(address)!)!])), titles };
}

function titleOf(rank: number, input: MovementInput, ranks: ReadonlyMap<string, number>): string {
  if (rank === 0) return "Foothold";
  if (rank === ESTATE) return "Backup estate";
  if (rank === OUTSIDE) return "Outside";
  if (rank < MOST_HOPS) return `Hop ${rank}`;
  if (rank === MOST_HOPS) return `Hop ${MOST_HOPS} and on`;
  const roles = new Set(input.hosts.filter(({ address }) => ranks.get(address) === ALSO).map(({ role }) => role));
  return roles.size === 1 && roles.has("domain controller") ? "Domain controllers" : "Also reached";
}

/** 0 for where the chain begins, n for a host that was reached from hop n - 1 and acted on from there. */
function hops(input: MovementInput): Map<string, number> {
  const hosts = new Map(input.hosts.map((host) => [host.address, host]));
  const acting = new Set(input.edges.filter(({ source, target }) => source !== target).map(({ source }) => source));
  const isHop = (address: string) => {
    const host = hosts.get(address);
    return host !== undefined && host.internal && !host.inEstate && acting.has(address);
  };
  const ranks = new Map<string, number>();
  const seen = new Set<string>();
  const edges = [...input.edges].sort((a, b) => a.step - b.step);
  const first = input.foothold ?? edges[0]?.source;
  if (first !== undefined && hosts.has(first)) ranks.set(first, 0);
  for (const { source, target } of edges) {
    if (isHop(source) && !ranks.has(source) && !seen.has(source)) ranks.set(source, 0);
    const at = ranks.get(source);
    if (at !== undefined && isHop(target) && !ranks.has(target)) ranks.set(target, Math.min(MOST_HOPS, at + 1));
    seen.add(source).add(target);
  }
  return ranks;
}
