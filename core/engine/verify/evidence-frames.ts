import { existsSync } from "node:fs";
import { readFramesAt } from "../../capture/frame-source.ts";
import type { Case } from "../../case/case.ts";
import { chooseFrames } from "../../case/carve-selection.ts";
import type { LocatedFrames } from "../../case/packet-index.ts";
import { DeletedSegments } from "../../case/deleted-segments.ts";
import { placesOfRecords } from "../../case/query.ts";
import { uidOf } from "../../net/uid.ts";
import { storyOf } from "../story-of.ts";

/** What reading the findings' frames again showed. */
export interface FramesCheck {
  readonly findings: number;
  readonly records: number;
  readonly frames: number;
  /** Of segments that the ring of the recording deleted: they cannot be read any more. */
  readonly deleted: number;
  /** Records whose frame is not what they say, each a sentence; the first of them. */
  readonly wrong: readonly string[];
  readonly wrongCount: number;
}

const SENTENCES = 20;

/**
 * Reads the first and last frame of every record that findings list again out of the captures, and with `whole` every frame of theirs: each must
 * be where the packet index has it, and a record's first frame must not be later than the record.
 */
export async function checkFrames(source: Case, whole: boolean): Promise<FramesCheck> {
  const { findings } = await storyOf(source);
  const index = await source.packetIndex();
  const told = new Sentences();
  const rids = [...new Set(findings.flatMap(({ records }) => records))];
  const places = await placesOfRecords(source.store, rids);
  const found = new Set(places.map(({ rid }) => rid));
  for (const { id, records } of findings)
    for (const rid of records) if (!found.has(rid)) told.say(`${id}: the case has no record ${rid}.`);
  const wanted = new Map<number, Set<number>>();
  const want = (capture: number, frame: number) => {
    const frames = wanted.get(capture) ?? new Set();
    wanted.set(capture, frames.add(frame));
  };
  for (const { capture, frame, lastCapture, lastFrame } of places) {
    want(capture, frame);
    want(lastCapture, lastFrame);
  }
  for (const finding of whole ? findings : []) {
    const chosen = await chooseFrames(source, { kind: "finding", finding, whole: false }, uidOf);
    for (const { capture, frames } of chosen.captures) for (const frame of frames) want(capture, frame);
  }
  let frames = 0;
  let deleted = 0;
  const ring = new DeletedSegments(source.journal.entries);
  for (const [capture, numbers] of wanted) {
    const located = index.locate(capture, numbers);
    const at = new Map(Array.from(located.frames, (frame, i) => [frame, i]));
    for (const frame of numbers) if (!at.has(frame)) told.say(`The index has no frame ${frame} of capture ${capture}.`);
    for (const place of places) {
      const i = place.capture === capture ? at.get(place.frame) : undefined;
      if (i !== undefined && located.times[i]! > place.ts)
        told.say(`Record ${place.rid}: its first frame, ${place.frame}, is later than the record.`);
    }
    const entry = source.ledger.get(capture);
    if (entry !== undefined && !existsSync(source.ledger.locate(entry)) && ring.reason(entry) !== null)
      deleted += located.frames.length;
    else frames += await readAll(source, located, told);
  }
  const { sentences: wrong, count: wrongCount } = told;
  return { findings: findings.length, records: places.length, frames, deleted, wrong, wrongCount };
}

/** Reads frames out of their capture. @returns how many. */
async function readAll(source: Case, located: LocatedFrames, told: Sentences): Promise<number> {
  const { capture } = located;
  const entry = source.ledger.get(capture);
  if (entry === undefined) {
    told.say(`Capture ${capture} is not in the ledger.`);
    return 0;
  }
  const places = Array.from(located.frames, (_, i) => ({ offset: located.offsets[i]!, octets: located.lengths[i]! }));
  let frames = 0;
  try {
    await readFramesAt(source.ledger.locate(entry), places, (i, octets) => {
      frames++;
      if (octets.length !== places[i]!.octets)
        told.say(`Frame ${located.frames[i]!} of capture ${capture} is cut short.`);
    });
  } catch (error) {
    told.say(`Capture ${capture}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return frames;
}

/** The first sentences of many, and how many there were. */
class Sentences {
  readonly sentences: string[] = [];
  count = 0;

  say(sentence: string): void {
    this.count++;
    if (this.sentences.length < SENTENCES) this.sentences.push(sentence);
  }
}
