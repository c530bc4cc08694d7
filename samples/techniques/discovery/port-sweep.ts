import { DOMAIN, HOSTS, NETWORKS } from "../../estate/company.ts";
import { host } from "../../estate/host.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const portSweep: Technique = {
  name: "port-sweep",
  shows: "A port of a backup product is tried on sixteen addresses; one of them answers.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "discovery",
      attack: ["T1046"],
      account: null,
      what: "Tried port 9392 on 16 addresses of the backup network",
      detections: ["BT-DI-001"],
    });
    for (let i = 0; i < 16; i++) {
      const ip = `10.30.0.${5 + i}`;
      const target =
        ip === HOSTS.backup.ip
          ? HOSTS.backup
          : host({ name: `UNUSED${i}`, ip, network: NETWORKS.backup, roles: [], domain: DOMAIN });
      stage.tcp(1e9 + i * 120e6, STRANGER, target, 9392, [], {
        ending: target === HOSTS.backup ? "reset" : "refused",
        witness: step,
      });
    }
  },
};
