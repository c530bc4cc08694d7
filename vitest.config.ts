import { defineConfig } from "vitest/config";
import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/** Tests that put nothing in the place of modules, streams or time share a process: what they test is loaded once instead of once a file. */
const SHARED = [
  "core/{bytes,capture,contracts,detections,estate,figures,incidents,manifests,net,protocols,records}/**/*.test.ts",
  "core/case/{annotations,carve,case,database,logs,memory-share,merge-plan,packet-index,story-tables,zip-reader}.test.ts",
  "core/case/filter/*.test.ts",
  "core/engine/!(early-looks|hash-thread|progress).test.ts",
  "core/engine/{files,secrets}/*.test.ts",
  "core/engine/live/!(kept-process|live-run|recording-session|tell-refusal|told-before).test.ts",
  "core/engine/window/!(filter-speed).test.ts",
  "core/report/!(report-browser).test.ts",
  "core/report/redaction/*.test.ts",
  "samples/**/*.test.ts",
  "test/{analysis-metamorphic,archive-ledger,arp-findings,capture-damage,capture-metamorphic,decryption,exports}.test.ts",
  "test/{pcapng-metadata,recorded,registry,unsealing,zeek-*}.test.ts",
];

/** Files that take longest. Begun first: one of them begun last would run alone, with the other core idle. */
const LONGEST = [
  "core/detections/samples.test.ts",
  "core/detections/harmless.test.ts",
  "test/recording.test.ts",
  "test/cli.test.ts",
  "test/corpus-robustness.test.ts",
  "test/agreement/agreement.test.ts",
  "test/custody.test.ts",
  "renderer/window.test.ts",
  "samples/captures.test.ts",
  "test/engine.test.ts",
  "test/hardship.test.ts",
  "test/hostile-strings.test.ts",
  "test/faults.test.ts",
  "test/fuzz/fuzz.test.ts",
  "test/live-analysis.test.ts",
];

/** The longest, then those that run alone, then those that share: a process is kept only while the next file shares it, too. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const at = LONGEST.findIndex((path) => moduleId.endsWith(path));
      return at < 0 ? LONGEST.length + Number(project.name === "shared") : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: "shared", include: SHARED, isolate: false },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: ["{core,electron,renderer,samples,test}/**/*.test.{ts,tsx}"],
          exclude: ["**/node_modules/**", ...SHARED],
        },
      },
    ],
  },
});
