/** What a filter asks of a row of one table: of one column in a leaf, of several by joining leaves. */
export type ConditionTree =
  | { readonly kind: "and" | "or"; readonly items: readonly ConditionTree[] }
  /** True where its item is false or NULL. */
  | { readonly kind: "not"; readonly item: ConditionTree }
  /** `where` is SQL over the table under the name `r` that names no other column than this. */
  | { readonly kind: "leaf"; readonly column: string; readonly where: string };

/** The tree as an SQL condition: false or NULL where the filter does not fit. */
export function treeSql(tree: ConditionTree): string {
  switch (tree.kind) {
    case "and":
      return `(${tree.items.map(treeSql).join(" AND ")})`;
    case "or":
      return tree.items.length === 1 ? treeSql(tree.items[0]!) : `(${tree.items.map(treeSql).join(" OR ")})`;
    case "not":
      return `(NOT coalesce(${treeSql(tree.item)}, false))`;
    case "leaf":
      return tree.where;
    default:
      return tree satisfies never;
  }
}
