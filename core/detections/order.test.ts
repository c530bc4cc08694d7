import { expect, it } from "vitest";
import { DETECTIONS } from "./index.ts";
import { withSlices } from "./slices.ts";

/** What these give depends on the order of rows, which is that in which workers told them. */
const BY_ORDER = /\b(any_value|arbitrary|first|last|mode|list|array_agg|string_agg)\(/g;

/** Behind the bracket that closes what was opened before a place. */
function behind(query: string, from: number): number {
  let end = from;
  for (let depth = 1; depth > 0 && end < query.length; end++)
    depth += query[end] === "(" ? 1 : query[end] === ")" ? -1 : 0;
  return end;
}

/** Calls of a query that give what comes first, without saying in which order. */
function unordered(query: string): string[] {
  return [...query.matchAll(BY_ORDER)].flatMap(({ index, 0: head, 1: name }) => {
    const end = behind(query, index + head.length);
    const call = query.slice(index, end);
    let rest = query.slice(end).trimStart();
    if (rest.startsWith("FILTER")) rest = rest.slice(behind(rest, rest.indexOf("(") + 1)).trimStart();
    const isPicked = name !== "list" || rest.startsWith("[");
    return isPicked && !rest.startsWith("OVER") && !call.includes("ORDER BY") ? [call] : [];
  });
}

it.each(DETECTIONS.map(({ id, query }) => [id, query] as const))(
  "%s takes nothing from a group for coming first in no order",
  (_, query) => {
    expect(unordered(withSlices(query))).toEqual([]);
  },
);

it("would be told where one did", () => {
  const query = `SELECT any_value("user"), list(rid)[:50], list(rid ORDER BY ts)[:50], list(rid), first(x ORDER BY ts), min(who) FROM t`;
  expect(unordered(query)).toEqual([`any_value("user")`, "list(rid)"]);
});
