import { HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { SRVSVC } from "../../speak/dcerpc.ts";
import { listShares } from "../../speak/directory-rpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const shareEnumeration: Technique = {
  name: "share-enumeration",
  shows: "A workstation lists the shares of six servers in ten seconds.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "discovery",
      attack: ["T1135"],
      account: "g.dahl",
      what: "Listed the shares of six servers",
      detections: ["BT-DI-004"],
    });
    for (const [i, to] of [HOSTS.files, HOSTS.app, HOSTS.backup, HOSTS.repository, HOSTS.proxy, HOSTS.jump].entries()) {
      const move = { from: STRANGER, to, how: { user: "g.dahl", witness: step }, shows: step };
      const shares = [
        { name: "ADMIN$", comment: "Remote Admin", type: 0x80000000 },
        { name: "IPC$", comment: "Remote IPC", type: 0x80000003 },
      ];
      onPipe(stage, 1e9 + i * 1.7e9, move, SRVSVC, (rpc) => listShares(rpc, to.name, shares));
    }
  },
};
