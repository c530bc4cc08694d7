import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { archiveNames, FOLDER } from "../archives.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const archiveDelete: Technique = {
  name: "archive-delete",
  shows: "A workstation deletes a full, six increments and their metadata from the repository over SMB.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "tampering",
      attack: ["T1485", "T1490", "T1070.004"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Deleted eight backup files from the repository",
      detections: ["BT-TI-001"],
    });
    stage.smb(1e9, STRANGER, HOSTS.repository, { user: ACCOUNTS.backupAdmin.user, witness: step }, (smb) => {
      const tree = smb.tree("Backups");
      for (const name of archiveNames("FS01", 6)) {
        const file = smb.open(tree, `${FOLDER}\\${name}`, { access: ACCESS.DELETE, octets: 1 << 22 });
        smb.talk.shows = step;
        smb.markDeleted(file);
        smb.talk.shows = undefined;
        smb.close(file);
      }
      smb.treeDisconnect(tree);
      smb.logoff();
    });
  },
};
