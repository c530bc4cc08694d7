import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { sealedCalls } from "../../scenario/moves.ts";
import { EVENT_SERVICE } from "../../speak/dcerpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const eventLogClear: Technique = {
  name: "event-log-clear",
  shows: "A log of the backup server is cleared through the event service, sealed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "tampering",
      attack: ["T1070.001"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Cleared a log of the backup server",
      detections: ["BT-TI-032"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.backup,
      how: { user: ACCOUNTS.backupAdmin.user, witness: step },
      shows: step,
    };
    sealedCalls(stage, 1e9, move, EVENT_SERVICE, 49_664, [
      [4, 40, 24],
      [6, 96, 16],
      [13, 20, 24],
    ]);
  },
};
