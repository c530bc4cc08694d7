import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const bulkDelete: Technique = {
  name: "bulk-delete",
  shows: "A workstation deletes sixty ordinary files from a share of the repository in a minute.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "tampering",
      attack: ["T1485", "T1070.004"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Deleted 60 files from the share Exports of the repository",
      detections: ["BT-TI-001"],
    });
    stage.smb(1e9, STRANGER, HOSTS.repository, { user: ACCOUNTS.backupAdmin.user, witness: step }, (smb) => {
      const tree = smb.tree("Exports");
      for (let i = 0; i < 60; i++) {
        const file = smb.open(tree, `2026\\export-${1000 + i}.csv`, {
          access: ACCESS.DELETE,
          octets: 18_000,
          waitNs: smb.talk.random.between(3e8, 14e8),
        });
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
