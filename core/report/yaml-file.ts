import type { z } from "zod";
import { readYaml } from "../records/yaml-document.ts";
import { BacktrailError } from "../contracts/result.ts";

/**
 * Reads a YAML file that somebody wrote, by its schema.
 * @param file Name for messages.
 * @param code Code of the error.
 * @throws BacktrailError with the first problems, each with its line and column.
 */
export function parseYamlFile<T>(text: string, file: string, schema: z.ZodType<T>, code: string): T {
  const document = readYaml(text, 0);
  const parsed = "problems" in document ? null : schema.safeParse(document.value);
  if (parsed?.success === true) return parsed.data;
  const problems =
    "problems" in document
      ? document.problems
      : parsed!.error.issues.flatMap((issue) =>
          issue.code === "unrecognized_keys"
            ? issue.keys.map((key) => document.placed([...issue.path, key], `there is no ${key} here: leave it out`))
            : [document.placed(issue.path, issue.message)],
        );
  throw invalidFile(
    code,
    problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`),
  );
}

/** The error that tells problems of such a file, a line each. */
export function invalidFile(code: string, problems: readonly string[]): BacktrailError {
  return new BacktrailError(code, problems.slice(0, 5).join("\n"));
}
