import { describe, expect, it } from "vitest";
import type { Finding } from "../core/contracts/finding.ts";
import { observable } from "../core/report/exports/stix/objects.ts";
import { uuid5 } from "../core/report/exports/uuid.ts";
import { fitting } from "../core/report/exports/words.ts";
import type { ReportForm } from "../core/report/forms.ts";
import { formOf, REPORT_FORMS } from "../core/report/forms.ts";
import { readExport } from "../core/report/imports/read-export.ts";
import { FULL_TEMPLATE } from "../core/report/templates.ts";
import { EXPORT_MODEL, FINDINGS, HOSTILE_TEXT } from "./export-fixture.ts";
import {
  checkCef,
  checkExport,
  csvObjects,
  EXPORT_RULES,
  jsonLines,
  schemasDir,
  stixProblems,
} from "./export-rules.ts";

async function textOf(form: ReportForm, model = EXPORT_MODEL): Promise<string> {
  let text = "";
  for await (const piece of form.write(model, { template: FULL_TEMPLATE, paper: "a4" }))
    text += typeof piece === "string" ? piece : Buffer.from(piece).toString("latin1");
  return text;
}

const named = (format: string) => textOf(formOf("", format));

/** A finding as JSON keeps it: a lone half of a surrogate pair comes back as it was. */
const plainFinding = (finding: Finding) => JSON.parse(JSON.stringify(finding)) as Finding;

describe("every export", () => {
  it("has rules, an ending of its own and a name of its own", () => {
    expect(REPORT_FORMS.map(({ format }) => format).sort()).toEqual(Object.keys(EXPORT_RULES).sort());
    const endings = REPORT_FORMS.flatMap((form) => form.endings);
    expect(new Set(endings).size).toBe(endings.length);
    for (const form of REPORT_FORMS)
      for (const ending of form.endings) expect(formOf(`a.b${ending.toUpperCase()}`)).toBe(form);
    expect(() => formOf("report.docx")).toThrow(/\.html, .*\.stix\.json.*--format/);
  });

  it.each(REPORT_FORMS.map((form) => [form.format, form] as const))(
    "%s keeps its consumer's rules with hostile text, twice the same",
    async (format, form) => {
      const text = await textOf(form);
      checkExport(format, text);
      expect(await textOf(form)).toBe(text);
      checkExport(format, await textOf(form, { ...EXPORT_MODEL, findings: [], sessions: null, behind: new Map() }));
    },
  );

  it("names the tool, the case, the captures' hashes, the filter, the span and the time zone", async () => {
    const { origin } = EXPORT_MODEL;
    for (const form of REPORT_FORMS.filter(({ holds, format }) => holds !== "all" || format === "movement-svg")) {
      const text = await textOf(form);
      const all =
        form.format === "ocsf"
          ? [origin.caseId, "0.0.0", "1".repeat(64)]
          : [origin.caseId, "0.0.0", "1".repeat(64), "2".repeat(64)];
      for (const word of [...all, "all findings", "UTC"])
        expect(text.includes(word), `${form.format} says ${word}`).toBe(true);
      expect(text.includes("2024-03-01T02:14:06.123456789Z") || text.includes("03/01/2024,02:14:06"), form.format).toBe(
        true,
      );
    }
  });
});

describe("what comes in again", () => {
  it("Timesketch JSONL and CSV give the findings back", async () => {
    const whole = FINDINGS.filter(({ explanation }) => explanation.length < 30_000);
    for (const rows of [jsonLines(await named("timesketch-jsonl")), csvObjects(await named("timesketch-csv"))]) {
      const again = rows.filter((row) => row["finding"]).map((row) => JSON.parse(String(row["finding"])) as Finding);
      expect(again).toEqual(whole.map(plainFinding));
      const starts = rows.filter((row) => row["timestamp_desc"] === "Finding Start");
      expect(starts.map((row) => row["finding_id"])).toEqual(FINDINGS.map(({ id }) => id));
      expect(starts.map((row) => row["timestamp_ns"])).toEqual(FINDINGS.map(({ tsFirst }) => tsFirst));
      expect(rows.filter((row) => row["data_type"] === "backtrail:session")).toHaveLength(10);
      expect(rows.filter((row) => row["data_type"] === "backtrail:note").map((row) => row["timestamp_desc"])).toEqual([
        "Note Start",
        "Note End",
        "Note Start",
      ]);
    }
  });

  it("STIX gives the findings back from its extension", async () => {
    const { objects } = JSON.parse(await named("stix")) as {
      objects: { type: string; extensions?: Record<string, { finding: Finding }> }[];
    };
    const extensions = objects
      .filter(({ type }) => type === "note")
      .flatMap(({ extensions: e }) => Object.values(e ?? {}));
    expect(extensions.map(({ finding }) => finding)).toEqual(FINDINGS.map(plainFinding));
  });

  it("ECS gives the findings back", async () => {
    const again = jsonLines(await named("ecs")).flatMap(
      ({ backtrail }) => (backtrail as { finding?: Finding }).finding ?? [],
    );
    expect(again).toEqual(FINDINGS.map(plainFinding));
  });
});

describe("the import of our exports", () => {
  const forms = ["json", "stix", "ecs", "ecs-bulk", "timesketch-jsonl", "timesketch-csv"];

  it.each(forms)("%s gives every finding back as it was, or names it where the form has no room", async (format) => {
    const read = readExport(await named(format), `a.${format}`);
    expect(read.format).toBe(format);
    expect(read.caseId).toBe(EXPORT_MODEL.origin.caseId);
    const held = format === "json" ? EXPORT_MODEL.report.story.findings : FINDINGS;
    const cut = format.startsWith("timesketch")
      ? held.filter((finding) => JSON.stringify(finding).length > 30_000)
      : [];
    expect(read.cut).toEqual(cut.map(({ id }) => id));
    expect(read.findings).toEqual(held.filter((finding) => !cut.includes(finding)).map(plainFinding));
  });

  it("refuses what is no such export, and a finding that is not as we write it", async () => {
    for (const text of ["", "a,b\r\n1,2\r\n", "{}", await named("csv"), await named("misp"), await named("cef")])
      expect(() => readExport(text, "x")).toThrow(/x is no export that holds findings whole/);
    const changed = (await named("stix")).replaceAll('"severity":"high"', '"severity":"huge"');
    expect(() => readExport(changed, "x")).toThrow(
      /x has a finding \(F-\w+\) that is not as Backtrail writes it: severity/,
    );
  });
});

describe("what consumers' schemas say", () => {
  it("STIX 2.1", async (context) => {
    const folder = schemasDir();
    if (folder === null) return context.skip("the schemas are not here: set BACKTRAIL_SCHEMAS");
    expect(stixProblems(await named("stix"), folder)).toEqual([]);
  });

  it("ECS names are checked against its list, or it is said that they are not", (context) => {
    if (schemasDir() === null) context.skip("the list of ECS fields is not here: set BACKTRAIL_SCHEMAS");
  });
});

describe("single rules", () => {
  it("ids of observables are those that every producer gives", async () => {
    // RFC 9562 appendix A.4
    expect(uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe(
      "2ed6657d-e927-568b-95e1-2665a8aea6a2",
    );
    // The id that other producers publish for this address, see test-stix2 ids of 198.51.100.3.
    const text = await named("stix");
    expect(observable("ipv4-addr", { value: "198.51.100.3" }).id).toBe(
      "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4",
    );
    expect(text).toContain(observable("ipv4-addr", { value: "10.0.0.7" }).id);
  });

  it("only hosts outside the site are indicators", async () => {
    const { Event: event } = JSON.parse(await named("misp")) as {
      Event: { Attribute: { value: string; to_ids: boolean }[] };
    };
    expect(event.Attribute.filter(({ to_ids: toIds }) => toIds).map(({ value }) => value)).toEqual([
      "2001:db8::9",
      "203.0.113.9",
    ]);
    const patterns = (await named("stix")).match(/"pattern":"[^"]*"/g);
    expect(patterns).toEqual([
      `"pattern":"[ipv6-addr:value = '2001:db8::9']"`,
      `"pattern":"[ipv4-addr:value = '203.0.113.9']"`,
    ]);
  });

  it("a source that was connected to keeps its own port", async () => {
    const row = csvObjects(await named("timesketch-csv")).find(({ finding_id: id }) => id === FINDINGS[0]!.id);
    expect(row).toMatchObject({
      src_ip: "10.0.0.7",
      src_port: "50001",
      dst_port: "445",
      frame_first: "10",
      frame_last: "19",
    });
  });

  it("CEF gives a hostile text back but for what it cannot hold", async () => {
    const line = (await named("cef")).split("\n").find((text) => text.includes(FINDINGS[1]!.id))!;
    expect(checkCef(line).get("suser")).toMatch(
      /^=cmd\|' \/C calc'!A0,"x";\\\]\|a=b\\x0d\\x0a<script>\\u202egnp\.exe\\x07\\x00 naïve 日本 \\ud800/,
    );
  });

  it("cuts at whole characters", () => {
    expect(fitting("日本日本", 12)).toBe("日本日本");
    expect(fitting("日本日本", 11)).toBe("日本…");
    expect(Buffer.byteLength(fitting(HOSTILE_TEXT.repeat(50), 100))).toBeLessThanOrEqual(100);
  });
});
