/** Share of chance results that is put up with among what is told. */
const RATE = 0.05;

type Row = Readonly<Record<string, unknown>>;

/** A row that says how likely it was by chance, and the place of its detection. */
interface Chance {
  readonly row: Row;
  readonly detection: number;
}

/** True if a row says how likely it was by chance (`chance`), and among how many tests of its detection on that day (`tests`). */
export function hasChance(row: Row): boolean {
  return typeof row["chance"] === "number" && typeof row["tests"] === "number";
}

/**
 * Over a capture baselines are asked thousands of times, and what is rare in one test is common in so many. The rows of all detections that say how
 * likely they were by chance are judged together, day by day, after Benjamini and Hochberg (1995): those that a false discovery rate of 0.05 does not let pass
 * become indications of severity low, with a note. The tests of a day are those of every detection that has such a row on it. Other rows stay as they are.
 * @param answers Rows of each detection in time order, `ts` in ns since 1970 UTC as text.
 */
export function spareChance(answers: readonly (readonly Row[])[]): readonly (readonly Row[])[] {
  const days = new Map<bigint, Chance[]>();
  for (const [detection, rows] of answers.entries()) {
    for (const row of rows.filter(hasChance)) {
      const day = BigInt(String(row["ts"])) / 86_400_000_000_000n;
      const others = days.get(day);
      if (others === undefined) days.set(day, [{ row, detection }]);
      else others.push({ row, detection });
    }
  }
  // For each row that does not pass, how many tests it is one of.
  const chancy = new Map<Row, number>([...days.values()].flatMap(notDiscovered));
  return answers.map((rows) =>
    rows.map((row) => {
      const tests = chancy.get(row);
      return tests === undefined ? row : asIndication(row, tests);
    }),
  );
}

/** Rows beyond the last that lies under the line from 0 to the rate, each with the number of the day's tests. */
function notDiscovered(day: readonly Chance[]): [row: Row, tests: number][] {
  const chance = ({ row }: Chance): number => Number(row["chance"]);
  const sorted = [...day].sort((a, b) => chance(a) - chance(b));
  const most = new Map<number, number>();
  for (const { row, detection } of day) most.set(detection, Math.max(most.get(detection) ?? 0, Number(row["tests"])));
  const tests = Math.max(
    sorted.length,
    [...most.values()].reduce((sum, each) => sum + each, 0),
  );
  const last = sorted.findLastIndex((each, place) => chance(each) <= ((place + 1) / tests) * RATE);
  return sorted.slice(last + 1).map(({ row }) => [row, tests]);
}

function asIndication(row: Row, tests: number): Row {
  const note = `Among the ${tests} such tests of that day a result like this may be chance (a false discovery rate of ${RATE} is not met): an indication only`;
  return {
    ...row,
    severity: row["severity"] === "info" ? "info" : "low",
    note: typeof row["note"] === "string" ? `${row["note"]}. ${note}` : note,
  };
}
