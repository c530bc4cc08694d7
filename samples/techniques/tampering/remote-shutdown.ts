import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { sealedCalls } from "../../scenario/moves.ts";
import { WINDOWS_SHUTDOWN } from "../../speak/dcerpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const remoteShutdown: Technique = {
  name: "remote-shutdown",
  shows: "The backup server is told to restart, sealed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "tampering",
      attack: ["T1529"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Told the backup server to restart",
      detections: ["BT-TI-034"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.backup,
      how: { user: ACCOUNTS.backupAdmin.user, witness: step },
      shows: step,
    };
    sealedCalls(stage, 1e9, move, WINDOWS_SHUTDOWN, 49_665, [[0, 120, 4]]);
  },
};
