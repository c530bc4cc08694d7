import { describe, expect, it } from "vitest";
import { someFinding } from "../../test/some-finding.ts";
import type { Finding } from "../contracts/finding.ts";
import { oneNameEach } from "./one-account.ts";

function seen(user: string | null, source: string, target: string): Finding {
  const explanation = `${user ?? "Somebody"} on ${source} did it.`;
  return someFinding({ id: `F-${user ?? ""}${source}`, source, target, user, explanation });
}

function told(findings: readonly Finding[], domains: readonly (readonly [string, string])[] = []): (string | null)[] {
  return oneNameEach(findings, domains).map(({ user }) => user);
}

describe("oneNameEach", () => {
  it("tells short and long names of a domain, and a name without one, as one account", () => {
    const findings = oneNameEach(
      [
        seen("eve", "10.0.0.9", "10.0.0.7"),
        seen("CORP.EXAMPLE\\eve", "10.0.0.7", "10.0.0.8"),
        seen("eve@corp.example", "10.0.0.7", "10.0.0.8"),
        seen("CORP\\Eve", "10.0.0.7", "10.0.0.8"),
      ],
      [],
    );
    expect(findings.map(({ user }) => user)).toEqual(Array(4).fill("CORP\\Eve"));
    expect(findings.map(({ spelled }) => spelled)).toEqual(["eve", "CORP.EXAMPLE\\eve", "eve@corp.example", undefined]);
    expect(findings[0]?.explanation).toBe("CORP\\Eve on 10.0.0.9 did it.");
    expect(findings[1]?.explanation).toBe("CORP\\Eve on 10.0.0.7 did it.");
  });

  it("knows a domain whose names differ from what a server said of it", () => {
    const both = [seen("OLD\\eve", "a", "b"), seen("corp.example\\eve", "a", "b")];
    expect(told(both)).toEqual(["OLD\\eve", "corp.example\\eve"]);
    expect(told(both, [["old", "corp.example"]])).toEqual(["OLD\\eve", "OLD\\eve"]);
  });

  it("ends where there are thousands of accounts and as many spellings of one", () => {
    const accounts = Array.from({ length: 4000 }, (_, i) => [
      seen(`user${i}`, "a", "b"),
      seen(`CORP\\user${i}`, "a", "b"),
      seen(`CORP${i}.example\\eve`, "a", "b"),
    ]).flat();
    const users = told(
      accounts,
      accounts.slice(0, 1000).map((_, i) => ["corp", `corp${i}.example`] as const),
    );
    expect(users.slice(0, 3)).toEqual(["CORP\\user0", "CORP\\user0", "CORP0.example\\eve"]);
    expect(new Set(users).size).toBe(8000);
  });

  it("takes the nine characters of a cookie for the longer name at the same host", () => {
    expect(told([seen("svc_backu", "a", "b"), seen("CORP\\svc_backup", "b", "c")])[0]).toBe("CORP\\svc_backup");
  });

  it.each([
    ["of two domains", ["CORP\\eve", "LAB\\eve"]],
    ["of two domains with one first label", ["CORP\\eve", "corp.example\\eve", "corp.other\\eve"]],
    ["that every machine has", ["administrator", "CORP\\Administrator"]],
    ["of another name", ["eva", "CORP\\eve"]],
  ])("keeps accounts %s apart", (_, users) => {
    expect(told(users.map((user) => seen(user, "a", "b")))).toEqual(users);
  });

  it("does not take a name without a domain for an account that was at other hosts", () => {
    expect(told([seen("eve", "a", "b"), seen("CORP\\eve", "c", "d")])).toEqual(["eve", "CORP\\eve"]);
  });
});
