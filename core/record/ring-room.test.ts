import { describe, expect, it } from "vitest";
import { RingRoom } from "./ring-room.ts";

/** A disk on which deleting frees a part of what was deleted. */
function disk(freeOctets: number | null, frees: number) {
  const state = { freeOctets, deleted: [] as number[] };
  const room = new RingRoom(
    () => Promise.resolve(state.freeOctets),
    (octets) => {
      state.deleted.push(octets);
      state.freeOctets = (state.freeOctets ?? 0) + octets * frees;
      return octets;
    },
  );
  return { state, room };
}

describe("room for a ring", () => {
  it("is made as far as it is wanted, and told", async () => {
    const { state, room } = disk(100, 1);
    await room.keep(100);
    expect([state.deleted, room.isShort]).toEqual([[], false]);
    await room.keep(250);
    expect([state.deleted, room.isShort]).toEqual([[150], true]);
    await room.keep(250);
    expect(state.deleted).toEqual([150]);
  });

  it("is not made where deleting frees nothing, as while a snapshot has the segments, until there is room again", async () => {
    const { state, room } = disk(100, 0);
    for (let n = 0; n < 10; n++) await room.keep(250);
    expect(state.deleted).toEqual([150, 150, 150]);
    state.freeOctets = 250;
    await room.keep(250);
    state.freeOctets = 240;
    await room.keep(250);
    expect(state.deleted).toEqual([150, 150, 150, 10]);
  });

  it("is not made where nobody knows what is free, nor told where nothing could be deleted", async () => {
    const unknown = disk(null, 1);
    await unknown.room.keep(250);
    expect(unknown.state.deleted).toEqual([]);
    const empty = new RingRoom(
      () => Promise.resolve(1),
      () => 0,
    );
    await empty.keep(250);
    expect(empty.isShort).toBe(false);
  });
});
