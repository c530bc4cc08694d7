import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const directoryDatabase: Technique = {
  name: "directory-database",
  shows: "The directory's database is read from a controller's drive.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "credential-access",
      attack: ["T1003.003"],
      account: ACCOUNTS.domainAdmin.user,
      what: "Read ntds.dit from a copy on DC01",
      detections: ["BT-CA-004"],
    });
    stage.smb(1e9, STRANGER, HOSTS.dc1, { user: ACCOUNTS.domainAdmin.user, witness: step }, (smb) => {
      const tree = smb.tree("C$");
      const file = smb.open(tree, "Windows\\Temp\\copy\\ntds.dit", { octets: 1_200_000 });
      smb.talk.shows = step;
      smb.read(file, 1_000_000);
      smb.read(file, 200_000);
      smb.talk.shows = undefined;
      smb.close(file);
      smb.logoff();
    });
  },
};
