/** Share of chance results that is put up with among what is told. */
const RATE = 0.05;

type Row = Record<string, unknown>;

/**
 * Over a capture a baseline is asked thousands of times, and what is rare in one test is common in so many. Rows that say how likely they were by chance
 * (`chance`) and among how many tests of their day (`tests`) are judged together, day by day, after Benjamini and Hochberg (1995): those that a false discovery
 * rate of 0.05 does not let pass become indications of severity low, with a note. Other rows stay as they are.
 * @param rows In time order, `ts` in ns since 1970 UTC as text.
 */
export function spareChance(rows: readonly Row[]): readonly Row[] {
  const days = new Map<bigint, Row[]>();
  for (const row of rows) {
    if (typeof row["chance"] !== "number" || typeof row["tests"] !== "number") continue;
    const day = BigInt(String(row["ts"])) / 86_400_000_000_000n;
    const others = days.get(day);
    if (others === undefined) days.set(day, [row]);
    else others.push(row);
  }
  if (days.size === 0) return rows;
  const passed = new Set([...days.values()].flatMap(discoveries));
  return rows.map((row) => (typeof row["chance"] !== "number" || passed.has(row) ? row : asIndication(row)));
}

/** Rows up to the last that lies under the line from 0 to the rate. */
function discoveries(day: readonly Row[]): Row[] {
  const chance = (row: Row): number => Number(row["chance"]);
  const sorted = [...day].sort((a, b) => chance(a) - chance(b));
  const tests = Math.max(sorted.length, ...sorted.map((row) => Number(row["tests"])));
  const last = sorted.findLastIndex((row, place) => chance(row) <= ((place + 1) / tests) * RATE);
  return sorted.slice(0, last + 1);
}

function asIndication(row: Row): Row {
  const note = `Among ${String(row["tests"])} such tests on that day a result like this may be chance (a false discovery rate of ${RATE} is not met): an indication only`;
  return {
    ...row,
    severity: row["severity"] === "info" ? "info" : "low",
    note: typeof row["note"] === "string" ? `${row["note"]}. ${note}` : note,
  };
}
