import { fortnight } from "../background/fortnight.ts";
import type { Scenario } from "./scenario.ts";

/** The same two weeks and a half without an intruder: nothing here is an attack. */
export const quiet: Scenario = {
  name: "quiet",
  about: "Two weeks of backup nights and office days with a restore drill, and no attack at all.",
  play(stage, scale) {
    fortnight(stage, scale, 16, 16);
  },
};
