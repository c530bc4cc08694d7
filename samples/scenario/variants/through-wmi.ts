import { fortnight } from "../background/fortnight.ts";
import { at } from "../clock.ts";
import { emptyNight, playChain } from "../intrusion/chain.ts";
import { twoDays } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** The same intrusion without a program on any share: WMI all the way. */
export const throughWmi: Scenario = {
  name: "through-wmi",
  about: "The incident with every hop through WMI, sealed.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    playChain(stage, scale, { ...twoDays(scale), hops: { fileServer: "wmi", jumpHost: "wmi", backupServer: "wmi" } });
    emptyNight(stage, 15, at(15, "22:00:20"));
  },
};
