import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { SVCCTL } from "../../speak/dcerpc.ts";
import { ServiceControl } from "../../speak/service-control.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const backupSoftwareSearch: Technique = {
  name: "backup-software-search",
  shows: "A workstation lists the services of six servers within a minute.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "discovery",
      attack: ["T1518", "T1007"],
      account: ACCOUNTS.helpdesk.user,
      what: "Listed the services of six servers",
      detections: ["BT-DI-017"],
    });
    for (const [i, to] of [HOSTS.files, HOSTS.app, HOSTS.backup, HOSTS.repository, HOSTS.proxy, HOSTS.jump].entries()) {
      const move = { from: STRANGER, to, how: { user: ACCOUNTS.helpdesk.user, witness: step }, shows: step };
      onPipe(stage, 1e9 + i * 6e9, move, SVCCTL, (rpc, smb) => {
        const control = new ServiceControl(rpc, to.name, smb.talk.random);
        control.openManager();
        control.list();
        control.closeManager();
      });
    }
  },
};
