import { describe, expect, it } from "vitest";
import { hostileModel } from "../../../test/hostile-report.ts";
import type { Finding } from "../../contracts/finding.ts";
import { ESTATE_UNKNOWN } from "../../contracts/story.ts";
import type { ReportModel } from "../model.ts";
import { redact } from "./redact.ts";
import { parseRules } from "./rules.ts";

const DETECTIONS = new Map([
  ["BT-X", { explanation: "{user} on {client} ran {command} on {server} {times} times.", query: "SELECT 'once'" }],
]);

/** A case with one finding whose sentence names two hosts, an account and a command. */
function model(): ReportModel {
  const hostile = hostileModel(1);
  const finding: Finding = {
    ...hostile.story.findings[0]!,
    detection: "BT-X",
    title: "Program run",
    source: "10.1.1.7",
    target: "10.1.1.9",
    user: "CORP\\anna",
    object: "wbadmin.exe delete catalog",
    explanation:
      "CORP\\anna on WS07 (10.1.1.7) ran wbadmin.exe delete catalog on FS01.corp.example (10.1.1.9) 3 times.",
    also: [],
  };
  const step = {
    ...hostile.story.incidents[0]!.steps[0]!,
    sentence: `${finding.explanation} Also: share enumeration.`,
  };
  const asset = (address: string, name: string) => ({ address, name, roles: [], inEstate: true, internal: true });
  return {
    ...hostile,
    evidence: [],
    flows: [],
    notes: [{ object: "host:10.1.1.7", text: "Anna's laptop, ask ACME", by: "me", at: "", entry: 9 }],
    custody: [
      {
        seq: 1,
        at: "2026-03-02T06:00:00.000Z",
        actor: "me",
        host: "vm",
        action: "evidence-read",
        object: "/srv/acme/a.pcap",
        hash: "",
      },
    ],
    story: {
      ...hostile.story,
      verdict: "WS07 (10.1.1.7) reached FS01 (10.1.1.9).",
      findings: [finding],
      setAside: [],
      incidents: [
        {
          ...hostile.story.incidents[0]!,
          ...{ steps: [step], foothold: step, arrival: null, tampering: [] },
          verdict: `At 01:00:00, ${finding.explanation} ${ESTATE_UNKNOWN}`,
        },
      ],
      estate: {
        networks: [],
        windows: [],
        assets: [asset("10.1.1.7", "WS07"), asset("10.1.1.9", "FS01.corp.example")],
      },
      coverage: {
        ...hostile.story.coverage,
        captures: [{ ...hostile.story.coverage.captures[0]!, path: "/srv/acme/a.pcap" }],
      },
    },
  };
}

const all = parseRules("hosts: true\naccounts: true\npayload: true\nwords: [ACME]\n", "rules");

describe("redaction", () => {
  it("masks hosts, accounts and payload alike in every sentence, and leaves no word of them", () => {
    const { model: masked, key } = redact(model(), all, DETECTIONS);
    expect(masked.story.findings[0]!.explanation).toBe(
      "DOMAIN-002\\ACCOUNT-001 on HOST-001 (ADDR-001) ran OBJECT-001 on HOST-002 (ADDR-002) 3 times.",
    );
    expect(masked.story.verdict).toBe("HOST-001 (ADDR-001) reached HOST-003 (ADDR-002).");
    expect(masked.story.incidents[0]!.steps[0]!.sentence).toMatch(/^DOMAIN-002.*3 times\. Also: share enumeration\.$/);
    expect(masked.story.incidents[0]!.verdict).toMatch(/ UTC: DOMAIN-002.*OBJECT-001.*cannot be said\.$/);
    expect(masked.notes[0]).toMatchObject({ object: "host:ADDR-001", text: "ACCOUNT-001's laptop, ask WORD-001" });
    expect(masked.custody[0]!.object).toBe("capture 1");
    expect(masked.story.case).toMatchObject({
      id: model().story.case.id,
      name: expect.stringMatching(/^Case /) as string,
    });
    const text = JSON.stringify(masked);
    for (const word of ["10.1.1.7", "10.1.1.9", "WS07", "FS01", "corp", "anna", "wbadmin", "acme"])
      expect(text.toLowerCase(), word).not.toContain(word.toLowerCase());
    expect(key).toMatchObject({ "HOST-001": "WS07", "OBJECT-001": "wbadmin.exe delete catalog" });
  });

  it("knows a sentence again behind the words that say when or as what it was seen", () => {
    const given = model();
    const [finding] = given.story.findings;
    const explanation = "Somebody on WS07 (10.1.1.7) ran x.exe on FS01 (10.1.1.9) 1 times.";
    const other = { ...finding!, id: "F-other", explanation };
    const [incident] = given.story.incidents;
    const sentence = `${finding!.explanation} Before that, at 01:00:00, s${explanation.slice(1)} The same act, seen as "Title": ${explanation}`;
    const incidents = [{ ...incident!, steps: [{ ...incident!.steps[0]!, sentence }] }];
    const { model: masked } = redact(
      { ...given, story: { ...given.story, findings: [finding!, other], incidents } },
      all,
      DETECTIONS,
    );
    expect(masked.story.incidents[0]!.steps[0]!.sentence).toMatch(
      /3 times\. Before that, at 01:00:00, \S+ on HOST-001 \(ADDR-001\) ran .* The same act, seen as "Title": \S+ on HOST-001 .* 1 times\.$/,
    );
    expect(masked.story.incidents[0]!.steps[0]!.sentence).not.toMatch(/x\.exe|left out/);
  });

  it("uses the masks of the key again, and keeps what is to be kept", () => {
    const { key } = redact(model(), all, DETECTIONS);
    const again = redact(model(), { ...all, words: ["new"], keep: ["WS07"] }, DETECTIONS, key);
    expect(again.model.story.verdict).toBe("WS07 (ADDR-001) reached HOST-003 (ADDR-002).");
    expect(again.key).toMatchObject(key);
  });

  it("keeps how an act is told by its outcome and what was said behind it, and takes names out of earlier contacts", () => {
    const given = model();
    const [finding] = given.story.findings;
    const explanation =
      "CORP\\anna on WS07 (10.1.1.7) asked (and was refused) to delete 1 backup called Payroll on FS01 (10.1.1.9). Of these, 2 were refused. The account is concluded from a log-on between the same two hosts.";
    const words = new Map([
      [
        "BT-X",
        {
          explanation: "{user} on {source} {deleted|to delete} {count} backups called {object} on {target}.",
          query: "",
        },
      ],
    ]);
    const what = ["calls of samr (SamrLookupNamesInDomain of Jdoe (2), 1 more)", "an SSH connection"];
    const before = [{ source: "10.1.1.7", target: "10.1.1.9", user: null, what, times: ["0"], count: 1, records: [] }];
    const story = {
      ...given.story,
      findings: [{ ...finding!, explanation }],
      incidents: [{ ...given.story.incidents[0]!, before }],
    };
    const { model: masked } = redact({ ...given, story }, all, words);
    expect(masked.story.findings[0]!.explanation).toMatch(
      /asked \(and was refused\) to delete 1 backup called OBJECT-\d+ on HOST-.*\. Of these, 2 were refused\. The account is concluded from a log-on between the same two hosts\.$/,
    );
    expect(masked.story.incidents[0]!.before![0]!.what).toEqual(["calls of samr", "an SSH connection"]);
  });

  it("leaves a sentence out whose form it does not know", () => {
    const { model: masked } = redact(model(), all, new Map());
    expect(masked.story.findings[0]!.explanation).toBe("Program run.");
  });

  it("refuses rules with mistakes, with their place, and rules that mask nothing", () => {
    expect(() => parseRules("hosts: true\nacounts: true\n", "r.yaml")).toThrow(
      /r\.yaml:2:10: there is no acounts here/,
    );
    expect(() => parseRules("hosts: maybe\n", "r.yaml")).toThrow(/r\.yaml:1:8/);
    expect(() => parseRules("keep: [a]\n", "r.yaml")).toThrow(/mask nothing/);
  });
});
