import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { RECORD_TYPES } from "../core/engine/record-types.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { PROTOCOLS } from "../core/protocols/index.ts";
import { allColumns } from "../core/records/record-type.ts";
import { RECORDED, recordedNames } from "./recorded-samples.ts";
import { make, scratchFolder } from "./sample-captures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** Folders of `core/protocols` that hold pure parsers others use, and no protocol of their own. */
const PARSERS_ONLY: readonly string[] = ["ntlm", "unsealing", "scsi"];
/** Record types that no sample capture shows yet; tests of their own do. */
const SHOWN_BY_TESTS: readonly string[] = ["analyzer", "decryption", "quic", "tunnel", "weird"];

describe("the list of protocols", () => {
  it("has something from every folder", () => {
    const folder = fileURLToPath(new URL("../core/protocols", import.meta.url));
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = new Set(PROTOCOLS.map(({ name }) => name.replaceAll("_", "-")));
    for (const { name } of folders) {
      if (PARSERS_ONLY.includes(name) || name === "starttls") continue;
      expect([...names], `${name} is not listed in core/protocols/index.ts`).toContain(name);
    }
  });

  it("names each protocol once, with a specification, and each weird once", () => {
    const names = PROTOCOLS.map(({ name, over }) => `${name} over ${over.join()}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, specs, weirds, over } of PROTOCOLS) {
      expect(specs.length, name).toBeGreaterThan(0);
      expect(over.length, name).toBeGreaterThan(0);
      expect(new Set(weirds).size, name).toBe(weirds.length);
    }
  });
});

describe("record types", () => {
  it("say what every column is", () => {
    for (const type of RECORD_TYPES) {
      expect(type.text, type.name).toMatch(/^[A-Z0-9].*[^.]$/);
      for (const [name, { text, kind, unit }] of allColumns(type)) {
        expect(text, `${type.name}.${name}`).toMatch(/^\S.*[^.]$/s);
        if (kind === "interval") expect(unit ?? "ns", `${type.name}.${name}`).toBe("ns");
      }
    }
  });

  it("are described in docs/fields.md with an example for every column", () => {
    const page = readFileSync(new URL("../docs/fields.md", import.meta.url), "utf8");
    const rows = page.split("\n").filter((line) => /^\| `[^`]+` \| `[^`]+` \| `[^`]+` \|/.test(line));
    expect(rows.length).toBeGreaterThan(RECORD_TYPES.length);
    expect(rows.filter((line) => !line.includes("e.g. `"))).toEqual([]);
  });

  it("are all shown by a sample", async () => {
    const techniques = join(scratch.path, "techniques");
    make(["--techniques", techniques]);
    make(["--profile", "mixed", "--size", "2MB", "--out", join(techniques, "mixed.pcapng")]);
    const shown = new Set<string>(SHOWN_BY_TESTS);
    const made = readdirSync(techniques).filter((name) => name.endsWith(".pcapng"));
    const captures = [
      ...made.map((name) => join(techniques, name)),
      ...recordedNames().map((name) => join(RECORDED, `${name}.pcapng`)),
    ];
    for (const file of captures) {
      const { rows, failures } = await analyzeInline([file]);
      expect(failures, file).toEqual([]);
      for (const [table, list] of rows) if (list.length > 0) shown.add(table);
    }
    expect(RECORD_TYPES.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});
