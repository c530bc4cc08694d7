import { HOSTS } from "../../estate/company.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const portScan: Technique = {
  name: "port-scan",
  shows: "Forty ports of the backup server are tried in two seconds.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "discovery",
      attack: ["T1046"],
      account: null,
      what: "Tried 40 ports of the backup server",
      detections: ["BT-DI-002"],
    });
    for (let i = 0; i < 40; i++) {
      const port =
        [22, 80, 135, 139, 443, 445, 902, 1433, 3306, 3389, 5432, 5985, 9392, 9401, 10000][i] ?? 8000 + 37 * i;
      const ending = [135, 445, 3389, 9392, 9401].includes(port) ? "reset" : "refused";
      stage.tcp(1e9 + i * 50e6, STRANGER, HOSTS.backup, port, [], { ending, witness: step });
    }
  },
};
