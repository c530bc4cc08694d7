import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{core,electron,renderer,samples,test}/**/*.test.{ts,tsx}"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
