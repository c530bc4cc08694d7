import { describe, expect, it } from "vitest";
import { withShortTexts } from "./long-texts.ts";

describe("texts of a report", () => {
  it("are cut where they are longer than anything a person writes, with what was cut", () => {
    const note = "n".repeat(10_000);
    const name = `${"x".repeat(999)}😀${"y".repeat(1_048_576)}`;
    const short = withShortTexts({ note, names: [name], byHost: new Map([["10.0.0.1", name]]), count: 3n, none: null });
    expect(short.note).toBe(note);
    expect(short.names[0]).toBe(`${"x".repeat(999)}… (1,049,577 characters, whole in the records)`);
    expect(short.byHost.get("10.0.0.1")).toBe(short.names[0]);
    expect(short).toMatchObject({ count: 3n, none: null });
  });
});
