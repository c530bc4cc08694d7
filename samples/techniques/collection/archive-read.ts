import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { archiveNames, FOLDER } from "../archives.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const archiveRead: Technique = {
  name: "archive-read",
  shows: "A workstation reads a full and its increments from the repository as a whole.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "collection",
      attack: ["T1039", "T1005"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Read seven backup files from the repository as a whole",
      detections: ["BT-CO-001"],
    });
    stage.smb(1e9, STRANGER, HOSTS.repository, { user: ACCOUNTS.backupAdmin.user, witness: step }, (smb) => {
      const tree = smb.tree("Backups");
      for (const name of archiveNames("FS01", 6).slice(0, 7)) {
        const octets = name.endsWith(".vbk") ? 24_000 : 6_000;
        const file = smb.open(tree, `${FOLDER}\\${name}`, { octets });
        smb.talk.shows = step;
        smb.read(file, octets);
        smb.talk.shows = undefined;
        smb.close(file);
      }
      smb.treeDisconnect(tree);
      smb.logoff();
    });
  },
};
