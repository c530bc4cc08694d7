import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { archiveNames, FOLDER } from "../archives.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const archiveOverwrite: Technique = {
  name: "archive-overwrite",
  shows: "A workstation opens backup files so that they are overwritten, and writes a little into each.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "tampering",
      attack: ["T1485", "T1565.001"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Overwrote three backup files",
      detections: ["BT-TI-004"],
    });
    stage.smb(1e9, STRANGER, HOSTS.repository, { user: ACCOUNTS.backupAdmin.user, witness: step }, (smb) => {
      const tree = smb.tree("Backups");
      for (const name of archiveNames("FS01", 2).slice(0, 3)) {
        smb.talk.shows = step;
        const file = smb.open(tree, `${FOLDER}\\${name}`, { access: ACCESS.READ_WRITE, disposition: 5, action: 3 });
        smb.write(file, 4_096);
        smb.talk.shows = undefined;
        smb.close(file);
      }
      smb.treeDisconnect(tree);
      smb.logoff();
    });
  },
};
