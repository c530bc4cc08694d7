import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { sealedCalls } from "../../scenario/moves.ts";
import { LSARPC } from "../../speak/dcerpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const auditChange: Technique = {
  name: "audit-change",
  shows: "The audit policy of a controller is changed, sealed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "admin-access",
      attack: ["T1562.002"],
      account: ACCOUNTS.domainAdmin.user,
      what: "Changed the audit policy of DC01",
      detections: ["BT-AD-016"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.dc1,
      how: { user: ACCOUNTS.domainAdmin.user, witness: step },
      shows: step,
    };
    sealedCalls(stage, 1e9, move, LSARPC, 49_667, [
      [44, 72, 24],
      [46, 28, 64],
      [47, 84, 4],
      [0, 20, 24],
    ]);
  },
};
