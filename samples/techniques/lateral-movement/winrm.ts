import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { runThroughWinrm } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const winrm: Technique = {
  name: "winrm",
  shows: "Commands are run through WinRM: NTLM in the Authorization header, sealed bodies.",
  isAttack: true,
  play(stage) {
    const { user } = ACCOUNTS.backupAdmin;
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "lateral-movement",
      attack: ["T1021.006"],
      account: user,
      what: "Ran commands on the backup server through WinRM",
      detections: ["BT-LM-009"],
    });
    runThroughWinrm(stage, 1e9, { from: STRANGER, to: HOSTS.backup, how: { user, witness: step }, shows: step }, 4);
  },
};
