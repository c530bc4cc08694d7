import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RecentStore } from "../core/case/recent-store.ts";
import type { Finding } from "../core/contracts/finding.ts";
import { DETECTIONS } from "../core/detections/index.ts";
import { detectionRows } from "../core/detections/judge.ts";
import { effectiveParameters, runDetections } from "../core/detections/run.ts";
import { withSlices } from "../core/detections/slices.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { namedColumns } from "../core/engine/live/asked-detections.ts";
import { namedTables, tellingRows } from "../core/engine/live/telling-rows.ts";
import { RECORD_TYPES } from "../core/engine/record-types.ts";
import { inferEstate } from "../core/estate/infer.ts";
import { EMPTY_SCOPE, parseScope } from "../core/estate/scope.ts";
import { record } from "../samples/scenario/record.ts";
import { scaleOf } from "../samples/scenario/scale.ts";
import { SCENARIOS } from "../samples/scenario/variants/index.ts";
import { TECHNIQUES } from "../samples/techniques/index.ts";
import { techniqueRecording } from "../samples/techniques/recording.ts";
import { RecordTables } from "./record-tables.ts";
import { ROW_STORIES } from "./row-stories/index.ts";
import { SCOPE } from "./row-stories/row-story.ts";

const RECORDED = fileURLToPath(new URL("../samples/recorded", import.meta.url));

/** Samples in which nobody attacks anything, by name. */
export const HARMLESS: readonly string[] = [
  "quiet",
  ...TECHNIQUES.filter(({ isAttack }) => !isAttack).map(({ name }) => name),
  ...ROW_STORIES.filter(({ isAttack }) => !isAttack).map(({ name }) => `${name}.rows`),
];

/** What is found in samples; each is made, read and analysed once, in a folder that `remove` takes away. */
export class DetectionSamples {
  readonly #judges: "named" | "all";
  readonly #known = new Map<string, Promise<readonly Finding[]>>();
  #folder: Promise<string> | null = null;
  #latest: Promise<RecentStore> | null = null;

  /** @param judges Whether a sample is judged by the detections that name it or by all. */
  constructor(judges: "named" | "all") {
    this.#judges = judges;
  }

  /** Findings of a sample as detections name it ("x.pcapng", "x.rows"), with or without ".pcapng". */
  findings(sample: string): Promise<readonly Finding[]> {
    const name = sample.replace(/\.pcapng$/, "");
    let run = this.#known.get(name);
    if (run === undefined) this.#known.set(name, (run = this.#analyse(name)));
    return run;
  }

  async remove(): Promise<void> {
    (await this.#latest)?.close();
    if (this.#folder !== null) await rm(await this.#folder, { recursive: true, force: true });
  }

  /**
   * Records of a sample with the estate behind them. The caller closes them.
   * @param path Database file to put them in; they are in memory without one.
   */
  async tables(sample: string, path?: string): Promise<RecordTables> {
    const name = sample.replace(/\.pcapng$/, "");
    const tables = await RecordTables.create(path);
    try {
      const story = ROW_STORIES.find((each) => `${each.name}.rows` === name);
      if (story === undefined) await tables.load((await analyzeInline([await this.#captureOf(name)])).chunks);
      else await story.write(tables);
      await tables.finish();
      await inferEstate(tables, story === undefined ? EMPTY_SCOPE : parseScope(story.scope ?? SCOPE));
      return tables;
    } catch (error) {
      tables.close();
      throw error;
    }
  }

  async #analyse(name: string): Promise<readonly Finding[]> {
    const tables = await this.tables(name);
    try {
      const isNamed = (capture: string): boolean => capture === name || capture === `${name}.pcapng`;
      const judges =
        this.#judges === "all"
          ? DETECTIONS
          : DETECTIONS.filter(({ samples }) => samples.some(({ capture }) => isNamed(capture)));
      const { findings } = await runDetections(tables, judges);
      await checkTold(tables, new Set(findings.map(({ detection }) => detection)), await this.#latestStore());
      return findings;
    } finally {
      tables.close();
    }
  }

  #ownFolder(): Promise<string> {
    return (this.#folder ??= mkdtemp(join(tmpdir(), "backtrail-samples-")));
  }

  /** A database such as a recording has for its latest records. */
  #latestStore(): Promise<RecentStore> {
    return (this.#latest ??= this.#ownFolder().then((folder) =>
      RecentStore.make(join(folder, "latest.duckdb"), RECORD_TYPES, namedColumns(RECORD_TYPES)),
    ));
  }

  /** Where a sample's capture lies; generated ones are made there first. */
  async #captureOf(name: string): Promise<string> {
    const path = join(await this.#ownFolder(), name);
    const technique = TECHNIQUES.find((each) => each.name === name);
    const scenario = SCENARIOS.find((each) => each.name === name);
    if (technique !== undefined) await record(techniqueRecording(technique, path, "1"));
    else if (scenario !== undefined) {
      const recipe = { scenario: name, about: scenario.about, seed: "1", sizeOctets: 3_000_000 };
      await record({
        path: `${path}.pcapng`,
        truthPath: null,
        recipe,
        play: (stage) => scenario.play(stage, scaleOf(3_000_000)),
      });
    } else {
      const recorded = join(RECORDED, `${name}.pcapng`);
      if (!existsSync(recorded)) throw new Error(`no sample ${name}`);
      return recorded;
    }
    return `${path}.pcapng`;
  }
}

/** A recording asks a detection once rows came that tell it: it must find the same where there are no others. */
async function checkTold(tables: RecordTables, found: ReadonlySet<string>, latest: RecentStore): Promise<void> {
  for (const detection of DETECTIONS.filter(({ id }) => found.has(id))) {
    const parameters = effectiveParameters(detection, {}, { words: null });
    const query = withSlices(detection.query);
    const telling = await tellingRows(latest, query, parameters, namedTables(query, RECORD_TYPES));
    const answer = async () => JSON.stringify(await detectionRows(tables, { ...detection, query }, parameters));
    const whole = await answer();
    const picked = [...telling].filter(([, { isEvery }]) => !isEvery);
    for (const [table, { conditions }] of picked)
      await tables.rows(`CREATE TEMP TABLE "${table}" AS SELECT * FROM "${table}" WHERE ${conditions.join(" OR ")}`);
    const told = await answer();
    for (const [table] of picked) await tables.rows(`DROP TABLE temp."${table}"`);
    if (told !== whole) throw new Error(`${detection.id} does not find the same without rows that do not tell it`);
  }
}
