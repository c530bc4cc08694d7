import type { Finding, Phase } from "../contracts/finding.ts";
import { accountName } from "./account.ts";

/** What linking needs of a finding, prepared once. */
export interface LinkNode {
  readonly finding: Finding;
  /** Seconds since 1970. */
  readonly begin: number;
  readonly end: number;
  /** Account without its domain, lower case; null if unknown. */
  readonly account: string | null;
}

const MINUTE = 60;
const HOUR = 3600;

/** Links below this are none. */
export const LINKED = 0.3;

/** The target of one finding is the source of the next. */
const HOP = 1;

/** Order of the story; tampering and exfiltration are one step, command-and-control and integrity attach anywhere. */
const STEP_OF_PHASE: Readonly<Record<Phase, number | null>> = {
  "initial-access": 0,
  discovery: 1,
  "credential-access": 2,
  "lateral-movement": 3,
  "admin-access": 4,
  collection: 5,
  tampering: 6,
  exfiltration: 6,
  "command-and-control": null,
  integrity: null,
  drill: null,
};

export function linkNode(finding: Finding): LinkNode {
  return { finding, begin: seconds(finding.tsFirst), end: seconds(finding.tsLast), account: accountName(finding.user) };
}

/**
 * How strongly finding `b`, which begins no earlier than `a`, goes on from `a`: product of what they share (hosts), how close they are,
 * whether the story goes forward, and whether it is the same account.
 * @param hubs Hosts that many act on, such as domain controllers: sharing one of them as the target says little.
 */
export function linkScore(a: LinkNode, b: LinkNode, hubs: ReadonlySet<string>): number {
  const entity = sharedHosts(a, b, hubs);
  if (entity === 0) return 0;
  const apart = Math.max(0, b.begin - a.end);
  // A host that was taken begins its own round: looking around and taking credentials is no step back, another account no surprise.
  const isHop = entity === HOP;
  const order = Math.max(phaseOrder(a.finding.phase, b.finding.phase), isHop ? 0.8 : 0);
  return entity * Math.exp(-apart / patience(a, b)) * order * Math.max(identity(a, b), isHop ? 1 : 0);
}

function sharedHosts(a: LinkNode, b: LinkNode, hubs: ReadonlySet<string>): number {
  const [from, to] = [a.finding, b.finding];
  if (to.source !== null && to.source === from.target && !hubs.has(to.source)) return HOP;
  if (to.source !== null && to.source === from.source) return 0.8;
  // The host that was acted on answers to the one that acted (a call-back), or goes out through it.
  if (to.target !== null && to.target === from.source) return 0.6;
  if (to.target !== null && to.target === from.target) return hubs.has(to.target) ? 0.3 : 0.6;
  // An account that was seen to be taken, used from elsewhere.
  if (b.account !== null && exposes(a, b.account)) return 0.6;
  return 0;
}

/** Seconds after which a link has lost two thirds of its strength. */
function patience(a: LinkNode, b: LinkNode): number {
  const [from, to] = [a.finding, b.finding];
  if (from.phase === "lateral-movement" && to.phase === "lateral-movement") {
    return from.source === to.source && from.target === to.target ? 30 * MINUTE : 24 * HOUR;
  }
  return 72 * HOUR;
}

function phaseOrder(from: Phase, to: Phase): number {
  const [a, b] = [STEP_OF_PHASE[from], STEP_OF_PHASE[to]];
  if (a === null || b === null || b > a) return 1;
  return a === b ? 0.7 : 0.4;
}

function identity(a: LinkNode, b: LinkNode): number {
  if (a.account === null || b.account === null) return 1;
  if (exposes(a, b.account)) return 1.3;
  return a.account === b.account ? 1.2 : 0.8;
}

/** True if `a` is a taking of credentials that names this account as taken. */
function exposes(a: LinkNode, account: string): boolean {
  const { phase, outcome, object } = a.finding;
  if (phase !== "credential-access" || outcome === "refused") return false;
  return accountName(object) === account || (a.account === account && outcome === "confirmed");
}

function seconds(timeNs: string): number {
  return Number(BigInt(timeNs) / 1_000_000n) / 1000;
}
