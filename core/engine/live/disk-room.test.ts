import { statfs } from "node:fs/promises";
import { expect, it, vi } from "vitest";
import { DiskRoom } from "./disk-room.ts";

const MIB = 1024 * 1024;
vi.mock("node:fs/promises", () => ({ statfs: vi.fn() }));

it("is short below what the recorder needs and as much again, until there is a fifth more of that, and looked for once a second", async () => {
  const room = new DiskRoom("case", 1000 * MIB);
  let now = 0;
  const look = (free: number) => {
    vi.mocked(statfs).mockResolvedValueOnce({ bavail: free, bsize: MIB } as never);
    return room.look((now += 1000));
  };
  expect(await look(2000)).toBe(false);
  expect(await look(1999)).toBe(true);
  expect(await room.look(now + 999)).toBe(true);
  expect(vi.mocked(statfs)).toHaveBeenCalledTimes(2);
  expect(await look(2199)).toBe(true);
  expect(await look(2200)).toBe(false);
  expect(await look(2199)).toBe(false);
  await look(0);
  vi.mocked(statfs).mockRejectedValueOnce(new Error("not told"));
  expect(await room.look((now += 1000))).toBe(false);
});
