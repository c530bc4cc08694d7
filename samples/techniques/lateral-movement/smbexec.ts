import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { runThroughShell } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const smbexec: Technique = {
  name: "smbexec",
  shows:
    "Three throw-away services run one command each through the command interpreter; the output is read from a share.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.files, {
      phase: "lateral-movement",
      attack: ["T1021.002", "T1569.002"],
      account: ACCOUNTS.helpdesk.user,
      what: "Created, started and deleted three services that run commands through cmd.exe",
      detections: ["BT-LM-003", "BT-LM-001"],
    });
    const how = { user: ACCOUNTS.helpdesk.user, witness: step };
    const commands = ["whoami", "ipconfig /all", "net group /domain"];
    runThroughShell(stage, 1e9, { from: STRANGER, to: HOSTS.files, how, shows: step }, commands);
  },
};
