import type { Finding } from "../contracts/finding.ts";
import { isProblem } from "../contracts/result.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { jsonRows, usedParameters } from "../records/record-database.ts";
import type { Detection } from "./detection.ts";
import { hasChance, spareChance } from "./false-discovery.ts";
import { hitFromRow, mergeRepeats, withHonestTitle } from "./finding-from-row.ts";
import { adjustConfidence, lowerRefused } from "./scoring.ts";

/** Most rows taken from one detection; more are counted as a limit that was hit. */
export const ROWS_KEPT = 20_000;

/** Why a detection was not evaluated whose query failed for lack of memory. */
export const OUT_OF_MEMORY = "the database's memory does not suffice for so many records";

type Row = Readonly<Record<string, unknown>>;

/** A detection that the evidence cannot answer, or not in full. */
export interface NotEvaluated {
  readonly detection: string;
  readonly title: string;
  /** A clause: "no SMB traffic was captured". */
  readonly reason: string;
}

/** What one detection found; a clause if it could not be evaluated. */
export type Judged = string | Judgement;

interface Judgement {
  /** `why`: what explains it, null if nothing does. */
  readonly findings: readonly { readonly finding: Finding; readonly why: string | null }[];
  readonly blindSpots: readonly NotEvaluated[];
  /** True if more was found than is kept. */
  readonly isCut: boolean;
}

/** What one detection answered: its findings, or rows that are judged with those of other detections. */
export type Asked = Judged | Waiting;

interface Waiting {
  readonly rows: readonly Row[];
  readonly judge: (spared: readonly Row[]) => Promise<Judged>;
}

/** Asks one detection. A lack of memory costs this one, never the others. */
export function askOne(
  database: RecordDatabase,
  detection: Detection,
  parameters: Readonly<Record<string, string | number>>,
  hosts: ReadonlyMap<string, string>,
  hidden: HiddenRecords,
): Promise<Asked> {
  return unlessOutOfMemory(async () => {
    const all = await detectionRows(database, detection, parameters);
    const rows = all.slice(0, ROWS_KEPT);
    const judge = async (spared: readonly Row[]): Promise<Judgement> => {
      const hits = mergeRepeats(spared.map((row) => hitFromRow(detection, parameters, row, hosts))).map((hit) => ({
        ...hit,
        finding: withHonestTitle(lowerRefused(hit.finding)),
      }));
      const scored = await adjustConfidence(database, hits, detection);
      return {
        findings: scored.map((finding, at) => ({ finding, why: hits[at]?.explained ?? null })),
        blindSpots: await blindSpots(detection, hidden),
        isCut: all.length > ROWS_KEPT,
      };
    };
    return rows.some(hasChance) ? { rows, judge: (spared) => unlessOutOfMemory(() => judge(spared)) } : judge(rows);
  });
}

/** Judges the rows that wait for each other: those that say how likely they were by chance, of all detections. */
export async function judgeTogether(asked: readonly Asked[]): Promise<Judged[]> {
  const isWaiting = (answer: Asked): answer is Waiting => typeof answer !== "string" && "judge" in answer;
  const spared = spareChance(asked.map((answer) => (isWaiting(answer) ? answer.rows : [])));
  const judged: Judged[] = [];
  for (const [at, answer] of asked.entries()) judged.push(isWaiting(answer) ? await answer.judge(spared[at]!) : answer);
  return judged;
}

async function unlessOutOfMemory<T>(work: () => Promise<T>): Promise<T | typeof OUT_OF_MEMORY> {
  try {
    return await work();
  } catch (error) {
    if (isProblem(error, "out-of-memory")) return OUT_OF_MEMORY;
    throw error;
  }
}

/** The rows of a detection's query in time order, one more than are kept if there are more. */
export function detectionRows(
  database: RecordDatabase,
  detection: Detection,
  parameters: Readonly<Record<string, string | number>>,
): Promise<Record<string, unknown>[]> {
  const times = detection.query.includes("ts_last") ? ["ts", "ts_last"] : ["ts"];
  // What a reference capture holds is not part of the evidence.
  const evidence = `WHERE ts > coalesce((SELECT max(ts_until) FROM learning WHERE source = 'reference capture'), TIMESTAMP '1677-09-22 00:00:00')`;
  return jsonRows(database, `SELECT * FROM (${detection.query}) ${evidence} ORDER BY ts, records`, {
    parameters: usedParameters(detection.query, parameters),
    times,
    limit: ROWS_KEPT + 1,
  });
}

/** How much of the evidence is hidden, by the query that counts it: many detections are blind to the same. */
export class HiddenRecords {
  readonly #database: RecordDatabase;
  readonly #counted = new Map<string, number>();

  /** @param database Whose records do not change while this is asked. */
  constructor(database: RecordDatabase) {
    this.#database = database;
  }

  async count(query: string): Promise<number> {
    let hidden = this.#counted.get(query);
    if (hidden === undefined) {
      hidden = Number((await jsonRows(this.#database, query))[0]?.["n"] ?? 0);
      this.#counted.set(query, hidden);
    }
    return hidden;
  }
}

async function blindSpots(detection: Detection, records: HiddenRecords): Promise<NotEvaluated[]> {
  const spots: NotEvaluated[] = [];
  for (const blindness of detection.blindTo) {
    if (blindness.query === null) continue;
    const hidden = await records.count(blindness.query);
    if (hidden > 0)
      spots.push({ detection: detection.id, title: detection.title, reason: `${blindness.text} (${hidden})` });
  }
  return spots;
}
