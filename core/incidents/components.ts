import type { Finding } from "../contracts/finding.ts";
import { greatest } from "../contracts/greatest.ts";
import { addTo } from "../contracts/grouping.ts";
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
  const links = linksOf(nodes, hubsOf(findings, controllers));
  return groups(nodes, links, LINKED)
    .flatMap((group) => {
      const span = greatest(group.map(({ end }) => end)) + greatest(group.map(({ begin }) => -begin));
      if (span <= LONGEST_SECONDS) return [group];
      const members = new Set(group);
      return groups(
        group,
        links.filter(({ a, b }) => members.has(a) && members.has(b)),
        WEAK_LINK,
      );
    })
    .map((group) => group.map(({ finding }) => finding));
}

interface Link {
  readonly a: LinkNode;
  readonly b: LinkNode;
  readonly score: number;
}

function linksOf(nodes: readonly LinkNode[], hubs: ReadonlySet<string>): Link[] {
  const byHost = new Map<string, LinkNode[]>();
  const takers: LinkNode[] = [];
  const links: Link[] = [];
  for (const b of nodes) {
    const hosts = hostsOf(b.finding);
    const candidates = new Set(hosts.flatMap((host) => (byHost.get(host) ?? []).slice(-COMPARED)));
    if (b.account !== null) for (const taker of takers.slice(-COMPARED)) candidates.add(taker);
    for (const a of candidates) {
      const score = linkScore(a, b, hubs);
      if (score >= LINKED) links.push({ a, b, score });
    }
    for (const host of hosts) addTo(byHost, host, b);
    if (b.finding.phase === "credential-access") takers.push(b);
  }
  return links;
}

function groups(nodes: readonly LinkNode[], links: readonly Link[], least: number): LinkNode[][] {
  const parent = new Map<LinkNode, LinkNode>(nodes.map((node) => [node, node]));
  const root = (node: LinkNode): LinkNode => {
    let at = node;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    parent.set(node, at);
    return at;
  };
  for (const { a, b, score } of links) if (score >= least) parent.set(root(b), root(a));
  const found = new Map<LinkNode, LinkNode[]>();
  for (const node of nodes) {
    const key = root(node);
    const group = found.get(key);
    if (group === undefined) found.set(key, [node]);
    else group.push(node);
  }
  return [...found.values()];
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
