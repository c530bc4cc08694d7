import type { Scale } from "../scale.ts";
import type { Stage } from "../stage.ts";

/** One story, told at any size. */
export interface Scenario {
  readonly name: string;
  /** One sentence for `--help` and the capture's comment. */
  readonly about: string;
  play(stage: Stage, scale: Scale): void;
}
