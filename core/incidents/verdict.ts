import type { Finding } from "../contracts/finding.ts";
import type { Incident, Step } from "../contracts/story.ts";
import { weightOf } from "./score.ts";
import { hostText, minuteText } from "./words.ts";

type Draft = Omit<Incident, "verdict" | "open">;

/** One sentence of what was seen: who came first, whether the backup estate was reached and how, what was done to backups, what went out. */
export function incidentVerdict(
  incident: Draft,
  findings: readonly Finding[],
  hosts: ReadonlyMap<string, string>,
): string {
  const clauses = [
    beginning(incident, hosts),
    mainAct(incident, findings, hosts),
    arrival(incident, hosts),
    tampering(incident, findings, hosts),
    wayOut(incident, hosts),
  ];
  const sentence = clauses.filter((clause) => clause !== null).join("; ");
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

function beginning({ foothold, steps }: Draft, hosts: ReadonlyMap<string, string>): string {
  if (foothold === null) return `${steps.length} connected steps were seen`;
  const to = foothold.target === null ? "" : ` against ${hostText(foothold.target, hosts)}`;
  return `from ${minuteText(foothold.tsFirst)} ${hostText(foothold.source, hosts)} acted first (${PHASE_WORDS[foothold.phase]}${to})`;
}

/** The strongest act where nothing was done to backups: what it was, on which host, by whom, and what was run. */
function mainAct(
  { tampering: entries, wayOut: out }: Draft,
  findings: readonly Finding[],
  hosts: ReadonlyMap<string, string>,
): string | null {
  if (entries.length > 0 || out.length > 0) return null;
  const strongest = [...findings].sort((a, b) => weightOf(b) - weightOf(a))[0];
  if (strongest === undefined) return null;
  const named =
    findings.find(
      ({ object, source, target }) => object !== null && source === strongest.source && target === strongest.target,
    )?.object ?? null;
  const what = strongest.object ?? named;
  const on = strongest.target === null ? "" : ` on ${hostText(strongest.target, hosts)}`;
  const by = strongest.user === null ? "" : ` as ${strongest.user}`;
  return `most severe: ${lowerFirst(strongest.title)}${on}${by}${what === null ? "" : ` (${shortened(what)})`}`;
}

/** First letter in lower case, unless the word is a name ("DCSync", "WMI"). */
function lowerFirst(title: string): string {
  return /^[A-Z][a-z]+[ -]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function arrival({ arrival: step, hosts: touched, foothold }: Draft, hosts: ReadonlyMap<string, string>): string {
  if (step === null) return `no step on the backup estate was seen, ${touched.length} hosts are involved`;
  const as = step.user === null ? "" : ` as ${step.user}`;
  if (step === foothold) return `that already touched the backup estate${as}`;
  return `the backup estate was reached at ${minuteText(step.tsFirst)} (${hostText(step.source, hosts)} to ${hostText(step.target, hosts)}${as})`;
}

function tampering(
  { tampering: entries }: Draft,
  findings: readonly Finding[],
  hosts: ReadonlyMap<string, string>,
): string | null {
  if (entries.length === 0) return null;
  const done = entries.filter(({ outcome }) => outcome === "confirmed");
  const shown = done.length > 0 ? done : entries;
  const byOperation = new Map<string, { count: number; target: string | null }>();
  for (const entry of shown) {
    const count = findings.find(({ id }) => id === entry.finding)?.count ?? 1;
    const known = byOperation.get(entry.operation);
    byOperation.set(entry.operation, { count: (known?.count ?? 0) + count, target: known?.target ?? entry.target });
  }
  const parts = [...byOperation].map(
    ([operation, { count, target }]) =>
      `${operation}${count > 1 ? ` (${count} times)` : ""} on ${hostText(target, hosts)}`,
  );
  const tried =
    done.length > 0 && done.length < entries.length
      ? `, ${entries.length - done.length} more attempted or refused`
      : "";
  return `tampering ${done.length > 0 ? "confirmed" : "attempted"}: ${parts.join(", ")}${tried}`;
}

function wayOut({ wayOut: steps }: Draft, hosts: ReadonlyMap<string, string>): string | null {
  const targets = [...new Set(steps.map(({ target }) => target))].filter((target) => target !== null);
  if (targets.length === 0) return null;
  const from = [...new Set(steps.map(({ source }) => source))].filter((source) => source !== null);
  return `data went out from ${from.map((host) => hostText(host, hosts)).join(", ")} to ${targets.map((host) => hostText(host, hosts)).join(", ")}`;
}

const PHASE_WORDS: Readonly<Record<Step["phase"], string>> = {
  "initial-access": "access from outside",
  discovery: "discovery",
  "credential-access": "taking of credentials",
  "lateral-movement": "movement between hosts",
  "admin-access": "use of administration",
  collection: "reading of backups",
  tampering: "tampering",
  exfiltration: "sending data out",
  "command-and-control": "contact with a control channel",
  integrity: "change of data",
  drill: "restore drill",
};
