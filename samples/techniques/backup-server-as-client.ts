import { HOSTS, PORTS } from "../estate/company.ts";
import { shell } from "../scenario/background/administration.ts";
import { moverStream } from "../scenario/bulk.ts";
import { at } from "../scenario/clock.ts";
import { controlSession } from "../scenario/daily.ts";
import { onlyStep, type Technique } from "./technique.ts";

export const backupServerAsClient: Technique = {
  name: "backup-server-as-client",
  shows: "Nine nights of jobs, then the backup server opens a shell on the hypervisor, which it never did.",
  isAttack: true,
  play(stage) {
    const { backup, proxy, files, hypervisor } = HOSTS;
    const step = onlyStep(stage, backup, hypervisor, {
      phase: "lateral-movement",
      attack: ["T1021.004"],
      account: null,
      what: "The backup server logged on to the hypervisor over SSH for the first time",
      detections: ["BT-LM-019", "BT-LM-012"],
    });
    for (let day = 0; day < 9; day++) {
      controlSession(stage, at(day, "22:00"), backup, proxy, PORTS.transport, 1);
      controlSession(stage, at(day, "22:01"), backup, files, PORTS.agent, 1);
      stage.tcp(
        at(day, "22:02"),
        files,
        proxy,
        PORTS.dataFirst + day,
        moverStream(stage.random.fork(`data ${day}`), 1_500, true),
      );
    }
    shell(stage, at(9, "15:20"), backup, hypervisor, 2, { witness: step });
  },
};
