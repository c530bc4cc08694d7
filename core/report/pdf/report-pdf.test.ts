import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ATTACKS, hostileModel } from "../../../test/hostile-report.ts";
import { parseTemplate } from "../template-file.ts";
import { FULL_TEMPLATE, namedTemplate } from "../templates.ts";
import { readFonts } from "./fonts.ts";
import { printable } from "./printable.ts";
import { reportPdf } from "./report-pdf.ts";

const folder = mkdtempSync(join(tmpdir(), "backtrail-pdf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const isWithoutPoppler = spawnSync("pdfinfo", ["-v"]).status !== 0;
if (isWithoutPoppler) process.stderr.write("The PDF is not read back here: poppler-utils is not installed.\n");

describe("the PDF report", () => {
  const model = hostileModel(12);
  const pdf = reportPdf(model, FULL_TEMPLATE, "a4");

  it("is the same octets for the same model", () => {
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(reportPdf(model, FULL_TEMPLATE, "a4").equals(pdf)).toBe(true);
  });

  it.skipIf(isWithoutPoppler)(
    "is tagged, has its fonts inside, bears the journal's date and takes no text as markup",
    () => {
      const path = join(folder, "full.pdf");
      writeFileSync(path, pdf);
      const info = execFileSync("pdfinfo", [path], { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });
      expect(info).toMatch(/Tagged:\s+yes/);
      expect(info).toMatch(/JavaScript:\s+no/);
      expect(info).toMatch(/CreationDate:\s+\w+ \w+ +\d+ 00:00:00 2026/);
      const text = execFileSync("pdftotext", ["-raw", path, "-"], { encoding: "utf8" });
      const flat = text.replace(/[\s\u200b]/g, "");
      expect(flat).toContain('#read("/etc/passwd")');
      expect(flat).toContain("<script>alert(1)</script>");
      expect(flat).toContain("\\u{6f22}\\u{5b57}");
      expect(flat).not.toContain("root:x:0");
      expect(flat).toContain(`Journalhead${ATTACKS[0]!}`);
    },
  );

  it("has every template, on both papers", () => {
    for (const name of ["executive", "timeline", "custody"])
      expect(reportPdf(model, namedTemplate(name)!, "us-letter").length, name).toBeGreaterThan(10_000);
  });
});

describe("what is printed", () => {
  const { characters } = readFonts();

  it("escapes what no font can show, and breaks long words only, addresses never", () => {
    expect(printable("Ω → ж é", characters)).toBe("Ω → ж é");
    expect(printable("\u202e漢", characters)).toBe("\\u202e\\u{6f22}");
    expect(printable("fe80::1234:5678:9abc:def0 (10.20.30.40)", characters)).toBe(
      "fe80::1234:5678:9abc:def0 (10.20.30.40)",
    );
    expect(printable("C:\\Windows\\Temp\\tool.exe", characters)).toBe("C:\\Windows\\\u200bTemp\\\u200btool.\u200bexe");
    expect(printable("x".repeat(9000), characters).replaceAll("\u200b", "").length).toBe(4001);
  });
});

describe("a template of one's own", () => {
  it("says sections, their order and words", () => {
    const template = parseTemplate(
      "title: Letter\nsections:\n  - tampering\n  - { name: limits, title: Caveats, text: Read this. }\n",
      "t",
    );
    expect(template).toEqual({
      name: "own",
      title: "Letter",
      sections: [
        { name: "tampering", title: null, text: null },
        { name: "limits", title: "Caveats", text: "Read this." },
      ],
    });
  });

  it("is refused with the place of each mistake", () => {
    expect(() => parseTemplate("sections:\n  - tampring\n", "t.yaml")).toThrow(/t\.yaml:2:5: a section is one of/);
    expect(() => parseTemplate("title: [", "t.yaml")).toThrow(/t\.yaml:1:\d+: this is not YAML/);
    expect(() => parseTemplate("title: &a x\nsections: [*a]", "t.yaml")).toThrow(
      /t\.yaml:2:12: this alias cannot be used/,
    );
    expect(() => parseTemplate("sections: [limits, limits]", "t.yaml")).toThrow(/twice/);
    expect(() => parseTemplate("sections: []\ncolour: red", "t.yaml")).toThrow(/at least one[^]*colour/);
  });
});
