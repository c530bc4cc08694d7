import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { archiveNames, FOLDER } from "../archives.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const archiveTruncate: Technique = {
  name: "archive-truncate",
  shows: "A workstation cuts a full backup to no octets.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "tampering",
      attack: ["T1485", "T1565.001"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Set the length of a full backup to 0",
      detections: ["BT-TI-003"],
    });
    stage.smb(1e9, STRANGER, HOSTS.repository, { user: ACCOUNTS.backupAdmin.user, witness: step }, (smb) => {
      const tree = smb.tree("Backups");
      for (const name of archiveNames("FS01", 1).slice(0, 1)) {
        const file = smb.open(tree, `${FOLDER}\\${name}`, { access: ACCESS.READ_WRITE, octets: 1 << 22 });
        smb.talk.shows = step;
        smb.setLength(file, 0);
        smb.talk.shows = undefined;
        smb.close(file);
      }
      smb.treeDisconnect(tree);
      smb.logoff();
    });
  },
};
