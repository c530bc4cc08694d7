import { expect, it } from "vitest";
import { grownColumns, packetColumns, PacketColumnsPool, type PacketColumns } from "./packet-batch.ts";

const NAMES = Object.keys(packetColumns(1)) as (keyof PacketColumns)[];

it("columns of packets lie side by side in one buffer, and keep their rows when they grow", () => {
  const columns = packetColumns(5);
  const fill = (of: PacketColumns): void => NAMES.forEach((name, i) => of[name].fill(i + 1));
  fill(columns);
  const wider = grownColumns(columns, 50);
  const { buffer } = columns.frame;
  let octets = 0;
  NAMES.forEach((name, i) => {
    expect([name, columns[name].buffer === buffer, ...new Set(columns[name])]).toEqual([name, true, i + 1]);
    expect([...wider[name].subarray(0, columns[name].length)]).toEqual([...columns[name]]);
    octets += columns[name].byteLength;
  });
  expect(octets).toBe(buffer.byteLength);
});

it("of a batch that comes back only the columns are kept, all 0", () => {
  const pool = new PacketColumnsPool();
  const batch = { ...packetColumns(10), frames: { bytes: new Uint8Array(1000) }, count: 10 };
  batch.frame.fill(7);
  pool.give(batch);
  const columns = pool.take(8);
  expect(columns.frame.buffer).toBe(batch.frame.buffer);
  expect(Object.keys(columns)).toEqual(NAMES);
  expect(NAMES.every((name) => columns[name].every((value) => value === 0))).toBe(true);
});
