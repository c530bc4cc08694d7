import { ACCOUNTS, HOSTS, WORKSTATIONS } from "../estate/company.ts";
import { runAsService } from "../scenario/moves.ts";
import type { Technique } from "./technique.ts";

export const smbPsexec: Technique = {
  name: "smb-psexec",
  shows: "A program is written to ADMIN$, made a service, started, driven over its pipes and removed.",
  isAttack: true,
  play(stage) {
    const from = WORKSTATIONS[6];
    if (from === undefined) throw new Error("no such workstation");
    const to = HOSTS.files;
    const step = stage.step({
      id: "service",
      phase: "lateral-movement",
      attack: ["T1021.002", "T1569.002", "T1543.003"],
      source: from.ip,
      target: to.ip,
      account: ACCOUNTS.helpdesk.user,
      what: "Wrote RMTHOST.exe to ADMIN$ and created and started the service RMTHOST",
      detections: ["BT-LM-001", "BT-LM-002", "BT-LM-004"],
    });
    const service = { name: "RMTHOST", displayName: "RMTHOST", binaryPath: "%SystemRoot%\\RMTHOST.exe" };
    const how = { user: ACCOUNTS.helpdesk.user, witness: step };
    runAsService(stage, 1e9, { from, to, how, shows: step }, service, "RMTHOST.exe", 24_000);
  },
};
