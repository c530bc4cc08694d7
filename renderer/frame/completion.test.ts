import { expect, it } from "vitest";
import { filterValue, withCondition } from "../data/conditions.ts";
import { placeOf } from "../data/place.ts";
import { applied, contextOf, nameCompletions, wholeCompletions } from "./completion.ts";

it("knows whether a name or a value is typed", () => {
  expect(contextOf("dst in back", 11)).toEqual({ kind: "value", field: "dst", prefix: "back" });
  expect(contextOf('user == "DOM', 12)).toEqual({ kind: "value", field: "user", prefix: "DOM" });
  expect(contextOf("port in [445, 1", 15)).toEqual({ kind: "value", field: "port", prefix: "1" });
  expect(contextOf("dst in backup and smb.pa", 24)).toEqual({ kind: "name", prefix: "smb.pa" });
  expect(contextOf("", 0)).toEqual({ kind: "name", prefix: "" });
});

it("puts a completion in place of what was begun", () => {
  expect(applied("dst in back", 11, "back", "backup")).toEqual({ text: "dst in backup ", caret: 14 });
  expect(applied('user == "DO" and x', 11, "DO", '"DOM\\\\a"')).toEqual({
    text: 'user == "DOM\\\\a" and x',
    caret: 17,
  });
});

it("offers names that begin so before names that contain it", () => {
  const names = ["service", "ip.serv", "x"].map((name) => ({ name, text: "", kind: "string", tables: [] }));
  expect(nameCompletions(names, "serv").map(({ text }) => text)).toEqual(["service", "ip.serv"]);
});

it("joins conditions so that or does not take them apart, and quotes values", () => {
  expect(withCondition("", "a == 1")).toBe("a == 1");
  expect(withCondition("a == 1 or b == 2", "c == 3")).toBe("(a == 1 or b == 2) and c == 3");
  expect(filterValue('a"\\b', "string")).toBe('"a\\"\\\\b"');
});

it("takes any address and makes a place of it", () => {
  expect(placeOf("#view=Nowhere&pick=evil:1&from=1e9&to=-5&tab=%00")).toMatchObject({
    view: "Story",
    pick: null,
    from: null,
    to: "-5",
    tab: "Why",
  });
  expect(placeOf("#view=Files&pick=host:fe80::1")).toMatchObject({
    view: "Files",
    pick: { kind: "host", id: "fe80::1" },
  });
});

it("offers the fields of a table and of a family of tables", () => {
  const fields = [
    { name: "path", text: "Share", kind: "string", tables: ["smb_files", "smb_mapping"] },
    { name: "query", text: "Name", kind: "string", tables: ["dns"] },
  ];
  expect(nameCompletions(fields, "smb").map(({ text }) => text)).toEqual(["smb.", "smb_files.", "smb_mapping."]);
  expect(nameCompletions(fields, "smb.p").map(({ text }) => text)).toEqual(["smb.path"]);
  expect(nameCompletions(fields, "smb_files.").map(({ text }) => text)).toEqual(["smb_files.path"]);
  expect(applied("smb", 3, "smb", "smb.")).toEqual({ text: "smb.", caret: 4 });
});

it("offers saved and used filters that have what was typed, by their names too, and none twice", () => {
  const saved = [{ name: "Shares", filter: "port == 445" }];
  const used = [{ filter: "port == 445" }, { filter: 'service == "dns"' }];
  const texts = (typed: string) => wholeCompletions(saved, used, typed).map(({ text }) => text);
  expect(texts("")).toEqual(["port == 445", 'service == "dns"']);
  expect(texts("shar")).toEqual(["port == 445"]);
  expect(texts("DNS")).toEqual(['service == "dns"']);
  expect(texts("port == 445 ")).toEqual([]);
});
