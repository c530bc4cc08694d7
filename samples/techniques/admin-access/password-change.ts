import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { sealedCalls } from "../../scenario/moves.ts";
import { SAMR } from "../../speak/dcerpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const passwordChange: Technique = {
  name: "password-change",
  shows: "The password of another account is set over SAMR, sealed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "admin-access",
      attack: ["T1098"],
      account: ACCOUNTS.domainAdmin.user,
      what: "Set the password of another account",
      detections: ["BT-AD-009"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.dc1,
      how: { user: ACCOUNTS.domainAdmin.user, witness: step },
      shows: step,
    };
    sealedCalls(stage, 1e9, move, SAMR, 49_667, [
      [64, 64, 24],
      [7, 56, 24],
      [17, 96, 40],
      [34, 28, 24],
      [58, 560, 4],
    ]);
  },
};
