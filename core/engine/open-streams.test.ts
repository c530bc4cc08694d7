import { describe, expect, it } from "vitest";
import type { BoundedStream } from "./open-streams.ts";
import { OpenStreams } from "./open-streams.ts";

class Spoken implements BoundedStream {
  isRecent = true;
  ended = false;
  endEarly(): void {
    this.ended = true;
  }
}

describe("OpenStreams", () => {
  it("ends those that fell silent, oldest first, and spares who goes on", () => {
    const open = new OpenStreams(3);
    const [busy, silent, other, late, later] = Array.from({ length: 5 }, () => new Spoken());
    for (const stream of [busy!, silent!, other!]) open.add(stream);
    for (const stream of [busy!, silent!, other!]) stream.isRecent = false;
    busy!.isRecent = true;
    open.add(late!);
    expect([busy, silent, other, late].map((stream) => stream!.ended)).toEqual([false, true, false, false]);
    busy!.isRecent = true;
    open.add(later!);
    expect([busy, other, late, later].map((stream) => stream!.ended)).toEqual([false, true, false, false]);
  });

  it("makes room even if all go on, and ends none where others ended by themselves", () => {
    const open = new OpenStreams(2);
    const streams = Array.from({ length: 4 }, () => new Spoken());
    open.add(streams[0]!);
    open.add(streams[1]!);
    open.remove(streams[0]!);
    open.add(streams[2]!);
    expect(streams.some(({ ended }) => ended)).toBe(false);
    open.add(streams[3]!);
    expect(streams.filter(({ ended }) => ended)).toEqual([streams[1]]);
  });
});
