import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { replicateDirectory } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const dcsync: Technique = {
  name: "dcsync",
  shows:
    "A workstation asks a domain controller to replicate the secrets of two accounts; everything but the operation numbers is sealed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "credential-access",
      attack: ["T1003.006"],
      account: ACCOUNTS.domainAdmin.user,
      what: "Asked DC01 to replicate the secrets of two accounts",
      detections: ["BT-CA-001"],
    });
    replicateDirectory(
      stage,
      1e9,
      { from: STRANGER, to: HOSTS.dc1, how: { user: ACCOUNTS.domainAdmin.user, witness: step }, shows: step },
      "ntlm",
      2,
      5_400,
    );
  },
};
