import { fortnight } from "../background/fortnight.ts";
import { at } from "../clock.ts";
import { emptyNight, playChain } from "../intrusion/chain.ts";
import { twoDays } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** The same intrusion, but what is stolen leaves through SSH. */
export const outThroughSsh: Scenario = {
  name: "out-through-ssh",
  about: "The incident with the stolen backups sent through SSH.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    playChain(stage, scale, { ...twoDays(scale), theft: "ssh" });
    emptyNight(stage, 15, at(15, "22:00:20"));
  },
};
