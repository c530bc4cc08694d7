import { describe, expect, it } from "vitest";
import { annotationsOf } from "./annotations.ts";
import type { JournalEntry, Json } from "./journal.ts";
import { mergePlan, openConflicts } from "./merge-plan.ts";

/** A journal of one copy: the entries, with hashes that are unlike those of the other. */
class Copy {
  readonly actor: string;
  readonly entries: JournalEntry[];

  constructor(actor: string, entries: readonly JournalEntry[] = []) {
    this.actor = actor;
    this.entries = [...entries];
  }

  add(
    action: string,
    object: string | null = null,
    detail: { readonly [key: string]: Json } = {},
    sha256: string | null = null,
  ) {
    const seq = this.entries.length + 1;
    const [at, rest] = [
      `2026-01-01T00:00:${String(seq).padStart(2, "0")}.000Z`,
      { host: "h", tool: "t", version: "0" },
    ];
    const hash = `${this.actor}-${seq}`;
    this.entries.push({ seq, at, actor: this.actor, ...rest, action, object, sha256, detail, prev: "", hash });
    return this;
  }

  copyFor(actor: string): Copy {
    return new Copy(actor, this.entries);
  }

  /** Does what a merge does to the journal. */
  merge(other: Copy) {
    const plan = mergePlan(this.entries, other.entries);
    this.add("merged", null, { conflicts: plan.conflicts as unknown as Json });
    for (const { action, object, detail } of plan.taken) this.add(action, object, detail);
    return plan;
  }
}

const begun = () =>
  new Copy("both")
    .add("case-created")
    .add("note-added", "case", { text: "first" })
    .add("finding-confirmed", "F-0", { reason: null });

describe("what merging two journals means", () => {
  it("takes over notes and verdicts as the other copy said them, and says nothing twice", () => {
    const [here, there] = [begun().copyFor("anna"), begun().copyFor("ben")];
    here.add("finding-dismissed", "F-1", { reason: "a drill" });
    there.add("note-added", "case", { text: "kept" }).add("note-added", "case", { text: "gone" });
    there.add("note-removed", "case", { entry: 5 }).add("note-removed", "case", { entry: 2 });
    there.add("finding-confirmed", "F-2", { reason: "seen" }).add("verified");
    const plan = here.merge(there);
    expect(plan.conflicts).toEqual([]);
    expect(plan.fork.seq).toBe(3);
    const { notes, reviews } = annotationsOf(here.entries);
    expect(notes.map(({ text, by }) => ({ text, by }))).toEqual([{ text: "kept", by: "ben" }]);
    expect(reviews.get("F-2")).toMatchObject({
      verdict: "confirmed",
      reason: "seen",
      by: "ben",
      at: there.entries[7]!.at,
    });
    expect(reviews.get("F-1")).toMatchObject({ verdict: "dismissed", by: "anna" });
    expect(mergePlan(here.entries, there.entries)).toMatchObject({ taken: [], conflicts: [] });
    // And the other way about: what came from there is no news there.
    const back = mergePlan(there.entries, here.entries);
    expect(back.taken.map(({ object }) => object)).toEqual(["F-1"]);
    expect(back.conflicts).toEqual([]);
  });

  it("leaves what both decided differently as it is, until somebody decides anew", () => {
    const [here, there] = [begun().copyFor("anna"), begun().copyFor("ben")];
    here
      .add("finding-confirmed", "F-1", { reason: null })
      .add("finding-reopened", "F-0")
      .add("scope-set", "s", {}, "aa");
    there.add("finding-dismissed", "F-1", { reason: "a drill" }).add("scope-set", "s", {}, "bb");
    there.add("finding-confirmed", "F-3", { reason: "x" }).add("settings-changed", null, { settings: { a: 1 } });
    here.add("finding-confirmed", "F-3", { reason: "y" });
    const plan = here.merge(there);
    expect(plan.conflicts.map(({ kind, object, here: h, there: t }) => [kind, object, h.says, t.says])).toEqual([
      ["verdict", "F-1", null, "a drill"],
      ["reason", "F-3", "y", "x"],
      ["scope", null, "aa", "bb"],
    ]);
    expect(plan.scope).toBeNull();
    expect(plan.settings?.detail["settings"]).toEqual({ a: 1 });
    expect(annotationsOf(here.entries).reviews.get("F-1")).toMatchObject({ verdict: "confirmed", by: "anna" });
    expect(openConflicts(here.entries)).toHaveLength(3);
    here.add("finding-dismissed", "F-1", { reason: "agreed" });
    expect(openConflicts(here.entries).map(({ kind }) => kind)).toEqual(["reason", "scope"]);
    // A conflict that was told is not told again by the next merge.
    expect(mergePlan(here.entries, there.add("finding-confirmed", "F-9", { reason: null }).entries)).toMatchObject({
      conflicts: [],
      taken: [{ object: "F-9" }],
    });
  });

  it("refuses journals that do not begin alike", () => {
    expect(() =>
      mergePlan(new Copy("a").add("case-created").entries, new Copy("b").add("case-created").entries),
    ).toThrow(/no entry in common/);
  });
});
