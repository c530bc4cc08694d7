import { fortnight } from "../background/fortnight.ts";
import { at } from "../clock.ts";
import { emptyNight, playChain } from "../intrusion/chain.ts";
import { twoDays } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** The same intrusion by scheduled tasks. */
export const byTasks: Scenario = {
  name: "by-tasks",
  about: "The incident with every hop as a scheduled task.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    playChain(stage, scale, {
      ...twoDays(scale),
      hops: { fileServer: "task", jumpHost: "task", backupServer: "task" },
    });
    emptyNight(stage, 15, at(15, "22:00:20"));
  },
};
