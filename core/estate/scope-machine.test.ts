import { describe, expect, it } from "vitest";
import { parseScope } from "./scope.ts";
import { withMachine } from "./scope-machine.ts";

const TEXT = `# Ours
site: { time_zone: Europe/Berlin } # head office
assets:
  - address: 10.20.5.10 # the server
    name: BACKUP01
    roles: [backup-server]
`;

describe("one machine of a scope", () => {
  it("is added to a scope that there was not yet", () => {
    const text = withMachine(null, { address: "10.0.0.5", roles: ["repository", "proxy"], estate: true });
    expect(text).toBe("assets:\n  - address: 10.0.0.5\n    roles: [ repository, proxy ]\n    estate: true\n");
    expect(parseScope(text).assets[0]).toMatchObject({ address: "10.0.0.5", roles: ["repository", "proxy"] });
  });

  it("is changed where it stands, and comments and the rest stay", () => {
    const text = withMachine(TEXT, { address: "10.20.5.10", roles: ["jump-host"], estate: false });
    expect(text).toContain("# Ours");
    expect(text).toContain("# head office");
    expect(text).toContain("name: BACKUP01");
    expect(parseScope(text).assets).toMatchObject([
      { address: "10.20.5.10", name: "BACKUP01", roles: ["jump-host"], inEstate: false },
    ]);
  });

  it("is taken out when nothing is said about it any more", () => {
    const text = withMachine(TEXT, { address: "10.20.5.10", roles: [], estate: null });
    expect(parseScope(text)).toMatchObject({ assets: [], timeZone: "Europe/Berlin" });
  });

  it("stands beside what is said of others", () => {
    const text = withMachine(TEXT, { address: "2001:db8::7", roles: ["agent"], estate: null });
    expect(parseScope(text).assets.map(({ address }) => address)).toEqual(["10.20.5.10", "2001:db8::7"]);
  });
});
