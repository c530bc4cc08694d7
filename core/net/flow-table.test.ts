import { describe, expect, it } from "vitest";
import { FlowTable } from "./flow-table.ts";

/** A table with so many flows from as many addresses. */
function tableOf(flows: number, limit: number): FlowTable {
  const table = new FlowTable({ ints: 2, floats: 1 }, limit, 12_345);
  for (let i = 0; i < flows; i++) take(table, i);
  return table;
}

function take(table: FlowTable, i: number): number {
  locate(table, i);
  const slot = table.take();
  table.ints[slot * 2] = i;
  table.floats[slot] = i / 2;
  return slot;
}

const view = new DataView(new ArrayBuffer(8));
function locate(table: FlowTable, i: number): void {
  view.setUint32(0, 0x0a000000 + i);
  view.setUint32(4, 0x0b000000);
  table.locate(view, true, 0, 4, 1000, 80, 6, 0, false);
}

describe("a table of flows", () => {
  it("has room for all of them at once from an eighth on, so that no arrays as large are left behind", () => {
    expect(tableOf(1024, 16_384).ints.length).toBe(1024 * 2);
    expect(tableOf(1025, 16_384).ints.length).toBe(2048 * 2);
    const table = tableOf(2049, 16_384);
    expect([table.ints.length, table.floats.length]).toEqual([16_384 * 2, 16_384]);
  });

  it("never has more than its most, and keeps what it has as it grows", () => {
    const table = tableOf(5000, 5000);
    expect([table.ints.length, table.isFull]).toEqual([5000 * 2, true]);
    for (const i of [0, 1023, 1024, 4999]) {
      locate(table, i);
      const slot = table.find();
      expect([table.ints[slot * 2], table.floats[slot]]).toEqual([i, i / 2]);
    }
    locate(table, 5000);
    expect(table.find()).toBe(-1);
  });
});
