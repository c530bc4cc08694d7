import { expect, it, vi } from "vitest";
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

it("looks once through the names of hosts, however many rows name them", () => {
  const hosts = new Map(
    Array.from({ length: 50_000 }, (_, i) => [`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, "FS01"]),
  );
  const names = vi.spyOn(hosts, "values");
  const rows = Array.from({ length: 2000 }, () => hitFromRow(detection, {}, { ...row, source: null }, hosts));
  expect(rows.every(({ finding }) => finding.explanation.includes("\\\\fs01.corp.example\\c$"))).toBe(true);
  expect(names).toHaveBeenCalledTimes(1);
});

it("says of each of thousands of times that the same was refused when it was done, and of that that it had been refused", () => {
  const day = 86_400_000_000_000n;
  const rows = Array.from({ length: 10_000 }, (_, i) => ({
    ...{ ...row, ts: String(BigInt(i) * day), records: [`C${i}.1`] },
    outcome: i % 2500 === 2499 ? "confirmed" : "refused",
  }));
  const merged = mergeRepeats(rows.map((each) => hitFromRow(detection, {}, each, new Map())));
  const said = merged.map(({ finding }) => /(?:Later|Before), at .*$/.exec(finding.explanation)?.[0]);
  expect(said).toHaveLength(rows.length);
  expect(said[2499]).toBe("Before, at 1970-01-01 00:00:00Z, it was refused.");
  expect(said[2500]).toBe("Later, at 1983-09-09 00:00:00Z, it was done.");
  expect(said.filter((each) => each === said[2500])).toHaveLength(2499);
});
