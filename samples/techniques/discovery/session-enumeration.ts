import { HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { SRVSVC } from "../../speak/dcerpc.ts";
import { listSessions } from "../../speak/directory-rpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const sessionEnumeration: Technique = {
  name: "session-enumeration",
  shows: "A workstation asks three servers who is connected to them.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.files, {
      phase: "discovery",
      attack: ["T1049", "T1033"],
      account: "g.dahl",
      what: "Listed the sessions of three servers",
      detections: ["BT-DI-005"],
    });
    for (const [i, to] of [HOSTS.files, HOSTS.app, HOSTS.backup].entries()) {
      const move = { from: STRANGER, to, how: { user: "g.dahl", witness: step }, shows: step };
      const sessions = [
        { client: "\\\\10.10.0.103", user: "c.nyman" },
        { client: "\\\\10.40.0.21", user: "adm-lindqvist" },
      ];
      onPipe(stage, 1e9 + i * 2e9, move, SRVSVC, (rpc) => listSessions(rpc, to.name, sessions));
    }
  },
};
