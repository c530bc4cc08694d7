import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const credentialFiles: Technique = {
  name: "credential-files",
  shows: "A memory image of the log-on process is read from an administrative share.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.app, {
      phase: "credential-access",
      attack: ["T1003.001"],
      account: ACCOUNTS.helpdesk.user,
      what: "Read lsass.dmp from C$ of APP01",
      detections: ["BT-CA-005"],
    });
    stage.smb(1e9, STRANGER, HOSTS.app, { user: ACCOUNTS.helpdesk.user, witness: step }, (smb) => {
      const tree = smb.tree("C$");
      const file = smb.open(tree, "Windows\\Temp\\lsass.dmp", { octets: 60_000 });
      smb.talk.shows = step;
      smb.read(file, 60_000);
      smb.talk.shows = undefined;
      smb.close(file);
      smb.logoff();
    });
  },
};
