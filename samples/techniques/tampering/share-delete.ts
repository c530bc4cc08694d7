import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { SRVSVC } from "../../speak/dcerpc.ts";
import { deleteShare } from "../../speak/directory-rpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const shareDelete: Technique = {
  name: "share-delete",
  shows: "The share that holds the backups is removed from the repository.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "tampering",
      attack: ["T1490", "T1489"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Removed the share Backups of the repository",
      detections: ["BT-TI-008"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.repository,
      how: { user: ACCOUNTS.backupAdmin.user, witness: step },
      shows: step,
    };
    onPipe(stage, 1e9, move, SRVSVC, (rpc) => deleteShare(rpc, HOSTS.repository.name, "Backups"));
  },
};
