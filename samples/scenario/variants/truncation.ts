import { fortnight } from "../background/fortnight.ts";
import { at } from "../clock.ts";
import { emptyNight, playChain } from "../intrusion/chain.ts";
import { twoDays } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** The same intrusion, but the restore points stay, empty. */
export const truncation: Scenario = {
  name: "truncation",
  about: "The incident that ends with restore points cut to nothing instead of deleted.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    playChain(stage, scale, { ...twoDays(scale), impact: "truncation" });
    emptyNight(stage, 15, at(15, "22:00:20"));
  },
};
