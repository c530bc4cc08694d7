import { isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { BacktrailError } from "../../contracts/result.ts";

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
        const node = path.length === 0 ? null : document.getIn(path, true);
        return `${at(isNode(node) && node.range ? node.range[0] : 0)}: ${message}`;
      }),
    );
  }
  const rules = parsed.data;
  if (!rules.hosts && !rules.accounts && !rules.payload && rules.words.length === 0)
    throw invalid([`${file}: the rules mask nothing: set hosts, accounts or payload to true, or name words`]);
  return rules;
}

function invalid(problems: readonly string[]): BacktrailError {
  return new BacktrailError("rules-invalid", problems.slice(0, 5).join("\n"));
}
