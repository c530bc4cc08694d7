import { expect, it } from "vitest";
import { hitFromRow, mergeRepeats, withHonestTitle } from "./finding-from-row.ts";
import { programDelivery } from "./lateral-movement/program-delivery.ts";

const detection = { ...programDelivery, explanation: "{user} wrote {file} to {target}; {what}." };
const row = {
  ...{ ts: "0", records: ["C1.1"], source: "10.0.0.7", target: "10.0.0.20", user: "CORP\\a" },
  file: "\\\\fs01.corp.example\\c$\\a.exe",
  object: "\\\\fs01.corp.example\\c$\\a.exe",
  what: "it was read",
};

function told(fields: Readonly<Record<string, unknown>>, names: readonly (readonly [string, string])[]) {
  return hitFromRow(detection, {}, { ...row, ...fields }, new Map(names)).finding;
}

it("tells a path with the short name of its host where only one has it, and keeps what was written", () => {
  const one = told({}, [["10.0.0.20", "FS01"]]);
  expect(one.explanation).toBe("CORP\\a wrote \\\\FS01\\c$\\a.exe to FS01 (10.0.0.20); it was read.");
  expect(one.object).toBe(row.object);
  const two = told({}, [
    ["10.0.0.20", "FS01"],
    ["10.9.0.20", "FS01"],
  ]);
  expect(two.explanation).toContain("\\\\fs01.corp.example\\c$");
  expect(told({}, [["10.0.0.20", "FS0"]]).explanation).toContain("\\\\fs01.corp.example\\c$");
});

it("knows what could not be read by the detection's own words, not by what they quote", () => {
  expect(told({ what: "its command is sealed" }, []).isUnread).toBe(true);
  expect(told({ what: "it was read", file: "\\\\s\\c$\\sealed", object: "\\\\s\\c$\\sealed" }, []).isUnread).toBe(
    undefined,
  );
});

it("says of what was answered in a sealed call that it was asked for, in sentence and title, until an answer can be read", () => {
  const title = { title: "Service created" };
  const sealed = told({ ...title, outcome: "confirmed", unread: true }, []);
  expect(sealed.isUnread).toBe(true);
  expect(sealed.explanation).toMatch(/ What was answered is sealed, and so does not say whether it was done\.$/);
  expect(withHonestTitle(sealed).title).toBe("Service created (asked for)");
  const shown = told({ ...title, outcome: "confirmed", unread: false, what: "its name is sealed" }, []);
  expect(withHonestTitle(shown)).toBe(shown);
  expect(shown.isUnread).toBe(undefined);
  const rows = [
    { ...row, ...title, outcome: "confirmed", unread: true },
    { ...row, ...title, ts: "60000000000", records: ["C2.1"], outcome: "confirmed", unread: false },
  ];
  const merged = mergeRepeats(rows.map((each) => hitFromRow(detection, {}, each, new Map())));
  expect(merged.map(({ finding }) => finding.explanation.slice(-60))).toEqual([
    expect.stringContaining("Later, at 1970-01-01 00:01:00Z, it was done.") as unknown,
    expect.stringContaining("it was asked for, and what was answered is not readable.") as unknown,
  ]);
});

it("keeps what a row says that it can be instead of an attack", () => {
  expect(told({ harmless: ["Windows itself"] }, []).harmless).toEqual(["Windows itself"]);
  expect(told({}, []).harmless).toBe(undefined);
});
