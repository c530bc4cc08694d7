import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Estate } from "../contracts/estate.ts";
import { ROLES } from "../contracts/estate.ts";
import { parseScope } from "./scope.ts";
import { scopeTemplate } from "./scope-template.ts";

const ESTATE: Estate = {
  assets: [
    {
      address: "10.0.5.1",
      name: "BKP01",
      roles: [{ role: "backup-server", confidence: 0.9, source: "inferred", reasons: ["called 5 hosts"] }],
      inEstate: true,
      internal: true,
    },
    {
      address: "10.0.0.9",
      name: null,
      roles: [{ role: "file-server", confidence: 0.4, source: "inferred", reasons: ["served shares"] }],
      inEstate: false,
      internal: true,
    },
  ],
  networks: [{ cidr: "10.0.0.0/8", name: "Office" }],
  windows: [
    {
      name: "backups to BKP01",
      days: [1, 2],
      startMinute: 1310,
      endMinute: 30,
      zone: "Europe/Berlin",
      source: "inferred",
    },
  ],
};

describe("scopeTemplate", () => {
  it("is a scope file that confirms what was inferred", () => {
    const text = scopeTemplate(ESTATE);
    const scope = parseScope(text);
    expect(scope.assets).toEqual([
      { address: "10.0.5.1", network: null, matchName: null, name: "BKP01", roles: ["backup-server"], inEstate: true },
    ]);
    expect(scope.windows).toEqual([{ ...ESTATE.windows[0], source: "scope" }]);
    expect(text).toContain("# backup-server, confidence 0.90: called 5 hosts");
    expect(text).toContain('  # - address: "10.0.0.9"');
  });

  it("becomes right when the doubtful is uncommented", () => {
    const text = scopeTemplate(ESTATE)
      .replace('  # - address: "10.0.0.9"', '  - address: "10.0.0.9"')
      .replace("  #   roles: [file-server]", "    roles: [file-server]");
    expect(parseScope(text).assets[1]).toMatchObject({ address: "10.0.0.9", roles: ["file-server"] });
  });

  it("is a scope file for an empty estate", () => {
    expect(parseScope(scopeTemplate({ assets: [], networks: [], windows: [] })).assets).toEqual([]);
  });

  it("survives names from the wire, whatever they hold", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
        fc.constantFrom(...ROLES),
        (name, role) => {
          fc.pre(!/\p{Surrogate}/u.test(name));
          const asset = {
            address: "10.0.5.1",
            name,
            roles: [{ role, confidence: 0.9, source: "inferred" as const, reasons: [`its name is ${name}`] }],
            inEstate: true,
            internal: true,
          };
          const scope = parseScope(scopeTemplate({ assets: [asset], networks: [], windows: [] }));
          expect(scope.assets).toEqual([
            { address: "10.0.5.1", network: null, matchName: null, name, roles: [role], inEstate: true },
          ]);
        },
      ),
    );
  });
});
