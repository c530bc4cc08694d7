import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const adminShareFanOut: Technique = {
  name: "admin-share-fan-out",
  shows: "The administrative shares of six servers are connected within a minute.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "lateral-movement",
      attack: ["T1021.002"],
      account: ACCOUNTS.helpdesk.user,
      what: "Connected C$ of six servers",
      detections: ["BT-LM-005"],
    });
    for (const [i, to] of [HOSTS.files, HOSTS.app, HOSTS.backup, HOSTS.repository, HOSTS.proxy, HOSTS.jump].entries()) {
      stage.smb(1e9 + i * 8e9, STRANGER, to, { user: ACCOUNTS.helpdesk.user, witness: step }, (smb) => {
        smb.talk.shows = step;
        smb.treeDisconnect(smb.tree("C$"));
        smb.talk.shows = undefined;
        smb.logoff();
      });
    }
  },
};
