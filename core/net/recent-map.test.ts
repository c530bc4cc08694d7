import { expect, it } from "vitest";
import { RecentMap } from "./recent-map.ts";

it("forgets those not seen for longest, several at once, and says how many still mattered", () => {
  let lost = 0;
  const map = new RecentMap<number, number>(160, 1000, () => void lost++);
  for (let i = 0; i < 160; i++) map.see(i, i, i);
  map.see(0, 0, 160);
  expect(lost).toBe(0);
  map.see(200, 200, 161);
  expect(lost).toBe(10);
  const there = Array.from({ length: 160 }, (_, i) => i).filter((i) => map.get(i, 161) !== undefined);
  expect(there).toEqual([0, ...Array.from({ length: 149 }, (_, i) => i + 11)]);
  for (let i = 300; i < 309; i++) map.see(i, i, 162);
  expect(lost).toBe(10);
  map.see(400, 400, 5000);
  expect(lost).toBe(10);
});
