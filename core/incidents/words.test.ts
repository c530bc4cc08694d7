import { describe, expect, it } from "vitest";
import { lowerFirst } from "./words.ts";

describe("words that go on in a sentence", () => {
  it.each([
    ["A page that happens to be so", "a page that happens to be so"],
    ["Vulnerability scanners", "vulnerability scanners"],
    ["DCSync", "DCSync"],
    ["WMI", "WMI"],
    ["Kerberos encryption downgrade", "Kerberos encryption downgrade"],
  ])("%s", (title, words) => expect(lowerFirst(title)).toBe(words));
});
