import { ACCOUNTS } from "../../estate/company.ts";
import { fortnight } from "../background/fortnight.ts";
import { at } from "../clock.ts";
import { emptyNight, playChain } from "../intrusion/chain.ts";
import { twoDays } from "./incident.ts";
import type { Scenario } from "./scenario.ts";

/** The same intrusion with the backup service's own account on the backup server and the repository. */
export const backupAccount: Scenario = {
  name: "backup-account",
  about: "The incident with the backup service's own account, which deletes old restore points every night.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    playChain(stage, scale, { ...twoDays(scale), user: ACCOUNTS.backupService.user });
    emptyNight(stage, 15, at(15, "22:00:20"));
  },
};
