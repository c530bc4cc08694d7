import { fortnight } from "../background/fortnight.ts";
import { at } from "../clock.ts";
import { playChain } from "../intrusion/chain.ts";
import { twoDays } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** The same intrusion, but the backups are stolen and deleted while the nightly job runs. */
export const jobWindow: Scenario = {
  name: "job-window",
  about: "The incident with theft and deletion in the middle of the nightly backup window.",
  play(stage, scale) {
    fortnight(stage, scale, 16, 16);
    playChain(stage, scale, {
      ...twoDays(scale),
      jumpHost: at(15, "21:48:25"),
      backupServer: at(15, "21:58:10"),
      exfiltration: at(15, "22:12:05"),
      hypervisor: at(15, "22:49:45"),
      destruction: at(15, "23:04:30"),
    });
  },
};
