import { inRangesSql, networkRange } from "../bytes/network-range.ts";
import type { EstateDatabase } from "./estate-database.ts";
import type { Scope } from "./scope.ts";

/** Most machines of one drill plan. */
const MOST_TARGETS = 10_000;

/** Writes what the scope declares and queries look up: change windows, plans of restore drills, products. */
export async function writeDeclared(database: EstateDatabase, scope: Scope): Promise<void> {
  const plans = [];
  for (const { name, everyDays, target, planned } of scope.drills) {
    const range = networkRange(target);
    const found =
      range === null
        ? []
        : await database.rows(
            `SELECT DISTINCT address FROM hosts WHERE ${inRangesSql("key", [range])} ORDER BY address LIMIT ${MOST_TARGETS}`,
          );
    plans.push({
      plan: name,
      every_days: everyDays,
      addresses: found.map((row) => String(row["address"])),
      planned,
    });
  }
  const windows = scope.changeWindows.map(({ name, days, startMinute, endMinute, zone }) => ({
    name,
    days,
    start_minute: startMinute,
    end_minute: endMinute,
    zone,
  }));
  const list = (shape: string): string => `(SELECT unnest(from_json($rows, '[${shape}]')) AS r)`;
  await database.change([
    { sql: "DELETE FROM change_windows" },
    {
      sql: `INSERT INTO change_windows SELECT r.name, r.days, r.start_minute, r.end_minute, r.zone FROM ${list('{"name":"VARCHAR","days":["UTINYINT"],"start_minute":"USMALLINT","end_minute":"USMALLINT","zone":"VARCHAR"}')}`,
      parameters: { rows: JSON.stringify(windows) },
    },
    { sql: "DELETE FROM drill_plans" },
    {
      sql: `INSERT INTO drill_plans SELECT r.plan, r.every_days, r.addresses,
              list_transform(r.planned, lambda p: {'from': make_timestamp_ns(p."from" * 1000000), 'to': make_timestamp_ns(p."to" * 1000000)})
            FROM ${list('{"plan":"VARCHAR","every_days":"USMALLINT","addresses":["VARCHAR"],"planned":[{"from":"BIGINT","to":"BIGINT"}]}')}`,
      parameters: { rows: JSON.stringify(plans) },
    },
    { sql: "DELETE FROM site_products" },
    {
      sql: `INSERT INTO site_products SELECT r FROM ${list('"VARCHAR"')}`,
      parameters: { rows: JSON.stringify(scope.products) },
    },
  ]);
}
