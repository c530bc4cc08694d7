import { HOSTS, NETBIOS_DOMAIN, PEOPLE } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { SAMR } from "../../speak/dcerpc.ts";
import { listUsers } from "../../speak/directory-rpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const accountEnumeration: Technique = {
  name: "account-enumeration",
  shows: "A workstation lists all users of the domain over SAMR.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "discovery",
      attack: ["T1087.002"],
      account: "g.dahl",
      what: "Listed all users of the domain",
      detections: ["BT-DI-006"],
    });
    const move = { from: STRANGER, to: HOSTS.dc1, how: { user: "g.dahl", witness: step }, shows: step };
    onPipe(stage, 1e9, move, SAMR, (rpc, smb) =>
      listUsers(rpc, HOSTS.dc1.name, NETBIOS_DOMAIN, PEOPLE, smb.talk.random),
    );
  },
};
