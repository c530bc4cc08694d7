import { HOSTS } from "../../estate/company.ts";
import { replicateDirectory } from "../../scenario/moves.ts";
import { onlyStep, type Technique } from "../technique.ts";

export const dcReplication: Technique = {
  name: "dc-replication",
  shows: "Two domain controllers replicate with each other, four times an hour apart: the harmless twin of dcsync.",
  isAttack: false,
  play(stage) {
    const { dc1, dc2 } = HOSTS;
    const step = onlyStep(stage, dc2, dc1, {
      phase: "background",
      attack: [],
      account: "DC02$",
      what: "Ordinary replication between domain controllers",
      detections: [],
      mustNotBe: ["BT-CA-001"],
    });
    for (let hour = 0; hour < 4; hour++) {
      const [from, to] = hour % 2 === 0 ? [dc2, dc1] : [dc1, dc2];
      const how = { user: `${from.name}$`, mechanism: "kerberos", witness: step } as const;
      replicateDirectory(stage, 1e9 + hour * 3600e9, { from, to, how, shows: step }, "negotiate", 1, 2_400);
    }
  },
};
