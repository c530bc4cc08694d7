import { describe, expect, it } from "vitest";
import { recordType } from "./record-type.ts";
import { referencePage } from "./reference.ts";

describe("reference page", () => {
  it("has every table and column once, with type, unit, example and source", () => {
    const type = recordType({
      name: "zz",
      text: "A thing",
      version: 3,
      layout: "plain",
      columns: {
        size: { kind: "count", text: "How long", unit: "octets", example: "5|6", source: "RFC 1" },
        names: { kind: "vector[string]", own: true, text: "Names" },
      },
    });
    const empty = recordType({
      name: "aa",
      text: "Nothing.",
      version: 1,
      own: true,
      layout: "connection",
      columns: {},
    });
    const aliases = [{ name: "src", text: "Originator", tables: ["aa", "zz"] }];
    const seen = new Map([
      ["zz.names", "a,b"],
      ["zz.size", "9"],
    ]);
    const specs = new Map([["zz", ["RFC 1", "RFC 2"]]]);
    const page = referencePage([type, empty], aliases, seen, specs);
    expect(page).toContain("Tables: [`aa`](#aa), [`zz`](#zz).");
    expect(page).toContain("| `size` | `count` | `UBIGINT` | How long. | in octets; e.g. `5\\|6`; RFC 1 |");
    expect(page).toContain("| `names` | `vector[string]` | `VARCHAR[]` | Names. | e.g. `a,b`; own |");
    expect(page).toContain("| `src` | Originator | all |");
    expect(page).toContain(
      'A thing. Version 3. Zeek\'s zz.log, but for columns marked "own"; after RFC 1, RFC 2 where',
    );
    expect(page).toContain("Nothing. Version 1. Not a log of Zeek's.");
    expect(page.match(/\| `uid` \|/g)).toHaveLength(1);
    expect(page).toContain("No columns beside the common ones.");
    expect(page).toBe(referencePage([empty, type], aliases, seen, specs));
  });
});
