import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { at } from "../../scenario/clock.ts";
import { backupConsole, remoteDesktop } from "../../scenario/daily.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const newAdminProtocol: Technique = {
  name: "new-admin-protocol",
  shows:
    "Nine days of administration from the console machine, then a remote desktop on the backup server from a workstation.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "admin-access",
      attack: ["T1021.001"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Opened a remote desktop on the backup server from a workstation for the first time",
      detections: ["BT-BL-002", "BT-LM-010", "BT-LM-022"],
    });
    for (let day = 0; day < 9; day++) {
      backupConsole(stage, at(day, "08:30"), 2);
      if (day % 4 === 1)
        remoteDesktop(stage, at(day, "09:10"), HOSTS.admin, HOSTS.backup, ACCOUNTS.backupAdmin.user, 5, 3);
    }
    remoteDesktop(stage, at(9, "19:45"), STRANGER, HOSTS.backup, ACCOUNTS.backupAdmin.user, 5, 6, { witness: step });
  },
};
