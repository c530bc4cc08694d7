import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { runAsService } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const smbPsexec: Technique = {
  name: "smb-psexec",
  shows: "A program is written to ADMIN$, made a service, started, driven over its pipes and removed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.files, {
      phase: "lateral-movement",
      attack: ["T1021.002", "T1569.002", "T1543.003"],
      account: ACCOUNTS.helpdesk.user,
      what: "Wrote RMTHOST.exe to ADMIN$ and created and started the service RMTHOST",
      detections: ["BT-LM-001", "BT-LM-002", "BT-LM-004"],
    });
    const service = { name: "RMTHOST", displayName: "RMTHOST", binaryPath: "%SystemRoot%\\RMTHOST.exe" };
    const move = { from: STRANGER, to: HOSTS.files, how: { user: ACCOUNTS.helpdesk.user, witness: step }, shows: step };
    runAsService(stage, 1e9, move, service, "RMTHOST.exe", 24_000);
  },
};
