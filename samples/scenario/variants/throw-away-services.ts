import { fortnight } from "../background/fortnight.ts";
import { at } from "../clock.ts";
import { emptyNight, playChain } from "../intrusion/chain.ts";
import { twoDays } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** The same intrusion by services that live for one command. */
export const throwAwayServices: Scenario = {
  name: "throw-away-services",
  about: "The incident with every hop by throw-away services that run one command each.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    playChain(stage, scale, {
      ...twoDays(scale),
      hops: { fileServer: "shell", jumpHost: "shell", backupServer: "shell" },
    });
    emptyNight(stage, 15, at(15, "22:00:20"));
  },
};
