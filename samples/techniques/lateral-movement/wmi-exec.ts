import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { runThroughWmi } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const wmiExec: Technique = {
  name: "wmi-exec",
  shows:
    "Commands are run through WMI at packet privacy: activation, log-on to the name space, two sealed ExecMethod calls.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "lateral-movement",
      attack: ["T1047", "T1021.003"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Ran two commands on the backup server through WMI",
      detections: ["BT-LM-007"],
    });
    runThroughWmi(
      stage,
      1e9,
      { from: STRANGER, to: HOSTS.backup, how: { user: ACCOUNTS.backupAdmin.user, witness: step }, shows: step },
      "ntlm",
      2,
    );
  },
};
