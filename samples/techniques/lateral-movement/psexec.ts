import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { runAsService } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const psexec: Technique = {
  name: "psexec",
  shows: "The same as smb-psexec with the program, service and pipe names of the well-known administration tool.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.files, {
      phase: "lateral-movement",
      attack: ["T1021.002", "T1569.002", "T1543.003"],
      account: ACCOUNTS.helpdesk.user,
      what: "Wrote PSEXESVC.exe to ADMIN$ and created and started the service PSEXESVC",
      detections: ["BT-LM-001", "BT-LM-002", "BT-LM-004"],
    });
    const service = { name: "PSEXESVC", displayName: "PSEXESVC", binaryPath: "%SystemRoot%\\PSEXESVC.exe" };
    const move = { from: STRANGER, to: HOSTS.files, how: { user: ACCOUNTS.helpdesk.user, witness: step }, shows: step };
    runAsService(stage, 1e9, move, service, "PSEXESVC.exe", 24_000);
  },
};
