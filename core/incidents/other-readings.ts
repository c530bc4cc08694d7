import type { Finding, Phase } from "../contracts/finding.ts";
import { isForgedLogOn } from "../contracts/finding.ts";
import { listedUpTo } from "../contracts/text-forms.ts";
import { DETECTIONS } from "../detections/index.ts";
import { isOnlyHostile, weightOf } from "./score.ts";
import { hostText, lowerFirst } from "./words.ts";

/** Phases that the work of administrators looks like. */
const ADMINISTRATION: ReadonlySet<Phase> = new Set(["discovery", "lateral-movement", "admin-access"]);
/** Kinds of finding whose other readings are told, beside those that have readings of their own. */
const KINDS_TOLD = 3;
/** Hosts that the first sentence names. */
const HOSTS_NAMED = 3;

const FALSE_POSITIVES = new Map(DETECTIONS.map(({ id, falsePositives }) => [id, falsePositives]));

/** What findings may be instead of an attack, each a sentence: ordinary administration, and what each kind can be mistaken for, the heaviest first. */
export function otherReadings(findings: readonly Finding[], hosts: ReadonlyMap<string, string>): string[] {
  const kinds = new Map<string, string>();
  for (const finding of [...findings].sort((a, b) => weightOf(b) - weightOf(a)).flatMap(withReasons)) {
    const mistaken = mistakenFor(finding);
    const isTold = kinds.size < KINDS_TOLD || finding.harmless !== undefined;
    const kind = finding.title;
    if (mistaken.length > 0 && isTold && !kinds.has(kind))
      kinds.set(kind, `${readingOf(finding)}: ${mistaken.join("; ")}.`);
  }
  const sentences = [...kinds.values()];
  const isUsual = findings.every(
    (finding) => ADMINISTRATION.has(finding.phase) && !isHostile(finding) && mistakenFor(finding).length > 0,
  );
  if (!isUsual || findings.length === 0) return sentences;
  const targets = [...new Set(findings.map(({ target }) => target))].filter((target) => target !== null);
  const names = targets.map((target) => hostText(target, hosts));
  const whose = names.length === 0 ? "these machines" : listedUpTo(HOSTS_NAMED, names, () => "others");
  return [
    `All of this may be ordinary administration, which uses the same means. Those who run ${whose} can say whether it was theirs; a scope file that names the hosts and accounts of administrators makes it count less.`,
    ...sentences,
  ];
}

/** A finding, and what other detections say of the same act as if each were one. */
function withReasons(finding: Finding): Finding[] {
  const { harmless: _own, ...rest } = finding;
  return [finding, ...finding.also.map((reason) => ({ ...rest, ...reason, also: [] }))];
}

/** True if what a finding concludes has no harmless use. */
function isHostile(finding: Finding): boolean {
  return isOnlyHostile(finding) || isForgedLogOn(finding);
}

/** How the list of other readings begins: what concludes something that has no harmless use is only taken for it. */
function readingOf(finding: Finding): string {
  return isHostile(finding) ? `What may be taken for "${finding.title}"` : `Harmless reasons for "${finding.title}"`;
}

/** What a finding can be mistaken for: what it says itself, else what its detection says of all of them. */
function mistakenFor({ detection, harmless }: Finding): string[] {
  return (harmless ?? FALSE_POSITIVES.get(detection) ?? []).filter((text) => !/^None\b/.test(text)).map(withoutRemark);
}

/** Without what a detection does about it, which stands behind in brackets. */
function withoutRemark(text: string): string {
  return lowerFirst(text.replace(/ \([^()]*\)$/, ""));
}
