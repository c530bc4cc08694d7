import { describe, expect, it } from "vitest";
import type { Coverage } from "../contracts/story.ts";
import { coverageFacts } from "./coverage-text.ts";

const coverage = (packets: number): Coverage => ({
  captures: [],
  tsFirst: null,
  tsLast: null,
  packets,
  octets: 0,
  connections: 0,
  gaps: [],
  missedOctets: 0,
  droppedPackets: null,
  duplicatePackets: 0,
  cutPackets: 0,
  oneWayConnections: 0,
  midStreamConnections: 0,
  encryptedShare: 0,
  unknownShare: 0,
  weirds: 0,
  limits: [],
  notEvaluated: [],
});

describe("the coverage statement", () => {
  it("claims no continuous traffic where too few packets show a pace", () => {
    const gaps = (packets: number) => new Map(coverageFacts(coverage(packets))).get("Gaps");
    expect(gaps(3)).toMatch(/^not judged/);
    expect(gaps(1000)).toMatch(/^none/);
  });
});
