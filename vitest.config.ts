import { defineConfig } from "vitest/config";

/** Tests of pure functions, which share a process: their modules are loaded once instead of once a file. */
const UNITS = ["core/{bytes,capture,net,protocols,records}/**/*.test.ts"];

export default defineConfig({
  test: {
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
