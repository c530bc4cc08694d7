import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { sealedCalls } from "../../scenario/moves.ts";
import { LSARPC } from "../../speak/dcerpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const secretRetrieval: Technique = {
  name: "secret-retrieval",
  shows: "Private data of a controller's security authority are asked for, sealed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "credential-access",
      attack: ["T1003.004"],
      account: ACCOUNTS.domainAdmin.user,
      what: "Asked DC01 for private data of its security authority",
      detections: ["BT-CA-019"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.dc1,
      how: { user: ACCOUNTS.domainAdmin.user, witness: step },
      shows: step,
    };
    sealedCalls(stage, 1e9, move, LSARPC, 49_667, [
      [44, 72, 24],
      [43, 96, 320],
      [0, 20, 24],
    ]);
  },
};
