import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { networkRange } from "../bytes/network-range.ts";
import { EMPTY_SCOPE, parseScope, ScopeError } from "./scope.ts";

const FULL = `
site:
  name: Example works
  time_zone: Europe/Berlin
  networks:
    - 10.20.0.0/16
    - { cidr: "2001:db8::/32", name: Head office }
assets:
  - address: 10.20.5.10
    name: BACKUP01
    roles: [backup-server, config-database]
  - network: 10.20.6.0/24
    roles: [repository]
  - name: NAS01
    roles: [file-server]
    estate: false
admin:
  sources: [10.20.1.15, 10.20.90.0/24]
  accounts: ['CORP\\admin']
jobs:
  - { name: Nightly, days: [weekdays, sun], start: "22:30", end: "05:00" }
allow:
  - { detection: BT-LM-001, source: 10.20.1.15, object: "CcmExec*", reason: Software deployment }
parameters:
  BT-TI-001: { files: 10 }
`;

function problemsOf(text: string): string[] {
  try {
    parseScope(text, { detections: new Map([["BT-TI-001", ["files"]]]) });
  } catch (error) {
    if (error instanceof ScopeError)
      return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
    throw error;
  }
  return [];
}

describe("parseScope", () => {
  it("reads every key", () => {
    const scope = parseScope(FULL);
    expect(scope.timeZone).toBe("Europe/Berlin");
    expect(scope.networks).toEqual([
      { cidr: "10.20.0.0/16", name: "10.20.0.0/16" },
      { cidr: "2001:db8::/32", name: "Head office" },
    ]);
    expect(scope.assets[0]).toEqual({
      address: "10.20.5.10",
      network: null,
      matchName: null,
      name: "BACKUP01",
      roles: ["backup-server", "config-database"],
      inEstate: null,
    });
    expect(scope.assets[2]).toMatchObject({ matchName: "NAS01", inEstate: false });
    expect(scope.windows).toEqual([
      {
        name: "Nightly",
        days: [1, 2, 3, 4, 5, 7],
        startMinute: 1350,
        endMinute: 300,
        zone: "Europe/Berlin",
        source: "scope",
      },
    ]);
    expect(scope.allow[0]).toMatchObject({ detection: "BT-LM-001", object: "CcmExec*", target: null });
    expect(scope.parameters).toEqual({ "BT-TI-001": { files: 10 } });
  });

  it("takes an empty file for no scope", () => {
    expect(parseScope("")).toEqual(EMPTY_SCOPE);
    expect(parseScope("# nothing yet\n")).toEqual(EMPTY_SCOPE);
  });

  it.each([
    ["assets:\n  - address: 10.1.2.3\n    rolse: [repository]\n", /^3:5 |^3:12 .*"rolse" is no key/],
    ["assets:\n  - address: 10.1.2.3\n    roles: [repo]\n", /^3:13 "repo" does not fit; write one of backup-server/],
    ["assets:\n  - address: 10.1.2.300\n    roles: [proxy]\n", /^2:14 "10.1.2.300" does not fit; write one address/],
    ["assets:\n  - roles: [proxy]\n", /^2:5 says no machine; write address, network or name/],
    ["site:\n  time_zone: Berlin\n", /^2:14 "Berlin" does not fit; write an IANA time zone/],
    ["jobs:\n  - name: x\n    start: 22\n    end: '05:00'\n", /^3:12 22 does not fit; write a time of day in quotes/],
    ["jobs:\n  - name: x\n    end: '05:00'\n", /^2:5 missing; write a time of day/],
    ["allow:\n  - reason: because\n", /^2:5 would allow everything/],
    ["allow:\n  - detection: BT-LM-001\n", /^2:5 missing; write why this is expected/],
    ["parameters:\n  BT-TI-001:\n    flies: 3\n", /^3:12 BT-TI-001 has no parameter flies; it has files/],
    ["parameters:\n  BT-XX-001: {}\n", /^2:14 there is no detection BT-XX-001/],
    ["site: [\n", /this is not YAML/],
    ["- a\n", /^1:1 .*write a mapping with site/],
    [
      "assets:\n  - {address: 10.0.0.1, roles: [proxy]}\n  - {address: 10.0.0.1, roles: [tape]}\n",
      /^3:15 10.0.0.1 is listed twice/,
    ],
  ])("says where and what to write: %j", (text, message) => {
    expect(problemsOf(text)[0]).toMatch(message);
  });

  it("tells all problems at once", () => {
    expect(problemsOf("assets:\n  - address: x\n    roles: [y]\nsite: { networks: [z] }\n").length).toBe(3);
  });

  it("never fails otherwise, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 200 }), (text) => {
        try {
          parseScope(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ScopeError);
        }
      }),
    );
  });
});

describe("networkRange", () => {
  it("gives keys of the IPv6 form", () => {
    expect(networkRange("10.20.0.0/16")).toEqual({
      first: "00000000000000000000ffff0a140000",
      last: "00000000000000000000ffff0a14ffff",
    });
    expect(networkRange("2001:db8::1")?.first).toBe("20010db8000000000000000000000001");
    expect(networkRange("::/0")?.last).toBe("f".repeat(32));
  });
  it.each(["", "10.0.0", "10.0.0.0/33", "1::2::3", "10.0.0.1/", "abc", "1:2:3:4:5:6:7:8:9", "10.0.0.0/8/8"])(
    "refuses %j",
    (text) => {
      expect(networkRange(text)).toBeNull();
    },
  );
});
