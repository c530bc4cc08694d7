import type { Annotations } from "../case/annotations.ts";
import { annotationsOf, reviewed } from "../case/annotations.ts";
import type { Case } from "../case/case.ts";
import { BacktrailError } from "../contracts/result.ts";
import { isDismissed } from "../contracts/finding.ts";
import type { Story } from "../contracts/story.ts";
import { DETECTIONS } from "../detections/index.ts";
import { withoutDismissed } from "../incidents/story.ts";
import { keptLedger, tamperLedger } from "../incidents/tamper-ledger.ts";
import { rowText } from "../records/row-text.ts";
import { isImported } from "./imported.ts";

const DOCUMENT = "story";

/** Keeps a story with the case; the one before it is replaced. */
export async function saveStory(target: Case, story: Story): Promise<void> {
  await target.store.change([
    { sql: "DELETE FROM documents WHERE name = $name", parameters: { name: DOCUMENT } },
    {
      sql: "INSERT INTO documents VALUES ($name, $whole)",
      parameters: { name: DOCUMENT, whole: JSON.stringify(story) },
    },
  ]);
}

/**
 * The story of a case as it was last told, each finding with what was decided about it since. Dismissed findings carry no verdict, no
 * incident and no line of the ledger.
 * @param annotations What was decided, by default all that the journal says.
 * @throws BacktrailError `no-story` for a case into which nothing was analysed yet.
 */
export async function storyOf(
  source: Case,
  annotations: Annotations = annotationsOf(source.journal.entries),
): Promise<Story> {
  const rows = await source.store.rows("SELECT CAST(whole AS VARCHAR) AS whole FROM documents WHERE name = $name", {
    name: DOCUMENT,
  });
  const [row] = rows;
  if (row === undefined) {
    throw new BacktrailError(
      "no-story",
      `Nothing has been analysed into the case ${source.folder} yet: run backtrail analyze with --case ${source.folder}.`,
    );
  }
  const text = rowText(row["whole"]);
  const kept = JSON.parse(text) as Story;
  const story = { ...kept, findings: reviewed(kept.findings, annotations) };
  const dismissed = story.findings.filter(isDismissed).map(({ id }) => id);
  if (dismissed.length === 0) return story;
  const key = `${dismissed.join()} ${text}`;
  let told = toldAnew.get(source);
  if (told?.key !== key) {
    told = { key, parts: tellAnew(source, story) };
    toldAnew.set(source, told);
  }
  return { ...story, ...(await told.parts) };
}

/** What the window's many calls would else tell again each time: the last story of a case without its dismissed findings. */
const toldAnew = new WeakMap<Case, { readonly key: string; readonly parts: Promise<ToldStory> }>();

/** The parts of a story that depend on which findings count. */
export type ToldStory = Pick<Story, "verdict" | "incidents" | "ledger">;

async function tellAnew(source: Case, story: Story): Promise<ToldStory> {
  const told = withoutDismissed(story, DETECTIONS.length - story.coverage.notEvaluated.length);
  if (!isImported(source)) return { ...toldParts(told), ledger: await tamperLedger(source.store, told) };
  return toldParts(story.ledger === undefined ? told : { ...told, ledger: keptLedger(story.ledger, told) });
}

export function toldParts({ verdict, incidents, ledger }: Story): ToldStory {
  return { verdict, incidents, ...(ledger === undefined ? {} : { ledger }) };
}
