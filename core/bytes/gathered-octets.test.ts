import { expect, it } from "vitest";
import { GatheredOctets } from "./gathered-octets.ts";

it("pieces of one octet take no more memory than twice their sum, and what was read of them stays", () => {
  const gathered = new GatheredOctets();
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);
  for (let i = 0; i < 500; i++) gathered.add(bytes, i, i + 1);
  const half = gathered.octets();
  for (let i = 500; i < 1000; i++) {
    gathered.add(bytes, i, i + 1);
    expect(gathered.capacity).toBeLessThanOrEqual(2 * gathered.length);
  }
  expect(gathered.octets()).toEqual(Buffer.from(bytes));
  gathered.clear();
  gathered.add(bytes, 3, 5);
  expect([...gathered.octets()]).toEqual([3, 4]);
  expect(half).toEqual(Buffer.from(bytes.subarray(0, 500)));
});
