import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { deleteThroughWmi } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const shadowCopyDelete: Technique = {
  name: "shadow-copy-delete",
  shows: "Three instances are deleted through WMI at packet privacy, as for shadow copies.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.files, {
      phase: "tampering",
      attack: ["T1490", "T1047"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Deleted three instances on FS01 through WMI",
      detections: ["BT-TI-031"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.files,
      how: { user: ACCOUNTS.backupAdmin.user, witness: step },
      shows: step,
    };
    deleteThroughWmi(stage, 1e9, move, 3);
  },
};
