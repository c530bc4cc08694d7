import { defineConfig } from "vitest/config";
import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/** Tests of pure functions, which share a process: their modules are loaded once instead of once a file. */
const UNITS = ["core/{bytes,capture,net,protocols,records}/**/*.test.ts"];

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
];

/** The longest, then the others, then those that share a process: it is kept only while the next file shares it, too. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const at = LONGEST.findIndex((path) => moduleId.endsWith(path));
      return at < 0 ? LONGEST.length + Number(project.name === "units") : at;
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
      { extends: true, test: { name: "units", include: UNITS, isolate: false } },
      {
        extends: true,
        test: {
          name: "whole",
          include: ["{core,electron,renderer,samples,test}/**/*.test.{ts,tsx}"],
          exclude: ["**/node_modules/**", ...UNITS],
        },
      },
    ],
  },
});
