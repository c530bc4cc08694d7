import { describe, expect, it } from "vitest";
import { allowedBy } from "./allow-list.ts";

describe("allowedBy", () => {
  const finding = {
    detection: "BT-LM-001",
    source: "10.0.0.7",
    target: null,
    user: "CORP\\Op",
    object: "svc: C:\\a.exe",
  };
  const entry = { detection: null, source: null, target: null, user: null, object: null, reason: "" };
  it.each([
    [{ user: "corp\\op" }, true],
    [{ object: "svc*" }, true],
    [{ object: "*.EXE" }, true],
    [{ object: "*:*a*e" }, true],
    [{ object: "svc" }, false],
    [{ source: "10.0.0.7", detection: "BT-LM-002" }, false],
    [{ target: "*" }, false],
  ])("%j: %s", (fields, expected) => {
    expect(allowedBy(finding as never, { ...entry, ...fields })).toBe(expected);
  });
});
