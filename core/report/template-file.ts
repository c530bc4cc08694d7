import { z } from "zod";
import type { ReportTemplate } from "./templates.ts";
import { SECTION_NAMES } from "./templates.ts";
import { invalidFile, parseYamlFile } from "./yaml-file.ts";

const NAME = z.enum(SECTION_NAMES, { error: `a section is one of ${SECTION_NAMES.join(", ")}` });
const FILE = z.strictObject({
  title: z.string().max(200).optional(),
  sections: z
    .array(
      z.union(
        [
          NAME,
          z.strictObject({ name: NAME, title: z.string().max(200).optional(), text: z.string().max(4000).optional() }),
        ],
        {
          error: `a section is one of ${SECTION_NAMES.join(", ")}, or name with title and text of your own`,
        },
      ),
    )
    .min(1, { error: "name at least one section" })
    .max(40),
});

/**
 * Reads a template that somebody wrote (YAML; docs/report.md says how).
 * @param file Name for messages.
 * @throws BacktrailError `template-invalid` with every problem, its line and column.
 */
export function parseTemplate(text: string, file: string): ReportTemplate {
  const { title, sections } = parseYamlFile(text, file, FILE, "template-invalid");
  const named = sections.map((section) => (typeof section === "string" ? { name: section } : section));
  const twice = named.find(({ name }, i) => named.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined)
    throw invalidFile("template-invalid", [`${file}: the section ${twice.name} is named twice; name it once`]);
  return {
    name: "own",
    title: title ?? null,
    sections: named.map((section) => ({
      name: section.name,
      title: "title" in section ? (section.title ?? null) : null,
      text: "text" in section ? (section.text ?? null) : null,
    })),
  };
}
