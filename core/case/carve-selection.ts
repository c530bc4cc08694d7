import type { Finding } from "../contracts/finding.ts";
import { greatest } from "../contracts/greatest.ts";
import { addTo, groupBy } from "../contracts/grouping.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { Case } from "./case.ts";
import type { FilterTimes } from "./filter/values.ts";
import type { FrameSpan, LocatedFrames, PacketIndex } from "./packet-index.ts";
import type { RecordPlace } from "./query.ts";
import { placesOfFilter, placesOfRecords } from "./query.ts";

/** Which packets to take out of the evidence. */
export type CarveSelection =
  /** All packets of a connection. */
  | { readonly kind: "session"; readonly uid: string }
  /** The packets of a finding's records, or with `whole` of the connections they belong to. */
  | { readonly kind: "finding"; readonly finding: Finding; readonly whole: boolean }
  /** The packets of the records that a filter fits, or of their connections. */
  | { readonly kind: "filter"; readonly text: string; readonly times: FilterTimes; readonly whole: boolean };

/** Frames to carve and what to say about them. */
export interface ChosenFrames {
  /** By capture number; each frame once. */
  readonly captures: readonly LocatedFrames[];
  /** Comments for the file, each a sentence or a line. */
  readonly comments: readonly string[];
  /** Comments of frames, by `frameName`. */
  readonly frameComments: ReadonlyMap<string, readonly string[]>;
  /** What was asked for, for the journal. */
  readonly what: string;
}

export function frameName(capture: number, frame: number): string {
  return `${capture}:${frame}`;
}

/**
 * Finds the frames of a selection.
 * @param uidOf Identifier of the connection with a session key.
 * @throws BacktrailError `no-packets` when nothing fits.
 */
export async function chooseFrames(
  source: Case,
  selection: CarveSelection,
  uidOf: (key: number) => string,
): Promise<ChosenFrames> {
  const index = await source.packetIndex();
  const places = await placesOf(source, selection);
  if (places.length === 0) throw nothing(selection);
  const isWhole = selection.kind === "session" || selection.whole;
  const chosen = new Map<number, Set<number>>();
  const add = (capture: number, frame: number): void => {
    const frames = chosen.get(capture);
    if (frames === undefined) chosen.set(capture, new Set([frame]));
    else frames.add(frame);
  };
  const connections = groupBy(places, ({ uid }) => uid);
  const keys = await keysOf(source, index, connections, uidOf);
  const take = (parts: readonly LocatedFrames[], isWanted: (ordinal: number) => boolean): void => {
    for (const { capture, count, frames, ordinals } of parts) {
      for (let i = 0; i < count; i++) if (isWanted(ordinals[i]!)) add(capture, frames[i]!);
    }
  };
  if (isWhole) {
    for (const run of new Set(keys.map((known) => known.run))) {
      const ofRun = keys.filter((known) => known.run === run);
      const lastRun = greatest(ofRun.map((known) => known.lastRun));
      // One connection is looked for where it can be; of many, all at once.
      take(
        index.framesOf(
          run,
          ofRun.map(({ key }) => key),
          ofRun.length === 1 ? ofRun[0]!.span : undefined,
          lastRun,
        ),
        () => true,
      );
    }
  } else {
    const ordinals = ordinalsOf(index, places);
    for (const { uid, run, lastRun, key, span } of keys) {
      const spans = connections.get(uid)!.map((record) => ({
        first: ordinals.get(frameName(record.capture, record.frame)) ?? Infinity,
        last: ordinals.get(frameName(record.lastCapture, record.lastFrame)) ?? -1,
      }));
      take(index.framesOf(run, [key], span, lastRun), (ordinal) =>
        spans.some(({ first, last }) => ordinal >= first && ordinal <= last),
      );
    }
  }
  // A record outside of any connection (ARP), or one whose frames the index does not name, still has its own frames.
  for (const record of places) {
    add(record.capture, record.frame);
    add(record.lastCapture, record.lastFrame);
  }
  const captures = [...chosen].sort(([a], [b]) => a - b).map(([capture, frames]) => index.locate(capture, frames));
  if (captures.every(({ count }) => count === 0)) throw nothing(selection);
  return {
    captures: captures.filter(({ count }) => count > 0),
    comments: commentsOf(selection),
    frameComments: selection.kind === "finding" ? findingComments(selection.finding, places) : new Map(),
    what: describe(selection),
  };
}

/**
 * The frames of a connection in reading order, a part at a time.
 * @param most Frames of a part, about.
 * @throws BacktrailError `no-session`; `no-packets` where the index does not know its frames.
 */
export async function* sessionFrames(
  source: Case,
  uid: string,
  uidOf: (key: number) => string,
  most: number,
): AsyncGenerator<readonly LocatedFrames[]> {
  const selection = { kind: "session", uid } as const;
  const index = await source.packetIndex();
  const [known] = await keysOf(
    source,
    index,
    groupBy(await placesOf(source, selection), ({ uid }) => uid),
    uidOf,
  );
  if (known === undefined) throw nothing(selection);
  yield* index.partsOf(known.run, known.key, known.span, known.lastRun, most);
}

async function placesOf(source: Case, selection: CarveSelection): Promise<RecordPlace[]> {
  const { store } = source;
  switch (selection.kind) {
    case "session": {
      const [first] = await placesOfRecords(
        store,
        [`${selection.uid}.0`],
        store.types.filter(({ name }) => name === "conn"),
      );
      if (first !== undefined) return [first];
      throw new BacktrailError(
        "no-session",
        `The case has no connection ${selection.uid}: take the uid from a record (backtrail query --case DIR 'conn.uid').`,
      );
    }
    case "finding":
      return placesOfRecords(store, selection.finding.records);
    case "filter":
      return placesOfFilter(store, selection.text, store.types, selection.times);
    default:
      return selection satisfies never;
  }
}

interface KnownSession {
  readonly uid: string;
  readonly run: number;
  readonly lastRun: number;
  readonly key: number;
  readonly span: FrameSpan | undefined;
}

/** Session keys of connections, as far as the index knows them, and where their frames can be at most. */
async function keysOf(
  source: Case,
  index: PacketIndex,
  connections: ReadonlyMap<string, readonly RecordPlace[]>,
  uidOf: (key: number) => string,
): Promise<KnownSession[]> {
  const conn = source.store.types.filter(({ name }) => name === "conn");
  const rids = [...connections.keys()].map((uid) => `${uid}.0`);
  const conns = new Map((await placesOfRecords(source.store, rids, conn)).map((place) => [place.uid, place]));
  const sessions: KnownSession[] = [];
  for (const [uid, records] of connections) {
    const whole = conns.get(uid);
    const start = whole ?? records[0]!;
    const key = index.sessionsAt(start.capture, start.frame).find((candidate) => uidOf(candidate) === uid);
    const run = index.runOf(start.capture);
    if (key === undefined || run === undefined) continue;
    const span =
      whole === undefined
        ? undefined
        : {
            from: { capture: whole.capture, frame: whole.frame },
            to: { capture: whole.lastCapture, frame: whole.lastFrame },
          };
    const lastRun = index.runOf((whole ?? records.at(-1)!).lastCapture) ?? run;
    sessions.push({ uid, run, lastRun: Math.max(run, lastRun), key, span });
  }
  return sessions;
}

/** Places in the reading order of the records' first and last frames, by `frameName`. */
function ordinalsOf(index: PacketIndex, places: readonly RecordPlace[]): Map<string, number> {
  const wanted = new Map<number, number[]>();
  for (const { capture, frame, lastCapture, lastFrame } of places) {
    for (const [number, at] of [
      [capture, frame],
      [lastCapture, lastFrame],
    ] as const) {
      const frames = wanted.get(number);
      if (frames === undefined) wanted.set(number, [at]);
      else frames.push(at);
    }
  }
  const ordinals = new Map<string, number>();
  for (const [capture, frames] of wanted) {
    const located = index.locate(capture, frames);
    for (let i = 0; i < located.count; i++) ordinals.set(frameName(capture, located.frames[i]!), located.ordinals[i]!);
  }
  return ordinals;
}

function commentsOf(selection: CarveSelection): string[] {
  switch (selection.kind) {
    case "session":
      return [`Connection ${selection.uid}`];
    case "finding": {
      const { id, detection, title, explanation } = selection.finding;
      return [`Finding ${id} (${detection}): ${title}`, explanation];
    }
    case "filter":
      return [`Filter: ${selection.text}`];
    default:
      return selection satisfies never;
  }
}

function findingComments(finding: Finding, places: readonly RecordPlace[]): Map<string, string[]> {
  const comments = new Map<string, string[]>();
  for (const { capture, frame, rid, table } of places) {
    addTo(comments, frameName(capture, frame), `${finding.id}: ${finding.title} (${table} ${rid})`);
  }
  return comments;
}

function describe(selection: CarveSelection): string {
  switch (selection.kind) {
    case "session":
      return `session ${selection.uid}`;
    case "finding":
      return `finding ${selection.finding.id}${selection.whole ? ", whole connections" : ""}`;
    case "filter":
      return `filter ${selection.text}${selection.whole ? ", whole connections" : ""}`;
    default:
      return selection satisfies never;
  }
}

function nothing(selection: CarveSelection): BacktrailError {
  return new BacktrailError("no-packets", `No packets belong to ${describe(selection)}: nothing was written.`);
}
