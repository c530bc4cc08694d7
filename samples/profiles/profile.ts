import type { Stage } from "../scenario/stage.ts";

/** Traffic for measurements: no story, any size, fast to make. */
export interface Profile {
  readonly name: string;
  readonly about: string;
  /** Puts plans on the stage that end by themselves once about `sizeOctets` are written. */
  play(stage: Stage, sizeOctets: number): void;
}
