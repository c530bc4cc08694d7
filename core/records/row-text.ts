/**
 * A cell of a query's row as text.
 * @throws Error for a cell that has none (null, a list, a struct): the query was then not the one that the code expects.
 */
export function rowText(cell: unknown): string {
  if (typeof cell === "string") return cell;
  if (typeof cell === "number" || typeof cell === "bigint" || typeof cell === "boolean") return String(cell);
  throw new Error(`a cell that must be text is ${cell === null ? "null" : typeof cell}`);
}
