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

const SAMPLE = "bare-shell";
const BARE_SHELL = "BT-C2-008";
/** Runs over all records that a finding has to outlast. */
const RUNS = 2;
const ENDINGS = 0x05; // FIN, RST
const ETHERNET = 14;
/** First octet of the sample's own network. */
const INSIDE = 10;
const BEFORE_NS = 60_000_000_000n;

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/**
 * Writes the sample as a segment that still grows, as if it had just come: once whole, and once more, of another host, up to where its
 * connections end. @returns its name.
 */
async function recordOpen(folder: string): Promise<string> {
  await recordTechniques(scratch.path, [SAMPLE]);
  const set = await openCaptures([join(scratch.path, `${SAMPLE}.pcapng`)]);
  const frames = (await set.next())!;
  const store = SegmentStore.open(folder, "test");
  const blocks = [encodeSection({}), encodeInterface({ linkType: 1, snapLength: 0, name: "eth0" })];
  const now = BigInt(Date.now()) * 1_000_000n;
  for (const isOpen of [false, true]) {
    const over = new Set<string>();
    const shift = now - frames.ts[frames.count - 1]! - (isOpen ? 0n : BEFORE_NS);
    for (let i = 0; i < frames.count; i++) {
      const at = frames.offset[i]!;
      const bytes = Buffer.from(frames.bytes.slice(at, at + frames.capLen[i]!));
      const tcp = ETHERNET + 4 * (bytes[ETHERNET]! & 0x0f);
      const ports = [bytes.readUInt16BE(tcp), bytes.readUInt16BE(tcp + 2)].sort().join();
      if ((bytes[tcp + 13]! & ENDINGS) !== 0) over.add(ports);
      if (isOpen && over.has(ports)) continue;
      if (isOpen) for (const side of [ETHERNET + 12, ETHERNET + 16]) if (bytes[side] === INSIDE) bytes[side + 3]! += 1;
      blocks.push(encodePacket(0, frames.ts[i]! + shift, frames.wireLen[i]!, bytes));
    }
  }
  await set.close();
  const name = store.nextName(Date.now());
  writeFileSync(join(folder, name), Buffer.concat(blocks));
  store.release();
  return name;
}

it("tells once what connections show that stay open, and holds their segment", async () => {
  const target = await createWorkspace(join(scratch.path, "open"));
  const segment = await recordOpen(join(target.folder, RECORDING_FILES.folder));
  const told: Finding[] = [];
  const gone: Finding[] = [];
  const ended = new AbortController();
  let runs = 0;
  let lastRun: string | null = null;
  const events = {
    findings: (found: readonly Finding[]) => told.push(...found),
    withdrawn: (found: readonly Finding[]) => gone.push(...found),
    status: ({ evaluatedAt }: AnalysisStatus) => {
      if (evaluatedAt === lastRun) return;
      lastRun = evaluatedAt;
      if (told.some(({ detection }) => detection === BARE_SHELL)) runs++;
      if (runs > RUNS) ended.abort();
      else analysis.again();
    },
  };
  const options = { workers: 1, intervalMs: 10, shedOctets: Infinity, settleMs: 0 };
  const analysis = new LiveAnalysis(target, options, events, await PromptDetections.make(target));
  const kept: KeptSegments[] = [];
  ended.signal.addEventListener("abort", () =>
    kept.push(JSON.parse(readFileSync(join(target.folder, RECORDING_FILES.folder, RECORDING_FILES.kept), "utf8"))),
  );
  const story = await analysis.follow(ended.signal);
  const shells = (findings: readonly Finding[]) => findings.filter(({ detection }) => detection === BARE_SHELL).length;
  expect({ told: shells(told), gone: gone.map(({ detection }) => detection), end: shells(story.findings) }).toEqual({
    told: 4,
    gone: [],
    end: 4,
  });
  expect(kept[0]!.held).toEqual([segment]);
  target.close();
});
