import { BacktrailError } from "../contracts/result.ts";
import { annotationsOf } from "./annotations.ts";
import type { JournalEntry, Json } from "./journal.ts";
import { originOf, takenFrom } from "./taken-entry.ts";

/** One copy's word in a conflict. */
export interface ConflictSide {
  readonly entry: number;
  readonly hash: string;
  readonly action: string;
  readonly actor: string;
  readonly at: string;
  /** What it says besides: the reason of a verdict, the hash of a scope. */
  readonly says: string | null;
}

/** What two copies decided differently. This copy's word stands until somebody decides anew. */
export interface MergeConflict {
  readonly kind: "verdict" | "reason" | "scope" | "settings";
  /** Finding, or null where it is about the whole case. */
  readonly object: string | null;
  readonly here: ConflictSide;
  readonly there: ConflictSide;
}

/** An entry of the other copy that this one is to say too. */
export interface TakenEntry {
  readonly action: string;
  readonly object: string | null;
  readonly detail: { readonly [key: string]: Json };
}

/** What merging another copy's journal into this one's means. */
export interface MergePlan {
  /** Last entry that both have. */
  readonly fork: JournalEntry;
  /** Entries of the other copy that this one does not know. */
  readonly news: readonly JournalEntry[];
  readonly taken: readonly TakenEntry[];
  readonly conflicts: readonly MergeConflict[];
  /** Last word of the other copy on scope and settings, where only it changed them. */
  readonly scope: JournalEntry | null;
  readonly settings: JournalEntry | null;
}

const VERDICTS: readonly string[] = ["finding-confirmed", "finding-dismissed", "finding-reopened"];
const SCOPES: readonly string[] = ["scope-set", "scope-removed"];
const SETTINGS: readonly string[] = ["settings-changed"];

/**
 * Compares two journals that begin alike.
 * @throws BacktrailError `other-case` where they have no beginning in common.
 */
export function mergePlan(ours: readonly JournalEntry[], theirs: readonly JournalEntry[]): MergePlan {
  const common = theirs.findIndex(({ hash }, i) => ours[i]?.hash !== hash);
  const forkAt = (common < 0 ? theirs.length : common) - 1;
  const fork = ours[forkAt];
  if (fork === undefined)
    throw new BacktrailError(
      "other-case",
      "The two journals have no entry in common: these are two cases, not two copies of one; analyse the captures of one into the other.",
    );
  const known = new Set([...ours.map(originOf), ...conflictsOf(ours).map(({ there }) => there.hash)]);
  const theirOrigins = new Set(theirs.map(originOf));
  const news = theirs.slice(forkAt + 1).filter((entry) => !known.has(originOf(entry)));
  const own = ours.slice(forkAt + 1).filter((entry) => !theirOrigins.has(originOf(entry)));
  const conflicts: MergeConflict[] = [];
  const taken = [...takenNotes(ours, theirs, news), ...takenVerdicts(ours, own, news, conflicts)];
  const scope = takenWhole("scope", SCOPES, own, news, conflicts);
  const settings = takenWhole("settings", SETTINGS, own, news, conflicts);
  return { fork, news, taken, conflicts, scope, settings };
}

/** Conflicts of all merges that nobody decided on since, each with the entry of its merge. */
export function openConflicts(entries: readonly JournalEntry[]): (MergeConflict & { readonly merge: number })[] {
  return entries
    .filter(({ action }) => action === "merged")
    .flatMap((merge) => {
      const later = entries.filter(({ seq }) => seq > merge.seq);
      return conflictsOf([merge])
        .filter(
          ({ kind, object }) =>
            !later.some((entry) => entry.object === (object ?? entry.object) && settles(kind, entry)),
        )
        .map((conflict) => ({ ...conflict, merge: merge.seq }));
    });
}

function settles(kind: MergeConflict["kind"], { action }: JournalEntry): boolean {
  if (kind === "scope") return SCOPES.includes(action);
  return kind === "settings" ? SETTINGS.includes(action) : VERDICTS.includes(action);
}

function conflictsOf(entries: readonly JournalEntry[]): MergeConflict[] {
  return entries
    .filter(({ action }) => action === "merged")
    .flatMap(
      ({ detail }) => (Array.isArray(detail["conflicts"]) ? detail["conflicts"] : []) as unknown as MergeConflict[],
    );
}

/** Notes that were added there and not removed there, and removals of notes that still hold here. */
function takenNotes(
  ours: readonly JournalEntry[],
  theirs: readonly JournalEntry[],
  news: readonly JournalEntry[],
): TakenEntry[] {
  const here = new Set(annotationsOf(ours).notes.map(({ entry }) => entry));
  const there = new Set(annotationsOf(theirs).notes.map(({ entry }) => entry));
  return news.flatMap((entry): TakenEntry[] => {
    if (entry.action === "note-added") return there.has(entry.seq) ? [takenOver(entry)] : [];
    if (entry.action !== "note-removed") return [];
    const added = theirs.find(({ seq }) => seq === entry.detail["entry"]);
    const own = added === undefined ? undefined : ours.find((other) => originOf(other) === originOf(added));
    return own !== undefined && here.has(own.seq) ? [takenOver(entry, { entry: own.seq })] : [];
  });
}

/** The other copy's last verdict on each finding, where this copy did not decide otherwise. */
function takenVerdicts(
  ours: readonly JournalEntry[],
  own: readonly JournalEntry[],
  news: readonly JournalEntry[],
  conflicts: MergeConflict[],
): TakenEntry[] {
  const before = annotationsOf(ours).reviews;
  const [here, there] = [lastVerdicts(own), lastVerdicts(news)];
  return [...there.values()].flatMap((entry): TakenEntry[] => {
    const object = entry.object!;
    const mine = here.get(object);
    if (mine === undefined) {
      const stands = before.get(object);
      const isSame =
        (stands === undefined ? "finding-reopened" : `finding-${stands.verdict}`) === entry.action &&
        (stands?.reason ?? null) === reasonOf(entry);
      return isSame ? [] : [takenOver(entry)];
    }
    const kind = mine.action !== entry.action ? "verdict" : reasonOf(mine) !== reasonOf(entry) ? "reason" : null;
    if (kind !== null) conflicts.push({ kind, object, here: sideOf(mine), there: sideOf(entry) });
    return [];
  });
}

function lastVerdicts(entries: readonly JournalEntry[]): Map<string, JournalEntry> {
  const last = new Map<string, JournalEntry>();
  for (const entry of entries)
    if (entry.object !== null && VERDICTS.includes(entry.action)) last.set(entry.object, entry);
  return last;
}

/** What the other copy laid down for the whole case, unless this one laid down something else. */
function takenWhole(
  kind: "scope" | "settings",
  actions: readonly string[],
  own: readonly JournalEntry[],
  news: readonly JournalEntry[],
  conflicts: MergeConflict[],
): JournalEntry | null {
  const last = (entries: readonly JournalEntry[]) => entries.findLast(({ action }) => actions.includes(action));
  const [here, there] = [last(own), last(news)];
  if (there === undefined) return null;
  if (here === undefined) return there;
  const [mine, other] = [sideOf(here), sideOf(there)];
  if (mine.action !== other.action || mine.says !== other.says)
    conflicts.push({ kind, object: null, here: mine, there: other });
  return null;
}

/** An entry of the other copy as this one says it too. */
export function takenOver(entry: JournalEntry, changed: { readonly [key: string]: Json } = {}): TakenEntry {
  const { seq, hash, actor, host, at } = entry;
  const of = takenFrom(entry) ?? { entry: seq, hash, actor, host, at };
  return { action: entry.action, object: entry.object, detail: { ...entry.detail, ...changed, of: { ...of } } };
}

function sideOf(entry: JournalEntry): ConflictSide {
  const { seq, hash, action } = entry;
  const { actor, at } = takenFrom(entry) ?? entry;
  const settings = entry.detail["settings"];
  const says = entry.sha256 ?? (settings === undefined ? reasonOf(entry) : JSON.stringify(settings));
  return { entry: seq, hash, action, actor, at, says };
}

function reasonOf({ detail }: JournalEntry): string | null {
  return typeof detail["reason"] === "string" ? detail["reason"] : null;
}
