import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { ascii } from "../../wire/byte-writer.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const ransomNote: Technique = {
  name: "ransom-note",
  shows: "The same note is written to five folders of the repository.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "tampering",
      attack: ["T1486"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Wrote HOW-TO-GET-BACK.txt to five folders of the repository",
      detections: ["BT-TI-038"],
    });
    stage.smb(1e9, STRANGER, HOSTS.repository, { user: ACCOUNTS.backupAdmin.user, witness: step }, (smb) => {
      const tree = smb.tree("Backups");
      for (const folder of ["Servers-Nightly", "Mail", "Archive", "Exports", "Configuration"]) {
        smb.talk.shows = step;
        const file = smb.open(tree, `${folder}\\HOW-TO-GET-BACK.txt`, { access: ACCESS.READ_WRITE, disposition: 2 });
        smb.writeBytes(
          file,
          ascii("Your files are encrypted. To recover your data write to desk@files.transfer-box.example.org.\r\n"),
        );
        smb.talk.shows = undefined;
        smb.close(file);
      }
      smb.logoff();
    });
  },
};
