import { fortnight } from "../background/fortnight.ts";
import { at } from "../clock.ts";
import { emptyNight, playChain } from "../intrusion/chain.ts";
import { twoDays } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** The same intrusion through WinRM, whose bodies are sealed. */
export const throughWinrm: Scenario = {
  name: "through-winrm",
  about: "The incident with every hop through WinRM, in sealed bodies.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    playChain(stage, scale, {
      ...twoDays(scale),
      hops: { fileServer: "winrm", jumpHost: "winrm", backupServer: "winrm" },
    });
    emptyNight(stage, 15, at(15, "22:00:20"));
  },
};
