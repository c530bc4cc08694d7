import { HOSTS } from "../../estate/company.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const dnsTunnel: Technique = {
  name: "dns-tunnel",
  shows: "A workstation asks for 120 long names of one domain within two minutes.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "command-and-control",
      attack: ["T1071.004", "T1572"],
      account: null,
      what: "Asked for 120 long names below t.relay.example.net",
      detections: ["BT-C2-002"],
    });
    const random = stage.random.fork("names");
    for (let i = 0; i < 120; i++) {
      const name = `${random.hex(44)}.${random.hex(40)}.t.relay.example.net`;
      stage.dns(
        1e9 + i * 1e9,
        STRANGER,
        HOSTS.dc1,
        name,
        "TXT",
        [{ type: "TXT", ttl: 0, value: random.hex(60) }],
        step,
      );
    }
  },
};
