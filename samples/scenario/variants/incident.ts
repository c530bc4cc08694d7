import { ACCOUNTS } from "../../estate/company.ts";
import { fortnight } from "../background/fortnight.ts";
import { at, SECOND } from "../clock.ts";
import { emptyNight, playChain, type Chain } from "../intrusion/chain.ts";
import type { Scale } from "../scale.ts";
import type { Scenario } from "./scenario.ts";

/** The way of the sample incident, of which the variants change a part. */
export const USUAL_WAY: Pick<Chain, "hops" | "theft" | "impact"> = {
  hops: { fileServer: "service", jumpHost: "task", backupServer: "wmi" },
  theft: "tls",
  impact: "deletion",
};

/** Two working days: Monday from the mail to the file server, Tuesday evening to the backups. */
export function twoDays(scale: Scale): Chain {
  return {
    lure: at(14, "09:14:20"),
    discovery: at(14, "10:42:10"),
    guessing: at(14, "13:07:30"),
    guessGapNs: 18 * SECOND,
    fileServer: at(14, "18:52:15"),
    secrets: at(15, "10:21:40"),
    jumpHost: at(15, "18:40:25"),
    backupServer: at(15, "18:55:10"),
    exfiltration: at(15, "19:31:05"),
    hypervisor: at(15, "20:12:45"),
    destruction: at(15, "20:41:30"),
    beaconMinutes: scale.beaconMinutes,
    user: ACCOUNTS.backupAdmin.user,
    ...USUAL_WAY,
  };
}

/** Two quiet weeks, then on Monday and Tuesday the way from a phishing mail to deleted backups. */
export const incident: Scenario = {
  name: "incident",
  about: "Two weeks of backup nights and office days, then an intrusion that ends with stolen and deleted backups.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    playChain(stage, scale, twoDays(scale));
    emptyNight(stage, 15, at(15, "22:00:20"));
  },
};
