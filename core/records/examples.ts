/** Characters of an example at most; a longer value is cut. */
const MAX_LENGTH = 80;
/** Set, but says little: another value is the better example. */
const DULL = new Set(["F", "0", "0.000000000"]);

/** A Zeek log and the table it is of. */
export interface NamedLog {
  readonly table: string;
  readonly text: string;
}

/** An example of each column that is set somewhere in the logs, by `table.column`. The same logs in the same order give the same. */
export function examplesOf(logs: readonly NamedLog[]): Map<string, string> {
  const examples = new Map<string, string>();
  for (const { table, text } of logs) {
    let fields: readonly string[] = [];
    for (const line of text.split("\n")) {
      const cells = line.split("\t");
      if (cells[0] === "#fields") fields = cells.slice(1);
      if (line === "" || line.startsWith("#")) continue;
      for (const [at, cell] of cells.entries()) {
        const name = `${table}.${fields[at] ?? ""}`;
        const known = examples.get(name);
        if (cell === "-" || cell === "(empty)" || (known !== undefined && !DULL.has(known))) continue;
        if (known === undefined || !DULL.has(cell)) examples.set(name, cut(cell));
      }
    }
  }
  return examples;
}

function cut(value: string): string {
  return value.length <= MAX_LENGTH ? value : `${value.slice(0, MAX_LENGTH - 1)}…`;
}
