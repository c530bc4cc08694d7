import type { Estate } from "./estate.ts";
import type { Finding, Phase, SetAside, Severity, TimeNs } from "./finding.ts";

/** One step of an incident's chain: a finding, or several of the same kind between the same hosts. */
export interface Step {
  readonly phase: Phase;
  readonly tsFirst: TimeNs;
  readonly tsLast: TimeNs;
  readonly source: string | null;
  readonly target: string | null;
  readonly user: string | null;
  /** True if the account is a name in a ticket that was probably forged: who used it is not known. */
  readonly byTicket?: true;
  readonly sentence: string;
  readonly confidence: number;
  /** Seen in clear, or concluded from sizes, times and names alone; absent in a case that was evaluated before there was one. */
  readonly basis?: Finding["basis"];
  /** What came of all findings that are told; absent where they differ, where the doing itself is what was seen, or nothing was read that would tell. */
  readonly outcome?: StepOutcome;
  /** Finding ids, the strongest first. */
  readonly findings: readonly string[];
}

/** What came of a step as far as the evidence shows, and how that is said. */
export const STEP_OUTCOMES = {
  confirmed: "answered with success",
  unread: "answered, content not readable",
  refused: "refused",
  unanswered: "success not seen",
} as const;
export type StepOutcome = keyof typeof STEP_OUTCOMES;

/** What every form says of a step beside its sentence: whether it is concluded only, and what came of it. */
export function stepMarks({ basis, outcome }: Step): string[] {
  return [...(basis === "inference" ? [basis] : []), ...(outcome === undefined ? [] : [STEP_OUTCOMES[outcome]])];
}

/** Begins what another detection, of this title, says of the act that a step is about. */
export function sameActText(title: string): string {
  return `The same act, seen as "${title}": `;
}

/** Begins what was done under the name in a forged ticket, before that name. */
export const TICKET_HOLDER = "Somebody with a ticket in the name of ";

/** Whose name something was done under. */
interface Account {
  readonly user: string | null;
  readonly byTicket?: true | undefined;
}

/** Under what account something was done, as it follows the way: " as A", "" where none is known. */
export function accountText({ user, byTicket }: Account): string {
  return user === null ? "" : ` ${accountWords({ byTicket })} ${user}`;
}

/** What stands between the way of a step and its account. */
export function accountWords({ byTicket }: Pick<Account, "byTicket">): string {
  return byTicket === true ? "with a ticket in the name of" : "as";
}

/** Something that was done to the backups. */
export interface TamperEntry {
  readonly ts: TimeNs;
  readonly object: string;
  readonly operation: string;
  readonly outcome: Finding["outcome"];
  readonly source: string | null;
  readonly target: string | null;
  readonly user: string | null;
  /** As of a step. */
  readonly byTicket?: true;
  readonly finding: string;
}

/** What detections learn from what is usual where nothing else was given. */
export const FIRST_DAYS = "the first days of the evidence (no reference capture was given)";

/** How the verdict of an incident ends that did not reach the backups. */
export const NOT_TOUCHED = "Nothing was seen that touched a backup estate.";
/** The same where nobody knows which machines they are; why not stands with what is not known. */
export const ESTATE_UNKNOWN = "Whether backups were touched cannot be said.";

/** True if the verdict of an incident says that no backups were seen to be touched, also as verdicts of earlier versions say it. */
export function deniesTouch(verdict: string): boolean {
  return verdict.endsWith(NOT_TOUCHED) || /\b[Ww]hether backups were touched cannot be said\.$/.test(verdict);
}

/** One finding's part in the confidence of an incident. */
export interface ConfidencePart {
  readonly finding: string;
  readonly title: string;
  /** How sure it is that it happened. */
  readonly confidence: number;
  readonly severity: Severity;
  readonly phase: Phase;
  /** What severity and phase take of the confidence; null where what was found has no harmless use, so that they take nothing. */
  readonly weights: { readonly severity: number; readonly phase: number } | null;
  /** What it adds to the doubt's end: its confidence times the weights. */
  readonly share: number;
}

/** "high: 0.6": what a severity or a phase takes of a confidence; the word alone where it takes nothing. */
export function weighed(word: string, weight: number | undefined): string {
  return weight === undefined ? word : `${word}: ${weight}`;
}

/** How the confidence of an incident comes from what was found. */
export interface ConfidenceSum {
  /** The heaviest first; a kind of finding counts once for each pair of hosts. */
  readonly parts: readonly ConfidencePart[];
  /** Added for each phase after the second. */
  readonly bonus: number;
  /** How they are joined, sentences. */
  readonly rule: string;
}

/** What one host of an incident asked of another, or of a domain controller, before the first step. */
export interface EarlierContact {
  readonly source: string;
  readonly target: string;
  readonly user: string | null;
  /** In words, such as "calls of samr (SamrConnect5)". */
  readonly what: readonly string[];
  /** When it began, the first of them in time order. */
  readonly times: readonly TimeNs[];
  /** How many times in all. */
  readonly count: number;
  /** Record ids, the first of them. */
  readonly records: readonly string[];
}

/** Findings joined over hosts, accounts and time. */
export interface Incident {
  /** "I-1" for the first in time. */
  readonly id: string;
  /** One sentence made of what was seen. */
  readonly verdict: string;
  readonly confidence: number;
  /** What the confidence means and what it rests on, sentences; absent in a case that was evaluated before there was one. */
  readonly confidenceText?: string;
  /** The sum that the confidence is; absent as above. */
  readonly confidenceSum?: ConfidenceSum;
  readonly tsFirst: TimeNs;
  readonly tsLast: TimeNs;
  /** First host that acted, and what it did. */
  readonly foothold: Step | null;
  /** In time order. */
  readonly steps: readonly Step[];
  /** What its first hosts did among each other in the day before; absent if nothing was seen. */
  readonly before?: readonly EarlierContact[];
  /** First step that reached the estate. */
  readonly arrival: Step | null;
  readonly tampering: readonly TamperEntry[];
  /** Steps that carried data out. */
  readonly wayOut: readonly Step[];
  readonly hosts: readonly string[];
  readonly accounts: readonly string[];
  /** Questions that the evidence leaves open, each a sentence. */
  readonly open: readonly string[];
  /** What its steps may be instead of an attack, each a sentence; absent in a case that was evaluated before there was one. */
  readonly orElse?: readonly string[];
}

/** Fewer packets show no pace, so that nothing can be said of gaps. */
export const PACKETS_WITH_A_PACE = 1000;

/** What the evidence could and could not show. */
export interface Coverage {
  readonly captures: readonly CaptureSummary[];
  readonly tsFirst: TimeNs | null;
  readonly tsLast: TimeNs | null;
  readonly packets: number;
  /** Octets on the wire. */
  readonly octets: number;
  readonly connections: number;
  /** Spans in which no packet was captured although traffic was regular before, longest first. Judged from `PACKETS_WITH_A_PACE` packets on. */
  readonly gaps: readonly { readonly from: TimeNs; readonly to: TimeNs }[];
  /** Octets that TCP acknowledged or skipped but nobody captured. */
  readonly missedOctets: number;
  /** Packets the recorder reported as dropped (pcapng statistics), null if it reported nothing. */
  readonly droppedPackets: number | null;
  readonly duplicatePackets: number;
  readonly cutPackets: number;
  readonly oneWayConnections: number;
  readonly midStreamConnections: number;
  /** Share of payload octets whose content was encrypted or sealed, 0 to 1. */
  readonly encryptedShare: number;
  /** Share of payload octets that no dissector recognised, 0 to 1. */
  readonly unknownShare: number;
  readonly weirds: number;
  /** Bounds that were hit, each a sentence; empty if none. */
  readonly limits: readonly string[];
  /** Why the numbers here say nothing of the evidence, as a sentence; unset where it was read. */
  readonly notKnown?: string;
  /** From what detections that need a baseline learned what is usual, as a sentence; unset if nothing was analysed. */
  readonly baseline?: string;
  /** Detections that the evidence cannot answer, and why. */
  readonly notEvaluated: readonly { readonly detection: string; readonly title: string; readonly reason: string }[];
}

/** Of evidence without a packet, or of evidence that nothing is known of. */
export const EMPTY_COVERAGE: Coverage = {
  captures: [],
  tsFirst: null,
  tsLast: null,
  packets: 0,
  octets: 0,
  connections: 0,
  gaps: [],
  missedOctets: 0,
  droppedPackets: null,
  duplicatePackets: 0,
  cutPackets: 0,
  oneWayConnections: 0,
  midStreamConnections: 0,
  encryptedShare: 0,
  unknownShare: 0,
  weirds: 0,
  limits: [],
  notEvaluated: [],
};

/** One capture file of the evidence. */
export interface CaptureSummary {
  /** Number by which records name it, 1 for the first. */
  readonly number: number;
  readonly path: string;
  /** Where it was copied from; absent where the case refers to the capture itself. */
  readonly original?: string;
  readonly octets: number;
  readonly sha256: string;
  readonly format: string;
  readonly packets: number;
  readonly tsFirst: TimeNs | null;
  readonly tsLast: TimeNs | null;
  /** What is wrong with it, each a sentence with the offset; empty if nothing. */
  readonly damage: readonly string[];
}

/** One thing done to one object of the backups during an incident, as a storage protocol tells it. */
export interface TamperAct {
  /** Incident id. */
  readonly incident: string;
  readonly tsFirst: TimeNs;
  readonly tsLast: TimeNs;
  /** As in the archive ledger: write, rename, truncate, delete, retention …. */
  readonly operation: string;
  readonly outcome: Finding["outcome"];
  /** Path, key, range of blocks. */
  readonly object: string;
  readonly newObject: string | null;
  /** Share, export, bucket or unit. */
  readonly share: string | null;
  /** Kind of archive. */
  readonly kind: string | null;
  readonly protocol: string;
  readonly source: string | null;
  readonly target: string | null;
  readonly user: string | null;
  /** Acts of the same kind on the object. */
  readonly count: number;
  /** Octets written. */
  readonly octets: number | null;
  /** The answer in the protocol's own words. */
  readonly status: string | null;
  readonly detail: string | null;
  /** Record ids, the first of them. */
  readonly records: readonly string[];
}

/** How long a store of backups was untouched, as far as the evidence shows. */
export interface RepositoryState {
  readonly address: string;
  /** The first act of an incident against it; the end of the evidence if there was none. */
  readonly untouchedUntil: TimeNs;
  readonly touched: { readonly ts: TimeNs; readonly finding: string; readonly what: string } | null;
  /** The last archive that another host wrote to it before. */
  readonly lastBackup: { readonly ts: TimeNs; readonly object: string } | null;
  /** What could have happened before unseen, each a sentence. */
  readonly caveats: readonly string[];
}

/** Object by object what was done to the backups, and store by store until when nothing was. */
export interface TamperLedger {
  /** In time order. */
  readonly acts: readonly TamperAct[];
  /** Acts beyond those kept. */
  readonly more: number;
  readonly repositories: readonly RepositoryState[];
}

/** All that story, window and report say. */
export interface Story {
  readonly case: { readonly name: string; readonly id: string; readonly version: string };
  readonly verdict: string;
  readonly incidents: readonly Incident[];
  readonly findings: readonly Finding[];
  /** Findings that are explained; they do not count in the verdict. */
  readonly setAside: readonly SetAside[];
  readonly estate: Estate;
  readonly coverage: Coverage;
  /** What is not known, each a sentence. */
  readonly unknowns: readonly string[];
  /** Absent in a case that was evaluated before there was one. */
  readonly ledger?: TamperLedger;
}

/** What every form says of a step: the sentence, without what the verdict of its incident told already. */
export function stepText(
  step: Step,
  incident: Pick<Incident, "verdict" | "steps">,
  findings: readonly Finding[],
): string {
  return newInStep(step, incident, findings) || "As the verdict says.";
}

/** What the sentence of a step says beyond the verdict of its incident, if that has no other step; the verdict gives the address of a host only once. "" for nothing. */
export function newInStep(
  step: Step,
  { verdict, steps }: Pick<Incident, "verdict" | "steps">,
  findings: readonly Finding[],
): string {
  if (steps.length > 1) return step.sentence;
  const plain = (text: string): string =>
    text.replaceAll(/ \((?:[0-9a-f.:]{3,}(?:, an? [^()]+)?|an? [^()]+)\)/gi, "").toLowerCase();
  const said = plain(verdict);
  const own = new Set(step.findings);
  const told = findings
    .filter(({ id }) => own.has(id))
    .flatMap((finding) => [finding, ...finding.also])
    .filter(({ explanation }) => said.includes(plain(explanation)));
  const rest = told.reduce(
    (text, { title, explanation }) => text.replace(sameActText(title) + explanation, "").replace(explanation, () => ""),
    step.sentence,
  );
  return rest.replaceAll(/ {2,}/g, " ").trim();
}

/** What the steps may be instead of an attack, as running text: the beginning that several sentences share is said once. */
export function readingsText(readings: readonly string[]): string {
  const [, ...rest] = readings;
  return rest.reduce(
    ({ text, before }, reading) => {
      const shared = /^(\S.*?) for "/.exec(reading)?.[1];
      const isShared = shared !== undefined && before.startsWith(`${shared} for "`);
      const next = isShared ? `${text.replace(/\.$/, "")}; ${reading.slice(shared.length + 1)}` : `${text} ${reading}`;
      return { text: next, before: reading };
    },
    { text: readings[0] ?? "", before: readings[0] ?? "" },
  ).text;
}
