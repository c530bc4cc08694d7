import { isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { BacktrailError } from "../contracts/result.ts";
import type { ReportTemplate } from "./templates.ts";
import { SECTION_NAMES } from "./templates.ts";

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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  if (document.errors.length > 0)
    throw invalid(document.errors.map(({ pos, message }) => `${at(pos[0])}: this is not YAML: ${message}`));
  const parsed = FILE.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (!parsed.success) {
    throw invalid(
      parsed.error.issues.map(({ path, message }) => {
        for (let depth = path.length; depth > 0; depth--) {
          const node = document.getIn(path.slice(0, depth), true);
          if (isNode(node) && node.range) return `${at(node.range[0])}: ${message}`;
        }
        return `${at(0)}: ${message}`;
      }),
    );
  }
  const { title, sections } = parsed.data;
  const named = sections.map((section) => (typeof section === "string" ? { name: section } : section));
  const twice = named.find(({ name }, i) => named.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) throw invalid([`${file}: the section ${twice.name} is named twice; name it once`]);
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

function invalid(problems: readonly string[]): BacktrailError {
  return new BacktrailError("template-invalid", problems.slice(0, 5).join("\n"));
}
