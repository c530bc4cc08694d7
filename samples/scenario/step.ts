import type { FiveTuple, Witness } from "../wire/frame-sink.ts";

/** What the author of a scenario says of one step. */
export interface StepFields {
  readonly id: string;
  /** Phase, with the names of the detection catalogue; "background" for what only looks like an attack. */
  readonly phase: string;
  readonly attack: readonly string[];
  readonly source: string;
  readonly target: string;
  readonly account: string | null;
  readonly what: string;
  /** Detections that ought to find it. */
  readonly detections: readonly string[];
  /** Detections that must not take it for an attack. */
  readonly mustNotBe?: readonly string[];
}

const MOST_KEY_FRAMES = 40;
const MOST_CONNECTIONS = 40;

/** One connection as the truth file lists it. */
export interface WitnessedConnection extends FiveTuple {
  firstFrame: number;
  lastFrame: number;
  frames: number;
  firstNs: number;
  lastNs: number;
}

/** A step of the story, with what the capture shows of it. */
export class Step implements Witness {
  readonly fields: StepFields;
  readonly keyFrames: number[] = [];
  readonly connections: WitnessedConnection[] = [];
  /** Connections beyond the first forty are counted only. */
  moreConnections = 0;
  frames = 0;
  firstNs = -1;
  lastNs = -1;
  readonly #open = new Map<string, WitnessedConnection | null>();

  constructor(fields: StepFields) {
    this.fields = fields;
  }

  saw(frame: number, timeNs: number, tuple: FiveTuple, isKey: boolean): void {
    if (isKey && this.keyFrames.at(-1) !== frame && this.keyFrames.length < MOST_KEY_FRAMES) this.keyFrames.push(frame);
    this.frames++;
    if (this.firstNs < 0) this.firstNs = timeNs;
    this.lastNs = timeNs;
    const key = `${tuple.protocol} ${tuple.client} ${tuple.clientPort} ${tuple.server} ${tuple.serverPort}`;
    const known = this.#open.get(key);
    if (known === null) return;
    if (known !== undefined) {
      known.lastFrame = frame;
      known.lastNs = timeNs;
      known.frames++;
      return;
    }
    if (this.connections.length >= MOST_CONNECTIONS) {
      this.#open.set(key, null);
      this.moreConnections++;
      return;
    }
    const seen = { ...tuple, firstFrame: frame, lastFrame: frame, frames: 1, firstNs: timeNs, lastNs: timeNs };
    this.connections.push(seen);
    this.#open.set(key, seen);
  }
}
