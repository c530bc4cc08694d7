import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const passwordGuessing: Technique = {
  name: "password-guessing",
  shows: "Twenty-four wrong passwords for one account over SMB in seven minutes, then the right one.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.files, {
      phase: "credential-access",
      attack: ["T1110.001"],
      account: ACCOUNTS.helpdesk.user,
      what: "Tried 24 wrong passwords over SMB, then the right one",
      detections: ["BT-CA-016"],
    });
    const how = { user: ACCOUNTS.helpdesk.user, witness: step };
    for (let i = 0; i < 24; i++) stage.smbFailure(1e9 + i * 17e9, STRANGER, HOSTS.files, how, 1);
    stage.smb(1e9 + 24 * 17e9, STRANGER, HOSTS.files, how, (smb) => {
      smb.tree("IPC$");
      smb.logoff();
    });
  },
};
