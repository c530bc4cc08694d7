import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { SAMR } from "../../speak/dcerpc.ts";
import { createAdministrator } from "../../speak/directory-rpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const accountCreate: Technique = {
  name: "account-create",
  shows: "A local account is created on the backup server and put among its administrators.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "admin-access",
      attack: ["T1136.001", "T1098"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Created the account helpsvc on the backup server and added it to the administrators",
      detections: ["BT-AD-008"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.backup,
      how: { user: ACCOUNTS.backupAdmin.user, witness: step },
      shows: step,
    };
    onPipe(stage, 1e9, move, SAMR, (rpc, smb) =>
      createAdministrator(rpc, HOSTS.backup.name, "helpsvc", smb.talk.random),
    );
  },
};
