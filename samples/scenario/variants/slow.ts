import { ACCOUNTS } from "../../estate/company.ts";
import { fortnight } from "../background/fortnight.ts";
import { at, MINUTE } from "../clock.ts";
import { emptyNight, playChain } from "../intrusion/chain.ts";
import { USUAL_WAY } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** An intruder with patience: a step every other day, guesses a quarter of an hour apart, a report every four hours. */
export const slow: Scenario = {
  name: "slow",
  about: "A patient intruder: eleven days from the mail to the backups, guesses 16 minutes apart, rare beacons.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    playChain(stage, scale, {
      lure: at(4, "11:02:20"),
      discovery: at(7, "14:12:10"),
      guessing: at(8, "08:40:30"),
      guessGapNs: 16 * MINUTE,
      fileServer: at(9, "12:33:15"),
      secrets: at(11, "15:20:40"),
      jumpHost: at(14, "16:05:25"),
      backupServer: at(14, "17:22:10"),
      exfiltration: at(15, "12:10:05"),
      hypervisor: at(15, "18:31:45"),
      destruction: at(15, "20:41:30"),
      beaconMinutes: Math.max(240, scale.beaconMinutes),
      user: ACCOUNTS.backupAdmin.user,
      ...USUAL_WAY,
    });
    emptyNight(stage, 15, at(15, "22:00:20"));
  },
};
