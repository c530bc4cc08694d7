import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { runThroughDispatch } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const dcomMmc20: Technique = {
  name: "dcom-mmc20",
  shows: "An application object is activated on another machine and its methods are called, sealed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.files, {
      phase: "lateral-movement",
      attack: ["T1021.003"],
      account: ACCOUNTS.helpdesk.user,
      what: "Called methods of an application object on FS01",
      detections: ["BT-LM-008"],
    });
    const move = { from: STRANGER, to: HOSTS.files, how: { user: ACCOUNTS.helpdesk.user, witness: step }, shows: step };
    runThroughDispatch(stage, 1e9, move);
  },
};
