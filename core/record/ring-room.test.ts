import { describe, expect, it } from "vitest";
import { RingRoom } from "./ring-room.ts";

/** A disk on which deleting frees a part of what was deleted, with so many octets of segments that were analysed. */
function disk(freeOctets: number | null, frees: number, spentOctets = 0) {
  const state = { freeOctets, spentOctets, deleted: [] as (readonly [octets: number, isSpentOnly: boolean])[] };
  const room = new RingRoom(
    () => Promise.resolve(state.freeOctets),
    (octets, isSpentOnly) => {
      if (isSpentOnly && octets > state.spentOctets) return 0;
      if (isSpentOnly) state.spentOctets -= octets;
      state.deleted.push([octets, isSpentOnly]);
      state.freeOctets = (state.freeOctets ?? 0) + octets * frees;
      return octets;
    },
  );
  return { state, room };
}

describe("room for a ring", () => {
  it("is made as far as it is wanted, and told", async () => {
    const { state, room } = disk(100, 1);
    await room.keep(50, 100);
    expect([state.deleted, room.isShort]).toEqual([[], false]);
    await room.keep(250, 400);
    expect([state.deleted, room.isShort]).toEqual([[[150, false]], true]);
    await room.keep(250, 400);
    expect(state.deleted).toHaveLength(1);
  });

  it("is made for the analysis, too, by what was analysed alone", async () => {
    const { state, room } = disk(300, 1, 120);
    await room.keep(250, 400);
    expect(state.deleted).toEqual([[100, true]]);
    state.freeOctets = 300;
    await room.keep(250, 400);
    expect(state.deleted).toHaveLength(1);
    state.freeOctets = 200;
    await room.keep(250, 400);
    expect(state.deleted.slice(1)).toEqual([[50, false]]);
  });

  it("is not made where deleting frees nothing, as while a snapshot has the segments, until there is room again", async () => {
    const { state, room } = disk(100, 0);
    for (let n = 0; n < 10; n++) await room.keep(250, 400);
    expect(state.deleted).toHaveLength(3);
    state.freeOctets = 400;
    await room.keep(250, 400);
    state.freeOctets = 240;
    await room.keep(250, 400);
    expect(state.deleted.slice(3)).toEqual([[10, false]]);
  });

  it("is not made where nobody knows what is free, nor told where nothing could be deleted", async () => {
    const unknown = disk(null, 1);
    await unknown.room.keep(250, 400);
    expect(unknown.state.deleted).toEqual([]);
    const empty = new RingRoom(
      () => Promise.resolve(1),
      () => 0,
    );
    await empty.keep(250, 400);
    expect(empty.isShort).toBe(false);
  });
});
