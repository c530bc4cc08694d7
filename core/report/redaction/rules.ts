import { z } from "zod";
import { invalidFile, parseYamlFile } from "../yaml-file.ts";

/** What a report is not to name. */
export interface RedactionRules {
  /** Names and addresses of machines, their domains and networks. */
  readonly hosts: boolean;
  readonly accounts: boolean;
  /** What was in the packets: objects, paths, commands, and the sentences' quotations. */
  readonly payload: boolean;
  /** Hosts, accounts and objects that stay as they are. */
  readonly keep: readonly string[];
  /** Further words to mask wherever they stand: a company's name. */
  readonly words: readonly string[];
}

const TEXTS = z.array(z.string().min(1).max(400)).max(10_000).default([]);
const FILE = z.strictObject({
  hosts: z.boolean().default(false),
  accounts: z.boolean().default(false),
  payload: z.boolean().default(false),
  keep: TEXTS,
  words: TEXTS,
});

/**
 * Reads redaction rules (YAML; docs/report.md).
 * @throws BacktrailError `rules-invalid` with each problem and its place.
 */
export function parseRules(text: string, file: string): RedactionRules {
  const rules = parseYamlFile(text, file, FILE, "rules-invalid");
  if (!rules.hosts && !rules.accounts && !rules.payload && rules.words.length === 0)
    throw invalidFile("rules-invalid", [
      `${file}: the rules mask nothing: set hosts, accounts or payload to true, or name words`,
    ]);
  return rules;
}
