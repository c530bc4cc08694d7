import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/sample-captures.ts";
import { someFinding } from "../../../test/some-finding.ts";
import type { Case } from "../../case/case.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { Story } from "../../contracts/story.ts";
import { reviewFinding } from "../annotate.ts";
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
  expect(named(target)).toEqual([{ findings: ["F-1"], segments: [], settled: [], open: 1 }]);
  const last = await begunAgain(target, true);
  last.settle([], [told]);
  await last.keep([]);
  expect(await outsideStorySentences(target.store, [])).toEqual([]);
  expect(named(target).at(-1)).toEqual({ findings: [], segments: [], settled: ["F-1"], open: 0 });
  target.close();
});

it("spares the segments in which they begin and end, names only what is new, and lets go what is dismissed", async () => {
  const target = await createWorkspace(join(scratch.path, "segments"));
  const times: readonly (readonly [string | null, string | null] | null)[] = [
    ["100", "199"],
    ["200", "299"],
    ["300", "399"],
    [null, null], // without frames
    null, // recovered: nobody knows
    ["400", "499"],
  ];
  for (const [at, span] of times.entries()) {
    const detail = span === null ? {} : { tsFirst: span[0], tsLast: span[1] };
    target.journal.append("segment-closed", { object: `segment-${at}`, detail });
  }
  const findings = Array.from({ length: 1200 }, (_, i) =>
    someFinding({
      id: `F-${i}`,
      records: [`C${i}.1`],
      object: `${i}`,
      tsFirst: "150",
      tsLast: i === 0 ? "350" : "160",
    }),
  );
  await saveStory(target, { findings } as unknown as Story);
  const before = await begunAgain(target, true);
  expect(await before.keep([])).toEqual(["segment-0", "segment-2", "segment-4"]);
  const [first] = named(target);
  expect(first).toMatchObject({ segments: ["segment-0", "segment-2", "segment-4"], settled: [], open: 1200 });
  expect(first!["findings"]).toHaveLength(1000);
  const summaries = vi.spyOn(target.ledger, "summaries");
  await before.keep([]);
  expect(summaries).not.toHaveBeenCalled();
  expect(named(target)).toHaveLength(1);
  // The story does not have it any more.
  await saveStory(target, { findings: [] } as unknown as Story);
  await reviewFinding(target, "F-0", "dismissed", "A test.");
  expect(await before.keep([])).toEqual(["segment-0", "segment-4"]);
  expect(named(target).slice(1)).toEqual([
    { findings: ["F-1000"], segments: ["segment-0", "segment-4"], settled: ["F-0"], open: 1199 },
  ]);
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
