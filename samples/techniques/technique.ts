import type { Stage } from "../scenario/stage.ts";

/** A small capture that shows one thing. */
export interface Technique {
  /** Name of the capture without its suffix. */
  readonly name: string;
  /** One sentence: what is seen. */
  readonly shows: string;
  /** False for something harmless that looks alike. */
  readonly isAttack: boolean;
  /** Puts it on the stage; the first frame is about a second after scenario time 0. */
  play(stage: Stage): void;
}
