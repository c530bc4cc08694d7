import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { runThroughWmi, writeProgram } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const adminShareWrite: Technique = {
  name: "admin-share-write",
  shows: "A program is written to C$ and run through WMI a minute later.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "lateral-movement",
      attack: ["T1021.002", "T1570", "T1047"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Wrote boxsync.exe to C$\\Windows\\Temp and ran a command through WMI",
      detections: ["BT-LM-004", "BT-LM-007"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.backup,
      how: { user: ACCOUNTS.backupAdmin.user, witness: step },
      shows: step,
    };
    writeProgram(stage, 1e9, move, "C$", "Windows\\Temp\\boxsync.exe", 24_000);
    runThroughWmi(stage, 61e9, move);
  },
};
