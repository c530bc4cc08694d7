import { expect, it } from "vitest";
import { hitFromRow } from "./finding-from-row.ts";
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
