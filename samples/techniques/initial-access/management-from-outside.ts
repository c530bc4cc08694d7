import { HOSTS, OUTSIDE, PORTS } from "../../estate/company.ts";
import { controlSession } from "../../scenario/daily.ts";
import { TOOL } from "../../speak/tls-hello.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const managementFromOutside: Technique = {
  name: "management-from-outside",
  shows: "An address outside opens the console's port on the backup server.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, OUTSIDE.control, HOSTS.backup, {
      phase: "initial-access",
      attack: ["T1133", "T1190"],
      account: null,
      what: "Opened a session with the console port of the backup server from outside",
      detections: ["BT-IA-023"],
    });
    controlSession(stage, 1e9, STRANGER, HOSTS.intranet, 443, 1);
    controlSession(stage, 5e9, OUTSIDE.control, HOSTS.backup, PORTS.console, 5, { witness: step }, TOOL);
  },
};
