/** Rows of a CSV file (RFC 4180) by the names of its first line; null where it is none. Line ends may be CRLF or LF. */
export function csvRows(text: string): Record<string, string>[] | null {
  const rows: string[][] = [[]];
  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length;) {
    const cell = text[at] === '"' ? QUOTED : BARE;
    cell.lastIndex = at;
    const found = cell.exec(text)?.[0];
    if (found === undefined) return null;
    rows.at(-1)!.push(cell === QUOTED ? found.slice(1, -1).replaceAll('""', '"') : found);
    at += found.length;
    if (text[at] === ",") at++;
    else if (at < text.length) {
      const end = text.startsWith("\r\n", at) ? 2 : text[at] === "\n" ? 1 : 0;
      if (end === 0) return null;
      at += end;
      if (at < text.length) rows.push([]);
    }
  }
  const [names = [], ...cells] = rows;
  if (cells.some((row) => row.length !== names.length)) return null;
  return cells.map((row) => Object.fromEntries(row.map((cell, i) => [names[i]!, cell])));
}

const QUOTED = /"(?:[^"]|"")*"/y;
const BARE = /[^",\r\n]*/y;
