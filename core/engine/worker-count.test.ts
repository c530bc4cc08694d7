import { expect, test } from "vitest";
import { workersFor } from "./worker-count.ts";

const LONG = 1e9;
const SHORT = 1e6;

test.each([
  ["one core has its one worker", LONG, 1, 1],
  ["two cores share a short capture between reader and worker", SHORT, 2, 1],
  ["so they do where nobody knows how much will come", null, 2, 1],
  ["over a long one, a second worker fills what the reader leaves", LONG, 2, 2],
  ["with more cores the reader has its own", LONG, 4, 3],
  ["more than eight are not kept busy", LONG, 64, 8],
])("%s", (_, octets, cores, workers) => {
  expect(workersFor(octets, cores)).toBe(workers);
});
