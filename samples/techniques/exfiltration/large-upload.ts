import { HOSTS, OUTSIDE } from "../../estate/company.ts";
import { at } from "../../scenario/clock.ts";
import { browse } from "../../scenario/daily.ts";
import { sendOut } from "../../scenario/intrusion/impact.ts";
import { onlyStep, type Technique } from "../technique.ts";

export const largeUpload: Technique = {
  name: "large-upload",
  shows: "Eight days of small requests to an update service, then 1.2 MB sent to an address never seen before.",
  isAttack: true,
  play(stage) {
    const { backup } = HOSTS;
    const step = onlyStep(stage, backup, OUTSIDE.drop, {
      phase: "exfiltration",
      attack: ["T1567", "T1048"],
      account: null,
      what: "Sent 1,200,000 octets over TLS to an address never seen before",
      detections: ["BT-EX-007", "BT-EX-009", "BT-C2-010"],
    });
    for (let day = 0; day < 8; day++) browse(stage, at(day, "06:30"), backup, OUTSIDE.backupVendor, 1_500);
    sendOut(stage, at(8, "19:40"), backup, 1_200_000, step);
  },
};
