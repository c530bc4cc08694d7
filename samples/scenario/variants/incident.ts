import { at } from "../clock.ts";
import { fortnight } from "../background/fortnight.ts";
import { jobStarts } from "../background/backup-nights.ts";
import { beacon, lookAround, openLure } from "../intrusion/foothold.ts";
import { destroyBackups, exfiltrate } from "../intrusion/impact.ts";
import {
  backupServerAsClient,
  guessPassword,
  stealSecrets,
  toBackupServer,
  toFileServer,
  toJumpHost,
} from "../intrusion/movement.ts";
import type { Scenario } from "./scenario.ts";

/** Two quiet weeks, then on Monday and Tuesday the way from a phishing mail to deleted backups. */
export const incident: Scenario = {
  name: "incident",
  about: "Two weeks of backup nights and office days, then an intrusion that ends with stolen and deleted backups.",
  play(stage, scale) {
    fortnight(stage, scale, 15, 16);
    openLure(stage, at(14, "09:14:20"), 2 * scale.programOctets);
    beacon(stage, at(14, "09:16:05"), at(15, "20:50"), scale.beaconMinutes);
    lookAround(stage, at(14, "10:42:10"));
    guessPassword(stage, at(14, "13:07:30"));
    toFileServer(stage, at(14, "18:52:15"), scale.programOctets);
    stealSecrets(stage, at(15, "10:21:40"));
    toJumpHost(stage, at(15, "18:40:25"));
    toBackupServer(stage, scale, at(15, "18:55:10"));
    exfiltrate(stage, scale, at(15, "19:31:05"), 14);
    backupServerAsClient(stage, at(15, "20:12:45"));
    destroyBackups(stage, at(15, "20:41:30"), 14, 10);
    stage.timeline.follow([{ atNs: at(15, "22:00:20"), begin: () => jobStarts(stage, at(15, "22:00:20"), 15) }]);
  },
};
