import { describe, expect, it } from "vitest";
import { estate, finding, HOUR, intrusion, START, surroundings } from "../../test/intrusion.ts";
import type { Finding } from "../contracts/finding.ts";
import { buildIncidents } from "./incident.ts";

describe("verdicts of incidents", () => {
  it("says how the host that acted had been reached, where no backups were", () => {
    const nowhere = { ...surroundings, estate: { ...estate, assets: [] } };
    const hop = finding(1, {
      detection: "BT-LM-010",
      severity: "low",
      source: "10.0.9.1",
      target: "10.0.9.2",
      explanation: "An account opened remote desktop sessions to 10.0.9.2.",
    });
    const act = finding(1.1, { source: "10.0.9.2", target: "10.0.9.3", explanation: "X ran a program." });
    expect(buildIncidents([hop, act], nowhere)[0]?.verdict).toBe(
      "On 2024-03-01 at 01:00:00 UTC, an account opened remote desktop sessions to 10.0.9.2. At 01:06:00, X ran a program. Whether backups were touched cannot be said.",
    );
    const further = finding(0.9, { ...hop, id: "F-further", source: "10.0.0.7", target: "10.0.9.1" });
    const [incident] = buildIncidents(
      [{ ...further, tsFirst: String(START), tsLast: String(START) }, hop, act],
      nowhere,
    );
    expect(incident?.verdict).toMatch(
      /^From 2024-03-01 00:00:00 UTC on, the way led from WS07 \(10\.0\.0\.7\) over 10\.0\.9\.1 to 10\.0\.9\.2\. On 2024-03-01 at 01:00:00 UTC, an account/,
    );
  });

  it("tells how it went on to other hosts, where something else was the strongest", () => {
    const calls = finding(1, {
      detection: "BT-C2-002",
      phase: "command-and-control",
      severity: "critical",
      target: "203.0.113.9",
      explanation: "Connections from WS07 carried orders.",
    });
    const hop = finding(1.5, { object: null, severity: "medium", explanation: "X created a service on 10.0.0.20." });
    const [incident] = buildIncidents([calls, hop], { ...surroundings, estate: { ...estate, assets: [] } });
    expect(incident?.verdict).toMatch(
      /^On 2024-03-01 at 01:00:00 UTC, connections from WS07 carried orders\. At 01:30:00, X created a service on 10\.0\.0\.20\. Whether backups/,
    );
  });

  it("tells acts in the order of time, what they happened in, and large transfers just before and after", () => {
    const nowhere = { ...surroundings, estate: { ...estate, assets: [] } };
    const at = (hours: number, explanation: string, fields: Partial<Finding>): Finding =>
      finding(hours, { severity: "medium", object: null, explanation, ...fields });
    const calls = at(1, "WS07 called home.", { phase: "command-and-control", target: "203.0.113.9" });
    const lasting = { ...calls, tsLast: String(START + 3n * HOUR) };
    const early = at(1.5, "WS07 looked around.", { phase: "discovery", target: "10.0.0.30" });
    const act = finding(2, { severity: "critical", explanation: "X ran a program." });
    expect(buildIncidents([lasting, early, act], nowhere)[0]?.verdict).toMatch(
      /^On 2024-03-01, from 01:00:00 to 03:00:00 UTC, WS07 called home\. While this went on, at 01:30:00, WS07 looked around\. At 02:00:00, X ran a program\. Whether backups/,
    );
    const peak = (seconds: bigint, way: "in" | "out") => ({
      ...{ ts: String(START + 2n * HOUR + seconds * 1_000_000_000n), octets: 1_900_000, way },
    });
    const peaks = [peak(-1n, "in"), peak(5n, "out"), peak(70n, "out")];
    const next = finding(2.001, { severity: "high", target: "10.0.0.21", explanation: "X ran another." });
    const both = buildIncidents([{ ...lasting, peaks }, act, next], nowhere)[0]?.verdict;
    expect(both?.match(/1\.9 MB came in/g)).toHaveLength(1);
    expect(buildIncidents([{ ...lasting, peaks }, act], nowhere)[0]?.verdict).toMatch(
      /While this went on, at 01:59:59, 1\.9 MB came in from 203\.0\.113\.9; at 02:00:00, X ran a program\. At 02:00:05, 1\.9 MB went out to 203\.0\.113\.9\. Whether/,
    );
  });

  it("says what else was seen in a step with its time, where it began before", () => {
    const shell = finding(1.01, { severity: "critical", explanation: "WS07 opened a shell." });
    const fetched = finding(1, { severity: "medium", title: "Fetched", explanation: "A program was fetched." });
    const later = { ...fetched, tsFirst: shell.tsLast, tsLast: shell.tsLast };
    const told = (other: Finding): string | undefined =>
      buildIncidents([other, shell], surroundings)[0]?.steps[0]?.sentence;
    expect(told(fetched)).toBe("WS07 opened a shell. Before that, at 01:00:00, a program was fetched.");
    expect(told(later)).toBe("WS07 opened a shell. A program was fetched.");
  });

  it("says within one act nothing twice", () => {
    const other = { title: "Other", severity: "high", attack: [], confidence: 0.9, basis: "fact" } as const;
    const also = [{ ...other, detection: "BT-LM-009", explanation: "It used a pipe. The account is concluded." }];
    const act = finding(1, { explanation: "X ran it. The account is concluded.", also });
    expect(buildIncidents([act], { ...surroundings, estate: { ...estate, assets: [] } })[0]!.verdict).toContain(
      "X ran it. The account is concluded. It used a pipe. Whether",
    );
  });

  it("tells a file once that one detection says was written, and another what was then done with it", () => {
    const other = { title: "Other", severity: "high", attack: [], confidence: 0.9, basis: "fact" } as const;
    const whole = "X wrote \\\\FS01\\C$\\a.dll (159 kB) on FS01 and 82 s later asked to start a service there.";
    const also = [{ ...other, detection: "BT-LM-004", explanation: whole }];
    const written = "X wrote \\\\FS01\\C$\\a.dll (159 kB) to FS01.";
    const act = finding(1, { object: "\\\\FS01.corp.example\\C$\\a.dll", explanation: written, also });
    const verdict = (of: Finding): string =>
      buildIncidents([of], { ...surroundings, estate: { ...estate, assets: [] } })[0]!.verdict;
    const told = verdict(act);
    expect(verdict({ ...act, object: "svc: a.exe" })).toContain(written);
    expect(told).toContain(`UTC, ${whole} Whether`);
    expect(told.match(/a\.dll/g)).toHaveLength(1);
  });

  it("cuts no sentence of a verdict off: the most important acts are told whole, and the others counted", () => {
    const nowhere = { ...surroundings, estate: { ...estate, assets: [] } };
    const long = `X ran ${"a command, ".repeat(65)}at last. It wrote a file.`;
    const acts = [1, 2, 3, 4, 5, 6].map((minutes) =>
      finding(1 + minutes / 60, { explanation: long, target: `10.0.9.${minutes}` }),
    );
    const verdict = buildIncidents(acts, nowhere)[0]!.verdict;
    expect(verdict.match(/at last\./g)).toHaveLength(2);
    expect(verdict).not.toContain("It wrote a file.");
    expect(verdict).toContain("4 further steps of weight are in the chain.");
    expect(verdict).not.toContain("\u2026");
  });

  it("arrives by the hop from the host between, not by the path over it, and names an account once", () => {
    const hop = { source: "10.0.0.7", target: "10.0.0.20", user: "CORP\\admin-long" };
    const path = finding(1.01, { ...hop, detection: "BT-LM-023", target: "10.0.5.1", user: "admin-lon" });
    const last = finding(1.2, { source: "10.0.0.20", target: "10.0.5.1", user: "CORP\\admin-long" });
    const [incident] = buildIncidents([finding(1, hop), path, last], surroundings);
    expect(incident?.verdict).toContain(
      "the way led from WS07 (10.0.0.7) over 10.0.0.20 into the backup estate at BKP01 (10.0.5.1, a backup server) with the account CORP\\admin-long:",
    );
  });

  it("says of acts against a machine that no backups were touched", () => {
    const crash = finding(1, {
      detection: "BT-TI-043",
      phase: "tampering",
      title: "Event log service crashed remotely",
    });
    const [incident] = buildIncidents([crash], { ...surroundings, estate: { ...estate, assets: [] } });
    expect(incident?.verdict).toMatch(
      /: the event log service was crashed on 10\.0\.0\.20\. Whether backups were touched cannot be said\.$/,
    );
    const [unread] = buildIncidents([{ ...crash, isUnread: true }], surroundings);
    expect(unread?.verdict).toContain("crashed on 10.0.0.20 (asked for, not seen to succeed)");
    const [concluded] = buildIncidents([{ ...crash, basis: "inference" }], surroundings);
    expect(concluded?.verdict).toContain("crashed on 10.0.0.20 (concluded, not read)");
    const [known] = buildIncidents([crash], surroundings);
    expect(known?.verdict).toMatch(/crashed on 10\.0\.0\.20\. Nothing was seen that touched a backup estate\.$/);
    expect(incident?.open.join()).not.toContain("copies of the affected backups");
  });

  it("names the deletion of restore points that a product told of, apart from files", () => {
    const told = finding(10.5, {
      detection: "BT-TI-035",
      title: "Restore points deleted (product events)",
      phase: "tampering",
      severity: "critical",
      source: null,
      target: "10.0.5.1",
      user: "CORP\\admin",
      count: 30,
    });
    const [incident] = buildIncidents([...intrusion(), told], surroundings);
    expect(incident?.verdict).toContain("12 backup files were deleted on REPO01 (10.0.5.2, a backup repository)");
    expect(incident?.verdict).toContain("30 restore points were deleted on BKP01");
  });
});
