import { describe, expect, it } from "vitest";
import { FLOW_SHAPE } from "./flow-state.ts";
import { FlowTable } from "./flow-table.ts";
import { TrackedConnection } from "./tracked-connection.ts";

const view = new DataView(new ArrayBuffer(8));

/** Opens connections of a table until there are so many; gives the last. */
function openUpTo(table: FlowTable, count: number): TrackedConnection {
  for (;;) {
    view.setUint32(0, table.size + 1);
    table.locate(view, true, 0, 4, 1000, 80, 6, 0, false);
    const slot = table.take();
    if (table.size === count) return new TrackedConnection(table, slot, slot + 1, "tcp", 6, 1, slot + 1);
  }
}

function letters(connection: TrackedConnection, count: number): number {
  for (let i = 0; i < count; i++) connection.addHistory("S", i % 2 === 0);
  return connection.history.length;
}

describe("the history of a connection", () => {
  it("has a bound of its own, and one together with all that are open", () => {
    const table = new FlowTable(FLOW_SHAPE, 100, 12_345);
    expect(letters(openUpTo(table, 1), 3000)).toBe(2000);
    expect(letters(openUpTo(table, 10), 3000)).toBe(500);
    const last = openUpTo(table, 100);
    expect(letters(last, 3000)).toBe(50);
    expect(last.history.slice(0, 16)).toBe("SsSsSsSsSsSsSsSs");
  });
});
