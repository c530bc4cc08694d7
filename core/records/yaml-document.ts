import type { Document } from "yaml";
import { isNode, LineCounter, parseDocument, visit } from "yaml";

/** What is wrong at one place of a file that somebody wrote. Line and column count from 1. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what to write instead, as one sentence. */
  readonly message: string;
}

/** A YAML file as plain values, which knows where each of them stands. */
export interface YamlDocument {
  /** Null or undefined for an empty file. */
  readonly value: unknown;
  /** The place of a value by its path; of one that is missing, the place of what should hold it. */
  placed(path: readonly PropertyKey[], message: string): FileProblem;
}

/**
 * Reads YAML.
 * @param mostAliases Most values that aliases may stand for, together: a few of them can amount to more than any machine holds.
 */
export function readYaml(
  text: string,
  mostAliases: number,
): YamlDocument | { readonly problems: readonly FileProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, message: string): FileProblem => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), message };
  };
  if (document.errors.length > 0)
    return { problems: document.errors.map(({ pos, message }) => at(pos[0], `this is not YAML: ${message}`)) };
  try {
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    return { value, placed: (path, message) => at(offsetOf(document, path), message) };
  } catch (error) {
    // Nothing but aliases makes a document fail that could be read.
    const why =
      mostAliases === 0 ? "this file takes no aliases" : error instanceof Error ? error.message : String(error);
    return { problems: [at(firstAlias(document), `this alias cannot be used (${why}); write its value out`)] };
  }
}

function firstAlias(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias(_, { range }) {
      offset = range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
