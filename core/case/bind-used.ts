import type { DuckDBPreparedStatement, DuckDBValue } from "@duckdb/node-api";

/** Binds the parameters that the statement names. */
export function bindUsed(statement: DuckDBPreparedStatement, parameters: Readonly<Record<string, DuckDBValue>>): void {
  const used: Record<string, DuckDBValue> = {};
  for (let i = 1; i <= statement.parameterCount; i++) {
    const name = statement.parameterName(i);
    const value = parameters[name];
    if (value === undefined) throw new Error(`the query's parameter $${name} has no value`);
    used[name] = value;
  }
  if (statement.parameterCount > 0) statement.bind(used);
}
