import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/sample-captures.ts";
import { someFinding } from "../../../test/some-finding.ts";
import type { Case } from "../../case/case.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { Story } from "../../contracts/story.ts";
import { outsideStorySentences } from "../outside-story.ts";
import { saveStory } from "../story-of.ts";
import { createWorkspace } from "../workspace.ts";
import { ToldBefore } from "./told-before.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

async function begunAgain(target: Case, isAllRead: boolean): Promise<ToldBefore> {
  const before = new ToldBefore(target);
  await before.begin();
  expect(await before.answerable(isAllRead)).toEqual([]);
  return before;
}

const named = (target: Case) =>
  target.journal.entries.filter(({ action }) => action === "findings-not-read-again").map(({ detail }) => detail);

it("keeps what was told before over any number of crashes, and says what of it was not read again", async () => {
  const target = await createWorkspace(join(scratch.path, "case"));
  const [told, other] = [
    someFinding({ id: "F-1", records: ["C1.1"], object: "a" }),
    someFinding({ id: "F-2", records: ["C2.1"], object: "b" }),
  ];
  await saveStory(target, { findings: [told, other] } as unknown as Story);
  await (await begunAgain(target, false)).keep([]);
  expect(await outsideStorySentences(target.store, [])).toEqual([
    expect.stringMatching(/^2 findings .* to be read again/),
  ]);
  // An evaluation after the recording finds one of them by itself.
  expect(await outsideStorySentences(target.store, [told])).toEqual([
    expect.stringMatching(/^1 finding .* to be read/),
  ]);
  expect(named(target)).toEqual([]);
  // It crashes after a story was told without them.
  await saveStory(target, { findings: [] } as unknown as Story);
  const again = await begunAgain(target, true);
  // One is found at the same time, of a connection that was read from its middle.
  again.settle([], [someFinding({ id: "F-3", records: ["C3.1"], object: "b" })]);
  expect(again.findings).toEqual([told]);
  await again.keep([]);
  await again.keep([]);
  expect(await outsideStorySentences(target.store, [])).toEqual([expect.stringMatching(/^1 finding .* not cleared/)]);
  expect(await outsideStorySentences(target.store, [told])).toEqual([]);
  expect(named(target)).toEqual([{ findings: ["F-1"], segments: [] }]);
  const last = await begunAgain(target, true);
  last.settle([], [told]);
  await last.keep([]);
  expect(await outsideStorySentences(target.store, [])).toEqual([]);
  expect(named(target).at(-1)).toEqual({ findings: [], segments: [] });
  target.close();
});

it("looks for their records in parts and ever less often, and goes on where memory does not suffice", async () => {
  const target = await createWorkspace(join(scratch.path, "many"));
  const records = Array.from({ length: 25_000 }, (_, i) => `C1.${i}`);
  await saveStory(target, { findings: [someFinding({ id: "F-1", records })] } as unknown as Story);
  const before = new ToldBefore(target);
  await before.begin();
  const looked = vi.spyOn(target.store, "filledTables");
  const evaluations = async (count: number) => {
    looked.mockClear();
    for (let i = 0; i < count; i++) expect(await before.answerable(true)).toEqual([]);
    return looked.mock.calls.length;
  };
  expect(await evaluations(12)).toBe(3 * 2); // the first, the third and the seventh
  before.lookAgain();
  looked.mockRejectedValue(new BacktrailError("out-of-memory", "more"));
  expect(await evaluations(1)).toBe(1);
  target.close();
});
