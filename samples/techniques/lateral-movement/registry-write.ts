import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { WINREG } from "../../speak/dcerpc.ts";
import { writeRegistry } from "../../speak/registry.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const registryWrite: Technique = {
  name: "registry-write",
  shows: "Remote desktop is allowed on the repository by a write to its registry.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.repository, {
      phase: "lateral-movement",
      attack: ["T1112", "T1021.002"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Set fDenyTSConnections to 0 in the registry of the repository",
      detections: ["BT-LM-018"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.repository,
      how: { user: ACCOUNTS.backupAdmin.user, witness: step },
      shows: step,
    };
    const key = "SYSTEM\\CurrentControlSet\\Control\\Terminal Server";
    onPipe(stage, 1e9, move, WINREG, (rpc, smb) => writeRegistry(rpc, key, "fDenyTSConnections", 0, smb.talk.random));
  },
};
