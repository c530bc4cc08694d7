import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openCaptures } from "../core/capture/open.ts";
import { encodeInterface, encodePacket, encodeSection } from "../core/capture/pcapng-encode.ts";
import type { Finding } from "../core/contracts/finding.ts";
import type { AnalysisStatus } from "../core/contracts/recording.ts";
import { LiveAnalysis } from "../core/engine/live/live-analysis.ts";
import { PromptDetections } from "../core/engine/live/prompt-detections.ts";
import { createWorkspace } from "../core/engine/workspace.ts";
import type { KeptSegments } from "../core/record/segment-store.ts";
import { RECORDING_FILES, SegmentStore } from "../core/record/segment-store.ts";
import { scratchFolder } from "./sample-captures.ts";
import { recordTechniques } from "./technique-captures.ts";

/** Runs over all records that a finding has to outlast, beside the one in which it may have been told. */
const RUNS = 1;
const AGAIN_MS = 20;
const ENDINGS = 0x05; // FIN, RST
const ETHERNET = 14;
const BEFORE_NS = 60_000_000_000n;

const scratch = scratchFolder();
afterAll(() => scratch.remove());

interface Packet {
  readonly ts: bigint;
  readonly bytes: Buffer;
}

async function packetsOf(path: string): Promise<Packet[]> {
  const set = await openCaptures([path]);
  const packets: Packet[] = [];
  for (let frames = await set.next(); frames !== null; frames = await set.next()) {
    for (let i = 0; i < frames.count; i++) {
      const at = frames.offset[i]!;
      packets.push({ ts: frames.ts[i]!, bytes: Buffer.from(frames.bytes.slice(at, at + frames.capLen[i]!)) });
    }
    set.release(frames);
  }
  await set.close();
  return packets;
}

/** Ports of a TCP packet, and whether it ends its connection. */
function tcpOf(bytes: Buffer): { readonly ports: string; readonly isEnd: boolean } {
  const tcp = ETHERNET + 4 * (bytes[ETHERNET]! & 0x0f);
  const ports = [bytes.readUInt16BE(tcp), bytes.readUInt16BE(tcp + 2)].sort().join(" ");
  return { ports, isEnd: (bytes[tcp + 13]! & ENDINGS) !== 0 };
}

/** The same packets of another host of the sample's own network, without those from the end of their connection on. */
function unended(packets: readonly Packet[]): Packet[] {
  const over = new Set<string>();
  return packets.flatMap(({ ts, bytes: { length }, bytes }) => {
    const { ports, isEnd } = tcpOf(bytes);
    if (isEnd) over.add(ports);
    if (over.has(ports)) return [];
    const other = Buffer.alloc(length);
    bytes.copy(other);
    for (const side of [ETHERNET + 12, ETHERNET + 16]) if (other[side] === 10) other[side + 3]! += 1;
    return [{ ts, bytes: other }];
  });
}

/** Writes packets as a segment that still grows, as if the last had just come. @returns its name. */
function recordGrowing(folder: string, packets: readonly Packet[]): string {
  const store = SegmentStore.open(folder, "test");
  const blocks = [encodeSection({}), encodeInterface({ linkType: 1, snapLength: 0, name: "eth0" })];
  const shift = BigInt(Date.now()) * 1_000_000n - packets.at(-1)!.ts;
  for (const { ts, bytes } of packets) blocks.push(encodePacket(0, ts + shift, bytes.length, bytes));
  const name = store.nextName(Date.now());
  writeFileSync(join(folder, name), Buffer.concat(blocks));
  store.release();
  return name;
}

interface Followed {
  /** Findings of the detection that were told, withdrawn, and stand at the end. */
  readonly told: number;
  readonly gone: number;
  readonly end: number;
  /** Segments that were held before the end. */
  readonly held: readonly string[];
  readonly segment: string;
}

/** Follows a recording until so many findings of a detection have outlasted a run over all records. */
async function follow(
  name: string,
  packets: readonly Packet[],
  detection: string,
  expected: number,
): Promise<Followed> {
  const count = (findings: readonly Finding[]) => findings.filter((each) => each.detection === detection).length;
  const target = await createWorkspace(join(scratch.path, name));
  const folder = join(target.folder, RECORDING_FILES.folder);
  const segment = recordGrowing(folder, packets);
  const told: Finding[] = [];
  const gone: Finding[] = [];
  let held: readonly string[] = [];
  const ended = new AbortController();
  let lastRun: string | null = null;
  let runs = 0;
  const events = {
    findings: (found: readonly Finding[]) => told.push(...found),
    withdrawn: (found: readonly Finding[]) => gone.push(...found),
    status: ({ evaluatedAt }: AnalysisStatus) => {
      if (evaluatedAt === lastRun || ended.signal.aborted) return;
      lastRun = evaluatedAt;
      if (count(told) >= expected) runs++;
      if (runs <= RUNS) {
        // Once the run is over, so that the next one comes without a rest.
        setTimeout(() => analysis.again(), AGAIN_MS);
        return;
      }
      held = (JSON.parse(readFileSync(join(folder, RECORDING_FILES.kept), "utf8")) as KeptSegments).held;
      ended.abort();
    },
  };
  const options = { workers: 1, intervalMs: 10, shedOctets: Infinity, settleMs: 0 };
  const analysis = new LiveAnalysis(target, options, events, await PromptDetections.make(target));
  const story = await analysis.follow(ended.signal);
  target.close();
  return { told: count(told), gone: count(gone), end: count(story.findings), held, segment };
}

it("tells once what connections show that stay open, and holds their segment", async () => {
  await recordTechniques(scratch.path, ["bare-shell"]);
  const packets = await packetsOf(join(scratch.path, "bare-shell.pcapng"));
  const before = packets.map(({ ts, bytes }) => ({ ts: ts - BEFORE_NS, bytes }));
  const { held, segment, ...counts } = await follow("shell", [...before, ...unended(packets)], "BT-C2-008", 4);
  expect(counts).toEqual({ told: 4, gone: 0, end: 4 });
  expect(held).toEqual([segment]);
});
