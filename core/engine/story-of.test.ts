import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { journalReview } from "../case/annotations.ts";
import { scratchFolder } from "../../test/sample-captures.ts";
import { analyzeIntoCase } from "./analyze-into-case.ts";
import { exportModel } from "./export-model.ts";
import { reportModel } from "./report-model.ts";
import { storyOf } from "./story-of.ts";
import { withCase } from "./workspace.ts";

const scratch = scratchFolder();
const folder = join(scratch.path, "a.case");

beforeAll(async () => {
  const capture = join(import.meta.dirname, "../../samples/recorded/winrm-clear.pcapng");
  await analyzeIntoCase({ captures: [capture], folder, workers: 1 });
});
afterAll(() => scratch.remove());

it("is told without dismissed findings, in exports too, until the verdict is taken back", async () => {
  await withCase(folder, async (opened) => {
    const before = await storyOf(opened);
    expect(before.findings.length).toBeGreaterThan(0);
    const seq = opened.journal.entries.length + 1;
    for (const { id } of before.findings) journalReview(opened.journal, id, "dismissed", "our own test");
    const after = await reportModel(opened);
    expect(after.story.findings).toHaveLength(before.findings.length);
    expect(after.story.incidents).toEqual([]);
    expect(after.story.verdict).toMatch(
      /^Nothing that was done .* that an investigator dismissed (is|are) left out of this\.$/,
    );
    expect(after.story.ledger?.acts ?? []).toEqual([]);
    const model = await exportModel(opened, after);
    expect(model.findings).toEqual([]);
    expect(model.origin.filter).toContain(before.findings[0]!.id);
    expect((await reportModel(opened, seq)).story).toEqual(before);
    for (const { id } of before.findings) journalReview(opened.journal, id, null, null);
    expect(await storyOf(opened)).toEqual(before);
  });
});
