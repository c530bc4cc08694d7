import { isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { BacktrailError } from "../contracts/result.ts";

/**
 * Reads a YAML file that somebody wrote, by its schema.
 * @param file Name for messages.
 * @param code Code of the error.
 * @throws BacktrailError with the first problems, each with its line and column.
 */
export function parseYamlFile<T>(text: string, file: string, schema: z.ZodType<T>, code: string): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  if (document.errors.length > 0)
    throw invalidFile(
      code,
      document.errors.map(({ pos, message }) => `${at(pos[0])}: this is not YAML: ${message}`),
    );
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (parsed.success) return parsed.data;
  throw invalidFile(
    code,
    parsed.error.issues.map(({ path, message }) => {
      // A missing value is told where what holds it begins.
      for (let depth = path.length; depth > 0; depth--) {
        const node = document.getIn(path.slice(0, depth), true);
        if (isNode(node) && node.range) return `${at(node.range[0])}: ${message}`;
      }
      return `${at(0)}: ${message}`;
    }),
  );
}

/** The error that tells problems of such a file, a line each. */
export function invalidFile(code: string, problems: readonly string[]): BacktrailError {
  return new BacktrailError(code, problems.slice(0, 5).join("\n"));
}
