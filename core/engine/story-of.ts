import type { Annotations } from "../case/annotations.ts";
import { annotationsOf, reviewed } from "../case/annotations.ts";
import type { Case } from "../case/case.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { Finding } from "../contracts/finding.ts";
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
  lastRead.set(target, Promise.resolve(story));
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
  const kept = await keptStory(source);
  const story = { ...kept, findings: reviewedOf(kept, annotations) };
  const dismissed = story.findings.filter(isDismissed).map(({ id }) => id);
  if (dismissed.length === 0) return story;
  const key = dismissed.join();
  let told = toldAnew.get(kept);
  if (told?.key !== key) {
    told = { key, parts: tellAnew(source, story) };
    toldAnew.set(kept, told);
  }
  return { ...story, ...(await told.parts) };
}

/** Findings with what was decided of them: thousands are asked for with each call of the window. */
function reviewedOf({ findings }: Story, annotations: Annotations): readonly Finding[] {
  return annotations.reviews.size === 0 ? findings : reviewed(findings, annotations);
}

/** Stories as they were last told or read: the window asks for them with each call, and thousands of findings take long to parse. */
const lastRead = new WeakMap<Case, Promise<Story>>();

/** What the window's many calls would else tell again each time: a kept story without its dismissed findings. */
const toldAnew = new WeakMap<Story, { readonly key: string; readonly parts: Promise<ToldStory> }>();

function keptStory(source: Case): Promise<Story> {
  let read = lastRead.get(source);
  if (read === undefined) {
    read = readStory(source);
    lastRead.set(source, read);
    read.catch(() => lastRead.delete(source));
  }
  return read;
}

async function readStory(source: Case): Promise<Story> {
  const [row] = await source.store.rows("SELECT CAST(whole AS VARCHAR) AS whole FROM documents WHERE name = $name", {
    name: DOCUMENT,
  });
  if (row !== undefined) return JSON.parse(rowText(row["whole"])) as Story;
  throw new BacktrailError(
    "no-story",
    `Nothing has been analysed into the case ${source.folder} yet: run backtrail analyze with --case ${source.folder}.`,
  );
}

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
