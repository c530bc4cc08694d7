import type { Finding } from "../contracts/finding.ts";
import { greatest } from "../contracts/greatest.ts";
import { addTo, groupBy } from "../contracts/grouping.ts";
import type { LinkNode } from "./link.ts";
import { LINKED, linkNode, linkScore } from "./link.ts";

/** Earlier findings of one host that a finding is compared with; more would add nothing but time. */
const COMPARED = 200;
const LONGEST_SECONDS = 14 * 86_400;
const WEAK_LINK = 0.35;
/** A host that this many others act on is a hub. */
const HUB_SOURCES = 3;

/**
 * Groups of findings that belong together: connected by links over hosts, accounts and time. A group that spans more than 14 days is split
 * at its weak links.
 * @param findings In time order.
 * @param controllers Hosts that everyone talks to.
 */
export function connectedFindings(findings: readonly Finding[], controllers: ReadonlySet<string>): Finding[][] {
  const nodes = findings.map(linkNode);
  const hubs = hubsOf(findings, controllers);
  const linked = groups(nodes, (link) => eachLink(nodes, hubs, link));
  const tooLong = linked.filter((group) => spanOf(group) > LONGEST_SECONDS);
  if (tooLong.length === 0) return linked.map(findingsOf);
  const longGroup = new Map(tooLong.flatMap((group) => group.map((node) => [node, group])));
  // Links are found anew: a finding may have hundreds, too many to keep for all.
  const split = groups([...longGroup.keys()], (link) =>
    eachLink(nodes, hubs, (a, b, score) => {
      const group = longGroup.get(a);
      if (score >= WEAK_LINK && group !== undefined && group === longGroup.get(b)) link(a, b);
    }),
  );
  const parts = groupBy(split, ([first]) => longGroup.get(first!)!);
  return linked.flatMap((group) => parts.get(group) ?? [group]).map(findingsOf);
}

function findingsOf(group: readonly LinkNode[]): Finding[] {
  return group.map(({ finding }) => finding);
}

/** Seconds from the first to the last. */
function spanOf(group: readonly LinkNode[]): number {
  return greatest(group.map(({ end }) => end)) + greatest(group.map(({ begin }) => -begin));
}

function eachLink(
  nodes: readonly LinkNode[],
  hubs: ReadonlySet<string>,
  visit: (a: LinkNode, b: LinkNode, score: number) => void,
): void {
  const byHost = new Map<string, LinkNode[]>();
  const takers: LinkNode[] = [];
  for (const b of nodes) {
    const hosts = hostsOf(b.finding);
    const candidates = new Set(hosts.flatMap((host) => (byHost.get(host) ?? []).slice(-COMPARED)));
    if (b.account !== null) for (const taker of takers.slice(-COMPARED)) candidates.add(taker);
    for (const a of candidates) {
      const score = linkScore(a, b, hubs);
      if (score >= LINKED) visit(a, b, score);
    }
    for (const host of hosts) addTo(byHost, host, b);
    if (b.finding.phase === "credential-access") takers.push(b);
  }
}

/** The nodes that links connect, in their order. @param linkAll Tells each link. */
function groups(nodes: readonly LinkNode[], linkAll: (link: (a: LinkNode, b: LinkNode) => void) => void): LinkNode[][] {
  const parent = new Map<LinkNode, LinkNode>(nodes.map((node) => [node, node]));
  const root = (node: LinkNode): LinkNode => {
    let at = node;
    for (let up = parent.get(at)!; up !== at; up = parent.get(at)!) {
      const above = parent.get(up)!;
      parent.set(at, above);
      at = above;
    }
    return at;
  };
  linkAll((a, b) => parent.set(root(b), root(a)));
  return [...groupBy(nodes, root).values()];
}

function hubsOf(findings: readonly Finding[], controllers: ReadonlySet<string>): Set<string> {
  const sources = new Map<string, Set<string>>();
  for (const { source, target } of findings) {
    if (source === null || target === null) continue;
    const known = sources.get(target);
    if (known === undefined) sources.set(target, new Set([source]));
    else known.add(source);
  }
  const busy = [...sources].filter(([, from]) => from.size >= HUB_SOURCES).map(([target]) => target);
  return new Set([...controllers, ...busy]);
}

function hostsOf({ source, target }: Finding): string[] {
  return [...new Set([source, target])].filter((host) => host !== null);
}
