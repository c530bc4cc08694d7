import type { DuckDBValue } from "@duckdb/node-api";
import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from "@duckdb/node-api";

/**
 * A value of a query's result. Times are ns since 1970-01-01 UTC as bigint, whatever their precision in the database; other
 * whole numbers are number up to 2^53 and bigint beyond; types without a JavaScript value come as their text.
 */
export type QueryValue =
  null | boolean | number | bigint | string | readonly QueryValue[] | { readonly [key: string]: QueryValue };

export type QueryRow = Readonly<Record<string, QueryValue>>;

/** The value as `QueryValue` says. */
export function queryValue(value: DuckDBValue): QueryValue {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (typeof value === "bigint") return shortInteger(value);
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros * 1000n;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1_000_000n;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000_000n;
  if (value instanceof DuckDBListValue) return value.items.map(queryValue);
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, entry]) => [name, queryValue(entry)]));
  }
  if (value instanceof DuckDBMapValue) {
    return value.entries.map(({ key, value: entry }) => ({ key: queryValue(key), value: queryValue(entry) }));
  }
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("hex");
  return String(value);
}

function shortInteger(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
