import { annotationsOf, reviewed } from "../case/annotations.ts";
import type { Case } from "../case/case.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { Story } from "../contracts/story.ts";
import { rowText } from "../records/row-text.ts";

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
 * The story of a case as it was last told, each finding with what was decided about it since.
 * @throws BacktrailError `no-story` for a case into which nothing was analysed yet.
 */
export async function storyOf(source: Case): Promise<Story> {
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
  const story = JSON.parse(rowText(row["whole"])) as Story;
  return { ...story, findings: reviewed(story.findings, annotationsOf(source.journal.entries)) };
}
