import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOSTS, OUTSIDE } from "../estate/company.ts";
import { packetOf } from "../read-back.ts";
import type { FrameSink } from "./frame-sink.ts";
import { Random } from "./random.ts";
import { TcpConversation, type Ending, type Turn } from "./tcp-conversation.ts";

/** Keeps copies of frames. */
class Kept implements FrameSink {
  readonly frames: { timeNs: number; bytes: Uint8Array }[] = [];
  bytes = new Uint8Array(0);
  view = new DataView(this.bytes.buffer);
  readonly at = 0;

  frame(timeNs: number, octets: number): number {
    this.bytes = new Uint8Array(octets);
    this.view = new DataView(this.bytes.buffer);
    return this.frames.push({ timeNs, bytes: this.bytes });
  }
}

function played(turns: readonly Turn[], isFar: boolean, ending: Ending): Kept {
  const kept = new Kept();
  const client = isFar ? HOSTS.backup : HOSTS.app;
  const server = isFar ? OUTSIDE.drop : HOSTS.files;
  const ends = { client, clientPort: 50_000, server, serverPort: 443 };
  const conversation = new TcpConversation({ startNs: 5, ...ends, turns, ending, random: new Random("test") });
  while (conversation.write(kept));
  return kept;
}

/** Octets of both directions put together by sequence number; throws if any is missing or sent twice. */
function streams(kept: Kept): { client: Uint8Array; server: Uint8Array } {
  const sides = [50_000, 443].map((port) => {
    const out: number[] = [];
    let next: number | null = null;
    for (const { bytes } of kept.frames) {
      const packet = packetOf(bytes);
      if (packet?.fromPort !== port) continue;
      const view = new DataView(packet.segment.buffer, packet.segment.byteOffset, packet.segment.byteLength);
      const flags = view.getUint8(13);
      const payload = packet.segment.subarray((view.getUint8(12) >> 4) * 4);
      if (next !== null && (flags & 4) === 0) expect(view.getUint32(4)).toBe(next);
      next = (view.getUint32(4) + payload.length + (flags & 3 ? 1 : 0)) >>> 0;
      out.push(...payload);
    }
    return Uint8Array.from(out);
  });
  return { client: sides[0] ?? new Uint8Array(0), server: sides[1] ?? new Uint8Array(0) };
}

const turn = fc.record({
  fromClient: fc.boolean(),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 5_000 }),
  waitNs: fc.integer({ min: 0, max: 100_000_000 }),
});
const endings: readonly Ending[] = ["client", "server", "reset", "open"];

describe("a TCP conversation", () => {
  it("carries what each side says, once and in order, and never goes back in time", () => {
    fc.assert(
      fc.property(
        fc.array(turn, { maxLength: 12 }),
        fc.boolean(),
        fc.constantFrom(...endings),
        (turns, isFar, ending) => {
          const kept = played(turns, isFar, ending);
          const said = (fromClient: boolean): number[] =>
            turns.filter((each) => each.fromClient === fromClient).flatMap((each) => [...each.bytes]);
          const found = streams(kept);
          expect([...found.client]).toEqual(said(true));
          expect([...found.server]).toEqual(said(false));
          const times = kept.frames.map((frame) => frame.timeNs);
          expect(times).toEqual([...times].sort((a, b) => a - b));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("acknowledges every octet before it ends", () => {
    const bytes = new Uint8Array(300_000);
    for (const isFar of [false, true]) {
      const { frames } = played([{ fromClient: true, bytes, waitNs: 0 }], isFar, "client");
      const last = packetOf(frames.at(-2)?.bytes ?? new Uint8Array(64));
      const first = packetOf(frames[0]?.bytes ?? new Uint8Array(64));
      if (last === null || first === null) throw new Error("no packets");
      const at = (segment: Uint8Array, offset: number): number =>
        new DataView(segment.buffer, segment.byteOffset).getUint32(offset);
      expect((at(last.segment, 8) - at(first.segment, 4)) >>> 0).toBe(bytes.length + 2);
    }
  });

  it("is over after a refusal", () => {
    const kept = played([], false, "refused");
    expect(kept.frames.length).toBe(2);
  });
});
