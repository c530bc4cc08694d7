import { describe, expect, it } from "vitest";
import { coverage, finding, HOUR, intrusion, START, surroundings } from "../../test/intrusion.ts";
import type { Finding } from "../contracts/finding.ts";
import { buildIncidents } from "./incident.ts";

describe("open questions", () => {
  it("asks who held a forged ticket, and names the host on which something hidden was run", () => {
    const ticket = "Somebody with a ticket in the name of CORP\\helpdesk logged on.";
    const session = finding(1, { attack: ["T1021.001"], object: null, target: "10.0.0.30" });
    const logOn = finding(1.1, { attack: ["T1558.001"], explanation: ticket, byTicket: true });
    const run = finding(1.2, {
      attack: ["T1047"],
      target: "10.0.5.9",
      explanation: "X used WMI; what it ran is not readable.",
    });
    const open = buildIncidents([session, logOn, run], surroundings)[0]?.open.join("\n");
    expect(open).toContain(
      "Who on WS07 (10.0.0.7) held the ticket in the name of CORP\\helpdesk is not seen, and how the key was got",
    );
    expect(open).toContain("Whether a command ran by WMI on 10.0.5.9, and which, is not readable.");
    expect(open).toContain("What was done in the session on 10.0.0.30 is not readable.");
  });

  it("asks whether a task or a file that was written ran, where nothing tells it", () => {
    const task = finding(1, { attack: ["T1053.005"], object: null, explanation: "X registered the task Y." });
    const batch = { attack: ["T1021.002", "T1047"], object: "\\\\FS01\\c$\\a.bat", target: "10.0.0.40" };
    const written = finding(1.1, { ...batch, explanation: "X wrote it and used WMI; what it ran is not readable." });
    const open = (findings: Finding[]) => buildIncidents(findings, surroundings)[0]?.open.join("\n");
    expect(open([task, written])).toContain("What the task for 10.0.0.20 is to run is not readable.");
    expect(open([task, written])).toContain("Whether the task on 10.0.0.20 ran is not known.");
    expect(open([{ ...task, isUnread: true }])).toContain(
      "Whether the task for 10.0.0.20 was registered, and ran, is not known.",
    );
    expect(open([task, written])).toContain("Whether the file that was written to 10.0.0.40 was run is not known.");
    expect(open([{ ...task, explanation: "X registered the task Y, ran it and deleted it." }])).not.toContain(
      "Whether the task",
    );
  });

  it("asks whose password was guessed where the log-on is sealed", () => {
    const guessing = { phase: "credential-access", attack: ["T1110.001"], user: null, severity: "critical" } as const;
    const open = (outcome: Finding["outcome"]): string =>
      buildIncidents([finding(1, { ...guessing, outcome })], surroundings)[0]?.open.join("\n") ?? "";
    expect(open("confirmed")).toContain(
      "Whose password WS07 (10.0.0.7) guessed on 10.0.0.20 from 2024-03-01 01:00 UTC on is not seen: the log-on is sealed.",
    );
    expect(open("refused")).not.toContain("Whose password");
  });

  it("says no more of what is missing than that nothing shows success, and asks for no secrets of what is hardly remarkable", () => {
    const coerced = finding(1, { phase: "credential-access", attack: ["T1187"], outcome: "attempted" });
    const copied = finding(1, { phase: "credential-access", attack: ["T1003.006"], isUnread: true });
    const open = (severity: Finding["severity"]): string =>
      buildIncidents([coerced, { ...copied, severity }], surroundings)[0]!.open.join("\n");
    expect(open("high")).toContain(
      "Whether 1 attempt succeeded is not seen: the evidence holds no answer that shows it.",
    );
    expect(open("high")).toContain("Whose secrets 10.0.0.20 gave, and whether any, is not readable.");
    expect(open("low")).not.toContain("Whose secrets");
  });

  it("asks about gaps, unnamed accounts and sealed arguments", () => {
    const gaps = [{ from: String(START + 9n * HOUR), to: String(START + 10n * HOUR) }];
    const findings = intrusion().map((entry) => ({
      ...entry,
      user: null,
      object: entry.phase === "lateral-movement" ? null : entry.object,
    }));
    const [incident] = buildIncidents(findings, { ...surroundings, coverage: { ...coverage, gaps } });
    expect(incident?.open.join("\n")).toMatch(/Which account was used is not seen for 3 steps/);
    expect(incident?.open.join("\n")).toMatch(
      /What the services on 10\.0\.0\.20 and BKP01 \(10\.0\.5\.1\) ran is not readable\./,
    );
    expect(incident?.open.join("\n")).toMatch(
      /Nothing was captured between 2024-03-01 09:00 UTC and 2024-03-01 10:00 UTC, during the incident/,
    );
  });
});
