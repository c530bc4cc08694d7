import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const configurationBackupRead: Technique = {
  name: "configuration-backup-read",
  shows: "The backup of the backup software's own configuration is read by a workstation.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "credential-access",
      attack: ["T1552.001"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Read a configuration backup (.bco) from the repository",
      detections: ["BT-CA-020"],
    });
    stage.smb(1e9, STRANGER, HOSTS.repository, { user: ACCOUNTS.backupAdmin.user, witness: step }, (smb) => {
      const tree = smb.tree("Backups");
      const file = smb.open(tree, "Configuration\\BKP01\\BKP01_2026-03-01_10-00-11.bco", { octets: 50_000 });
      smb.talk.shows = step;
      smb.read(file, 50_000);
      smb.talk.shows = undefined;
      smb.close(file);
      smb.logoff();
    });
  },
};
