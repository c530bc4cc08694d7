import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { archiveNames, FOLDER } from "../archives.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const archiveRename: Technique = {
  name: "archive-rename",
  shows: "A workstation gives eight backup files a suffix of its own.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "tampering",
      attack: ["T1486", "T1485"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Renamed eight backup files to *.nvk",
      detections: ["BT-TI-002"],
    });
    stage.smb(1e9, STRANGER, HOSTS.repository, { user: ACCOUNTS.backupAdmin.user, witness: step }, (smb) => {
      const tree = smb.tree("Backups");
      for (const name of archiveNames("FS01", 6)) {
        const file = smb.open(tree, `${FOLDER}\\${name}`, { access: ACCESS.DELETE, octets: 1 << 22 });
        smb.talk.shows = step;
        smb.rename(file, `${FOLDER}\\${name}.nvk`);
        smb.talk.shows = undefined;
        smb.close(file);
      }
      smb.treeDisconnect(tree);
      smb.logoff();
    });
  },
};
