import type { Finding } from "../contracts/finding.ts";
import { isAnsweredUnread } from "../contracts/finding.ts";
import { listedUpTo } from "../contracts/text-forms.ts";
import { hostText } from "./words.ts";

type Hosts = ReadonlyMap<string, string>;

/** Hosts that a question names. */
const HOSTS_NAMED = 3;

const TASK_TECHNIQUES = ["T1053"];
const SERVICE_TECHNIQUES = ["T1569", "T1543"];

/** A question about hosts, as a sentence with their names. */
type Question = (on: string, isOne: boolean) => string;

/** What a host is made to run, by technique, and how it is asked what that was; the first that fits counts. */
const RUNNING: readonly {
  readonly techniques: readonly string[];
  readonly unread: Question;
}[] = [
  {
    techniques: TASK_TECHNIQUES,
    unread: (on, isOne) =>
      `What the ${isOne ? "task" : "tasks"} for ${on} ${isOne ? "is" : "are"} to run is not readable.`,
  },
  {
    techniques: SERVICE_TECHNIQUES,
    unread: (on, isOne) => `What the ${isOne ? "service" : "services"} on ${on} ran is not readable.`,
  },
  { techniques: ["T1047"], unread: (on) => `Whether a command ran by WMI on ${on}, and which, is not readable.` },
  {
    techniques: ["T1021.006"],
    unread: (on) => `Whether a command ran over WinRM on ${on}, and which, is not readable.`,
  },
  { techniques: ["T1021.003"], unread: (on) => `What a COM object on ${on} was made to do is not readable.` },
  { techniques: ["T1059"], unread: (on) => `What was run on ${on} is not readable.` },
];
const taskRan: Question = (on, isOne) => `Whether the ${isOne ? "task" : "tasks"} on ${on} ran is not known.`;
const taskMade: Question = (on, isOne) =>
  `Whether the ${isOne ? "task" : "tasks"} for ${on} ${isOne ? "was" : "were"} registered, and ran, is not known.`;
const serviceRan: Question = (on, isOne) =>
  `Whether the ${isOne ? "service" : "services"} asked for on ${on} ran is not known.`;
const session: Question = (on, isOne) =>
  `What was done in the ${isOne ? "session" : "sessions"} on ${on} is not readable.`;
const file: Question = (on, isOne) =>
  `Whether the ${isOne ? "file that was" : "files that were"} written to ${on} ${isOne ? "was" : "were"} run is not known.`;

const secrets: Question = (on) => `Whose secrets ${on} gave, and whether any, is not readable.`;

/** T1003 and what is under it: credentials taken from a machine. */
const CREDENTIALS = ["T1003"];

/** What hosts were made to do and what of it could not be read, and whether what was put on them ran, each a sentence. */
export function unreadQuestions(findings: readonly Finding[], hosts: Hosts): string[] {
  const asked = new Map<Question, Set<string | null>>();
  const ask = (question: Question, { target }: Finding): void => {
    asked.set(question, (asked.get(question) ?? new Set()).add(target));
  };
  for (const finding of findings.filter(
    ({ phase, outcome, explanation }) =>
      phase === "lateral-movement" && outcome !== "refused" && !explanation.includes(" asked (and was refused) to "),
  )) {
    const kind = RUNNING.find(({ techniques }) => finding.attack.some((id) => isUnder(id, techniques)));
    if (kind === undefined) {
      if (finding.object === null) ask(session, finding);
      continue;
    }
    if (finding.object === null || saysRunHidden(finding)) ask(kind.unread, finding);
    const isTask = kind.techniques === TASK_TECHNIQUES;
    if (isTask && !saysItRan(finding)) ask(isDone(finding) ? taskRan : taskMade, finding);
    if (kind.techniques === SERVICE_TECHNIQUES && !isDone(finding) && !saysItRan(finding)) ask(serviceRan, finding);
    if (isFileOfUnknownUse(finding)) ask(file, finding);
  }
  for (const finding of findings.filter(isAnsweredUnread))
    if (
      finding.severity !== "low" &&
      finding.severity !== "info" &&
      finding.phase === "credential-access" &&
      finding.attack.some((id) => isUnder(id, CREDENTIALS))
    )
      ask(secrets, finding);
  return [...asked].map(([question, targets]) => question(hostsText([...targets], hosts), targets.size === 1));
}

function hostsText(addresses: readonly (string | null)[], hosts: Hosts): string {
  const names = addresses.map((address) => hostText(address, hosts));
  return listedUpTo(HOSTS_NAMED, names);
}

function isUnder(id: string, techniques: readonly string[]): boolean {
  return techniques.some((technique) => id === technique || id.startsWith(`${technique}.`));
}

/** True if the sentence says that what was run stayed hidden, although something else is named. */
function saysRunHidden(finding: Finding): boolean {
  return [finding, ...finding.also].some(({ explanation }) =>
    /(?:ran|run|command) (?:is|are) (?:sealed|not (?:readable|known))/.test(explanation),
  );
}

function isDone(finding: Finding): boolean {
  return finding.outcome === "confirmed" && !isAnsweredUnread(finding);
}

/** True if it was seen that a task was started at once, or what a service said. */
function saysItRan({ explanation, also }: Finding): boolean {
  return [explanation, ...also.map((other) => other.explanation)].some((text) =>
    /(?:,| and) (?:ran|started) it\b|\bshows? that it ran\b|what (?:it|they) wrote was fetched/.test(text),
  );
}

/** True for a program put on a host where what was started then stayed unread and was no service, which is named by its file. */
function isFileOfUnknownUse(finding: Finding): boolean {
  const isProgram = /\\[^\\]+\.(?:bat|cmd|com|dll|exe|hta|js|msi|ps1|py|scr|sh|vbs)$/i.test(finding.object ?? "");
  return isProgram && saysRunHidden(finding) && !finding.attack.some((id) => isUnder(id, SERVICE_TECHNIQUES));
}
