import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { WINREG } from "../../speak/dcerpc.ts";
import { readRegistry } from "../../speak/registry.ts";
import { onlyStep, type Technique } from "../technique.ts";

export const registryRead: Technique = {
  name: "registry-read",
  shows: "The administrator's machine reads the system version of two servers from their registry.",
  isAttack: false,
  play(stage) {
    const { admin, files, app } = HOSTS;
    const { user } = ACCOUNTS.domainAdmin;
    const step = onlyStep(stage, admin, files, {
      phase: "background",
      attack: [],
      account: user,
      what: "Ordinary inventory: two values read from the registry of two servers",
      detections: [],
      mustNotBe: ["BT-LM-018", "BT-CA-002"],
    });
    const key = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
    const values = { ProductName: "Windows Server 2022 Standard", CurrentBuild: "20348" };
    for (const [i, to] of [files, app].entries()) {
      const move = { from: admin, to, how: { user, witness: step }, shows: step };
      onPipe(stage, 1e9 + i * 3e9, move, WINREG, (rpc, smb) => readRegistry(rpc, key, values, smb.talk.random));
    }
  },
};
