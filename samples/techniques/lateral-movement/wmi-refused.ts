import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { tryWmi } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const wmiRefused: Technique = {
  name: "wmi-refused",
  shows:
    "Somebody without the rights asks for WMI on the backup server: the sealed activation is refused, access denied.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "lateral-movement",
      attack: ["T1021.003"],
      account: ACCOUNTS.helpdesk.user,
      what: "Asked for a COM object on the backup server and was refused",
      detections: ["BT-LM-031"],
    });
    tryWmi(stage, 1e9, {
      from: STRANGER,
      to: HOSTS.backup,
      how: { user: ACCOUNTS.helpdesk.user, witness: step },
      shows: step,
    });
  },
};
