import { readFramesAt } from "../../capture/frame-source.ts";
import type { Case } from "../../case/case.ts";
import type { EvidenceRow } from "../../report/model.ts";
import { evidenceRows } from "../evidence-rows.ts";
import { storyOf } from "../story-of.ts";

/** What reading the findings' frames again showed. */
export interface FramesCheck {
  readonly findings: number;
  readonly records: number;
  readonly frames: number;
  /** Records whose frame is not what they say, each a sentence; the first of them. */
  readonly wrong: readonly string[];
  readonly wrongCount: number;
}

const SENTENCES = 20;

/**
 * Reads the first frame of the records behind every finding again out of the captures: it must lie where the evidence
 * table says and bear the time that the packet index has for it, which for a record's first frame is not after the record.
 */
export async function checkFrames(source: Case): Promise<FramesCheck> {
  const { findings } = await storyOf(source);
  const { rows } = await evidenceRows(source, findings);
  const index = await source.packetIndex();
  const wrong: string[] = [];
  let wrongCount = 0;
  const say = (sentence: string) => {
    wrongCount++;
    if (wrong.length < SENTENCES) wrong.push(sentence);
  };
  let frames = 0;
  for (const [capture, wanted] of byCapture(rows)) {
    const numbers = [...new Set(wanted.map(({ frame }) => frame))].sort((a, b) => a - b);
    const located = index.locate(capture, numbers);
    const at = new Map(Array.from(located.frames, (frame, i) => [frame, i]));
    for (const { finding, rid, frame, fileOffset } of wanted) {
      const i = at.get(frame);
      if (i === undefined) say(`${finding}, record ${rid}: the index has no frame ${frame} of capture ${capture}.`);
      else if (fileOffset !== null && fileOffset !== located.offsets[i])
        say(`${finding}, record ${rid}: frame ${frame} lies at ${located.offsets[i]!}, not at ${fileOffset}.`);
    }
    const entry = source.ledger.get(capture);
    if (entry === undefined) {
      say(`Capture ${capture} is not in the ledger.`);
      continue;
    }
    const places = Array.from(located.frames, (_, i) => ({ offset: located.offsets[i]!, octets: located.lengths[i]! }));
    try {
      await readFramesAt(source.ledger.locate(entry), places, (i, octets) => {
        frames++;
        if (octets.length !== places[i]!.octets) say(`Frame ${located.frames[i]!} of capture ${capture} is cut short.`);
      });
    } catch (error) {
      say(`Capture ${capture}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { findings: findings.length, records: rows.length, frames, wrong, wrongCount };
}

function byCapture(rows: readonly EvidenceRow[]): Map<number, EvidenceRow[]> {
  const captures = new Map<number, EvidenceRow[]>();
  for (const row of rows) captures.set(row.capture, [...(captures.get(row.capture) ?? []), row]);
  return captures;
}
