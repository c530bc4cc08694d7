import { ACCOUNTS, HOSTS, PORTS } from "../../estate/company.ts";
import { moverStream } from "../../scenario/bulk.ts";
import { at } from "../../scenario/clock.ts";
import { controlSession } from "../../scenario/daily.ts";
import { guestProcessing } from "../../scenario/guest-processing.ts";
import { onlyStep, type Technique } from "../technique.ts";

export const veeamGuestProcessing: Technique = {
  name: "veeam-guest-processing",
  shows:
    "On two nights the backup server writes a helper to ADMIN$, starts it as a service, uses WMI and takes it away again.",
  isAttack: false,
  play(stage) {
    const { backup, proxy, app } = HOSTS;
    const step = onlyStep(stage, backup, app, {
      phase: "background",
      attack: [],
      account: ACCOUNTS.backupService.user,
      what: "Guest processing of a backup job: helper program, service, WMI, then the data",
      detections: [],
      mustNotBe: ["BT-LM-001", "BT-LM-004", "BT-LM-007"],
    });
    for (const day of [0, 1]) {
      const start = at(day, "22:04");
      controlSession(stage, start, backup, proxy, PORTS.transport, 2);
      controlSession(stage, start + 5e9, backup, app, PORTS.agent, 2);
      guestProcessing(stage, start + 20e9, app, 4_000, step);
      const random = stage.random.fork(`data ${day}`);
      stage.tcp(start + 60e9, app, proxy, PORTS.dataFirst + day, moverStream(random, 6_000, true));
    }
  },
};
