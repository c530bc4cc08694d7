import type { Estate } from "../contracts/estate.ts";
import type { Finding, SetAside } from "../contracts/finding.ts";
import { isDismissed, SEVERITIES } from "../contracts/finding.ts";
import type { Coverage, Incident, Story } from "../contracts/story.ts";
import { listedUpTo } from "../contracts/text-forms.ts";
import { OUT_OF_MEMORY } from "../detections/judge.ts";
import { keptContacts } from "./earlier-contacts.ts";
import { buildIncidents } from "./incident.ts";
import { counted, hostText, minuteText } from "./words.ts";

/** What a story is told from. */
export interface StoryParts {
  readonly case: Story["case"];
  readonly findings: readonly Finding[];
  readonly setAside: readonly SetAside[];
  readonly estate: Estate;
  /** With what could not be evaluated. */
  readonly coverage: Coverage;
  /** Detections that ran, for the sentence that nothing was found. */
  readonly detectionsRun: number;
  /** Detections that saw only a part, each with the reason. */
  readonly partlyBlind: Coverage["notEvaluated"];
  /** Names of addresses that findings name. */
  readonly hosts: ReadonlyMap<string, string>;
}

/** Tells the story: incidents, the verdict over all, and what is not known. The same parts give the same story. */
export function buildStory(parts: StoryParts): Story {
  const hosts = new Map([
    ...parts.hosts,
    ...parts.estate.assets.flatMap(({ address, name }) => (name === null ? [] : [[address, name] as const])),
  ]);
  const incidents = buildIncidents(parts.findings, {
    estate: parts.estate,
    coverage: parts.coverage,
    hosts,
  });
  return {
    case: parts.case,
    verdict: overallVerdict(parts, incidents),
    incidents,
    findings: parts.findings,
    setAside: parts.setAside,
    estate: parts.estate,
    coverage: parts.coverage,
    unknowns: unknownsOf(parts, hosts),
  };
}

/**
 * A story told again without the findings that an investigator dismissed: they carry no verdict and join no incident, but stay in its
 * list. A story of which nothing was dismissed is left as it is.
 */
export function withoutDismissed(story: Story, detectionsRun: number): Story {
  const findings = story.findings.filter((finding) => !isDismissed(finding));
  const dismissed = story.findings.length - findings.length;
  if (dismissed === 0) return story;
  const told = toldOf(story, findings, detectionsRun);
  const left = `${counted(dismissed, "finding")} that an investigator dismissed ${dismissed === 1 ? "is" : "are"} left out of this.`;
  return { ...told, verdict: `${told.verdict} ${left}` };
}

/** A story told again from what it says itself, with some of its findings; its list of findings stays. */
export function toldOf(story: Story, findings: readonly Finding[], detectionsRun: number): Story {
  const { estate, coverage } = story;
  const hosts = new Map(
    estate.assets.flatMap(({ address, name }) => (name === null ? [] : [[address, name] as const])),
  );
  const incidents = keptContacts(buildIncidents(findings, { estate, coverage, hosts }), story.incidents);
  return { ...story, incidents, verdict: overallVerdict({ coverage, findings, detectionsRun }, incidents) };
}

function overallVerdict(
  parts: Pick<StoryParts, "coverage" | "findings" | "detectionsRun">,
  incidents: readonly Incident[],
): string {
  const { coverage } = parts;
  if (coverage.packets === 0 && parts.findings.length === 0)
    return "The evidence holds no packets, so nothing can be said about the backups.";
  const strongest = [...incidents].sort(
    (a, b) => b.tampering.length - a.tampering.length || b.confidence - a.confidence,
  )[0];
  if (strongest !== undefined) {
    const others =
      incidents.length > 1
        ? ` ${counted(incidents.length - 1, "further incident stands", "further incidents stand")} apart from it.`
        : "";
    return `${strongest.verdict}${others}`;
  }
  const looked = `${counted(coverage.connections, "connection was", "connections were")} examined with ${counted(parts.detectionsRun, "detection")}`;
  const blind =
    coverage.notEvaluated.length > 0
      ? `; ${counted(coverage.notEvaluated.length, "detection")} could not be evaluated on this evidence`
      : "";
  const short = coverage.notEvaluated
    .filter(({ reason }) => reason === OUT_OF_MEMORY)
    .map(({ detection }) => detection);
  const unasked =
    short.length === 0
      ? ""
      : ` There are so many records that memory did not suffice for ${listedUpTo(4, short)}: what ${short.length === 1 ? "it looks" : "they look"} for may have been done all the same.`;
  if (parts.findings.length === 0)
    return `Nothing that was done to the backups was found: ${looked}${blind}.${unasked}`;
  const top = [...parts.findings].sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))[0];
  return `No incident was found: ${counted(parts.findings.length, "finding")} (the most severe is ${top?.severity ?? "info"}: ${top?.title ?? "none"}) ${parts.findings.length === 1 ? "does" : "do"} not add up to one; ${looked}${blind}.${unasked}`;
}

function unknownsOf({ estate, coverage, partlyBlind }: StoryParts, hosts: ReadonlyMap<string, string>): string[] {
  const unknowns: string[] = [];
  if (!estate.assets.some(({ inEstate }) => inEstate)) {
    unknowns.push(
      "No machine was recognised as part of a backup estate, so whether backups were touched cannot be said; name its machines in a scope file to judge what reached them.",
    );
  }
  const doubtful = estate.assets.flatMap((asset) =>
    asset.inEstate
      ? []
      : asset.roles
          .filter(({ confidence }) => confidence < 0.6)
          .slice(0, 1)
          .map(({ role }) => `${hostText(asset.address, hosts)} as ${role}`),
  );
  if (doubtful.length > 0) {
    const more = doubtful.length > 5 ? ` and ${doubtful.length - 5} more` : "";
    unknowns.push(
      `The role of ${counted(doubtful.length, "machine")} is uncertain (${doubtful.slice(0, 5).join(", ")}${more}); confirm it in the scope.`,
    );
  }
  for (const { from, to } of coverage.gaps.slice(0, 5))
    unknowns.push(`Nothing was captured between ${minuteText(from)} and ${minuteText(to)}.`);
  if (coverage.droppedPackets !== null && coverage.droppedPackets > 0)
    unknowns.push(`The recorder dropped ${counted(coverage.droppedPackets, "packet")}.`);
  if (coverage.missedOctets > 0)
    unknowns.push(`${counted(coverage.missedOctets, "octet")} that hosts acknowledged were never captured.`);
  if (coverage.oneWayConnections > 0)
    unknowns.push(
      `Of ${counted(coverage.oneWayConnections, "connection")} only one direction was captured, so answers to them are not seen.`,
    );
  if (coverage.encryptedShare >= 0.01)
    unknowns.push(
      `${Math.round(coverage.encryptedShare * 100)} % of the payload is encrypted; of it only sizes, times and names in the clear part are known.`,
    );
  if (coverage.unknownShare >= 0.01)
    unknowns.push(
      `${Math.round(coverage.unknownShare * 100)} % of the payload is in protocols that were not recognised.`,
    );
  for (const damage of coverage.captures
    .flatMap(({ path, damage: places }) => places.slice(0, 1).map((place) => `${fileName(path)} is damaged: ${place}`))
    .slice(0, 5))
    unknowns.push(damage);
  if (coverage.notEvaluated.length > 0) {
    unknowns.push(notEvaluatedText(coverage.notEvaluated));
  }
  const hidden = new Map<string, number>();
  for (const { reason } of partlyBlind) hidden.set(reason, (hidden.get(reason) ?? 0) + 1);
  for (const [reason, count] of hidden)
    unknowns.push(
      `${counted(count, "detection")} could not see ${reason.replace(/ \((\d+)\)$/, " ($1 in this evidence)")}.`,
    );
  return unknowns;
}

/** How many could not be evaluated, by reason; several reasons of one kind are told as the kind, each stands in the report. */
function notEvaluatedText(list: Coverage["notEvaluated"]): string {
  const kinds = [
    { begins: "the evidence holds no ", told: "the evidence holds no traffic of the kinds they read" },
    {
      begins: "it learns what is usual ",
      told: "they compare with earlier days, and the evidence is too short (a reference capture given with --baseline would do)",
    },
  ];
  const reasons = new Map<string, number>();
  for (const { reason } of list) {
    const kind = kinds.find(({ begins }) => reason.startsWith(begins));
    const alike =
      kind === undefined
        ? 0
        : new Set(list.map((each) => each.reason).filter((each) => each.startsWith(kind.begins))).size;
    const told = kind !== undefined && alike > 1 ? kind.told : reason;
    reasons.set(told, (reasons.get(told) ?? 0) + 1);
  }
  const [only] = reasons.keys();
  if (reasons.size === 1) return `${counted(list.length, "detection")} could not be evaluated because ${only ?? ""}.`;
  const parts = [...reasons].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${count} because ${reason}`);
  return `${counted(list.length, "detection")} could not be evaluated: ${parts.join("; ")}.`;
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
