import type { Incident, Step, Story } from "../contracts/story.ts";
import { accountText, readingsText, stepMarks, stepText } from "../contracts/story.ts";
import type { Phase } from "../contracts/finding.ts";
import { SEVERITIES } from "../contracts/finding.ts";
import { clockTime, confidenceWord, countOf, dateOf, dateTime, untilText, visible } from "../contracts/text-forms.ts";
import { PHASE_STYLES } from "../figures/phase-style.ts";
import { coverageFacts } from "./coverage-text.ts";
import { HostNames } from "../contracts/host-names.ts";
import { beforeText, roleNotes } from "../contracts/incident-notes.ts";
import { actText, repositoryText } from "./ledger-text.ts";

/** How the story is set. */
export interface StoryTextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** True to set headings in bold by ANSI escapes. */
  readonly styled: boolean;
  /** Steps shown of one incident before the rest is only counted. */
  readonly stepsShown?: number;
}

const LABEL = 10;
const STEPS_SHOWN = 24;

/** The story as a tired person reads it on a terminal: verdict, chain, what is not known, coverage. Ends with a line feed. */
export function storyText(story: Story, options: StoryTextOptions): string {
  const width = Math.max(60, Math.min(options.width, 132));
  const bold = (text: string) => (options.styled ? `\u001b[1m${text}\u001b[0m` : text);
  const hosts = new HostNames(story.estate);
  const lines: string[] = [];
  const say = (label: string, text: string) => {
    const [first = "", ...rest] = wrapped(visible(text), width - LABEL);
    lines.push(`${bold(label.padEnd(LABEL))}${first}`, ...rest.map((line) => " ".repeat(LABEL) + line));
  };
  say("VERDICT", story.verdict);
  for (const incident of story.incidents) {
    lines.push("");
    lines.push(...incidentLines(incident, story, hosts, { width, bold, shown: options.stepsShown ?? STEPS_SHOWN }));
  }
  ledgerLines(story, hosts, say, lines);
  const inIncidents = new Set(story.incidents.flatMap((incident) => incident.steps.flatMap((step) => step.findings)));
  const apart = story.findings
    .filter((finding) => !inIncidents.has(finding.id))
    .sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity));
  if (apart.length > 0) {
    lines.push("");
    say(
      "APART",
      `${countOf(apart.length, "finding")} not joined to an incident, the most severe first (backtrail findings lists all):`,
    );
    for (const finding of apart.slice(0, 6)) {
      const verdict = finding.review === undefined ? "" : `${finding.review.verdict}, `;
      say("", `${dateTime(finding.tsFirst)}  ${verdict}${finding.severity}: ${finding.explanation}`);
    }
  }
  if (story.unknowns.length > 0) {
    lines.push("");
    for (const [i, unknown] of story.unknowns.entries()) say(i === 0 ? "UNKNOWN" : "", `- ${unknown}`);
  }
  lines.push("");
  for (const [i, [label, value]] of coverageFacts(story.coverage).entries()) {
    say(i === 0 ? "COVERAGE" : "", `${label}: ${value}.`.replace(/\.\.$/, "."));
  }
  const { notEvaluated } = story.coverage;
  if (notEvaluated.length > 0) {
    say("", `Not evaluated: ${countOf(notEvaluated.length, "detection")} (the report lists each with its reason).`);
  }
  return `${lines.join("\n")}\n`;
}

const ACTS_SHOWN = 12;
const STORES_SHOWN = 6;

/** Object by object what was done, and until when each store was untouched. */
function ledgerLines(
  { ledger, incidents }: Story,
  hosts: HostNames,
  say: (label: string, text: string) => void,
  lines: string[],
): void {
  if (ledger === undefined || incidents.length === 0) return;
  const { acts, more, repositories } = ledger;
  if (acts.length > 0) lines.push("");
  for (const [i, act] of acts.slice(0, ACTS_SHOWN).entries())
    say(i === 0 ? "LEDGER" : "", `${dateTime(act.tsFirst)}  ${actText(act, hosts)}`);
  const left = acts.length + more - ACTS_SHOWN;
  if (left > 0) say("", `... and ${countOf(left, "more act")} on backups; the report has them.`);
  if (repositories.length > 0) lines.push("");
  for (const [i, state] of repositories.slice(0, STORES_SHOWN).entries()) {
    say(i === 0 ? "STORES" : "", repositoryText(state, hosts));
    for (const caveat of state.caveats) say("", `- ${caveat}`);
  }
}

interface Setting {
  readonly width: number;
  readonly bold: (text: string) => string;
  readonly shown: number;
}

function incidentLines(incident: Incident, story: Story, hosts: HostNames, { width, bold, shown }: Setting): string[] {
  const lines: string[] = [];
  const [title, id] = story.incidents.length > 1 ? ["INCIDENT", `${incident.id}, `] : ["CHAIN", ""];
  const sameDay = dateOf(incident.tsFirst) === dateOf(incident.tsLast);
  const when = sameDay ? dateOf(incident.tsFirst) : `${dateOf(incident.tsFirst)} to ${dateOf(incident.tsLast)}`;
  const confidence = `an intrusion: ${confidenceWord(incident.confidence)}, ${incident.confidence.toFixed(2)}`;
  lines.push(`${bold(title.padEnd(LABEL))}${id}${when}, times in UTC; ${confidence}`);
  if (story.incidents.length > 1)
    lines.push(...wrapped(visible(incident.verdict), width - LABEL).map((line) => " ".repeat(LABEL) + line));
  const note = (label: string, text: string): void => {
    const [first = "", ...rest] = wrapped(visible(text), width - LABEL - 2);
    lines.push(`  ${label.padEnd(LABEL)}${first}`, ...rest.map((line) => " ".repeat(LABEL + 2) + line));
  };
  const before = beforeText(incident, hosts);
  if (before !== null) note("before", before);
  let day = "";
  const reviews = new Map(story.findings.map(({ id, review }) => [id, review?.verdict]));
  for (const step of incident.steps.slice(0, shown)) {
    if (!sameDay && dateOf(step.tsFirst) !== day) {
      day = dateOf(step.tsFirst);
      lines.push(`  ${bold(day)}`);
    }
    const marks = [...stepMarks(step), ...verdictOf(step, reviews)];
    lines.push(...stepLines(step, stepText(step, incident, story.findings), marks, hosts, width));
  }
  if (incident.steps.length > shown) {
    lines.push(`  ... and ${countOf(incident.steps.length - shown, "more step")}; the report has them all.`);
  }
  const { confidenceText, confidenceSum, orElse = [] } = incident;
  for (const text of roleNotes(incident, hosts)) note("role", text);
  if (confidenceText !== undefined)
    note("how sure", `${confidenceText}${confidenceSum === undefined ? "" : " The report has the sum."}`);
  if (orElse.length > 0) note("or else", readingsText(orElse));
  for (const question of incident.open) note("open", question);
  return lines;
}

const PHASE_WIDTH = 17;

/** What investigators decided about a step's findings, where they decided the same about all of them. */
function verdictOf(step: Step, reviews: ReadonlyMap<string, string | undefined>): string[] {
  const verdicts = new Set(step.findings.map((id) => reviews.get(id)));
  const [verdict] = verdicts;
  return verdicts.size === 1 && verdict !== undefined ? [verdict] : [];
}

function stepLines(step: Step, sentence: string, marks: readonly string[], hosts: HostNames, width: number): string[] {
  const isState = step.source === null && step.target !== null && step.phase === "integrity";
  const way = [...(isState ? [] : [step.source]), ...(step.target === null ? [] : [step.target])]
    .map((host) => hosts.short(host))
    .join(" > ");
  const who = visible(accountText(step));
  const until = untilText(step.tsFirst, step.tsLast);
  const rest = [
    `${way}${who}${until === null ? "" : `, ${until}`}`,
    `[step ${step.confidence.toFixed(2)}]`,
    marks.join("; "),
  ];
  const indent = " ".repeat(12 + PHASE_WIDTH + 1);
  const [first = "", ...more] = wrapped(rest.join(" ").trimEnd(), width - indent.length);
  const body = wrapped(visible(sentence), width - indent.length);
  const head = `  ${clockTime(step.tsFirst)}  ${phaseWord(step.phase).padEnd(PHASE_WIDTH)} ${first}`;
  return [head, ...[...more, ...body].map((line) => indent + line)];
}

function phaseWord(phase: Phase): string {
  return phase === "command-and-control" ? "command, control" : PHASE_STYLES[phase].label.toLowerCase();
}

/** Breaks text at blanks into lines of at most `width` characters; longer words are cut. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    let rest = word;
    if (line !== "" && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = "";
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = line === "" ? rest : `${line} ${rest}`;
  }
  lines.push(line);
  return lines;
}
