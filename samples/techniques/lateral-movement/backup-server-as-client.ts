import { HOSTS, PORTS } from "../../estate/company.ts";
import { shell } from "../../scenario/background/administration.ts";
import { moverStream } from "../../scenario/bulk.ts";
import { at } from "../../scenario/clock.ts";
import { controlSession } from "../../scenario/daily.ts";
import { onlyStep, type Technique } from "../technique.ts";

export const backupServerAsClient: Technique = {
  name: "backup-server-as-client",
  shows: "Eight nights of jobs, then the backup server opens a shell on the hypervisor, which it never did.",
  isAttack: true,
  play(stage) {
    const { admin, backup, proxy, files, app, hypervisor } = HOSTS;
    const step = onlyStep(stage, backup, hypervisor, {
      phase: "lateral-movement",
      attack: ["T1021.004"],
      account: null,
      what: "The backup server logged on to the hypervisor over SSH for the first time",
      detections: ["BT-LM-019", "BT-LM-012"],
    });
    for (let day = 0; day < 8; day++) {
      controlSession(stage, at(day, "08:30"), admin, backup, PORTS.console, 1);
      controlSession(stage, at(day, "22:00"), backup, proxy, PORTS.transport, 1);
      for (const [i, agent] of [files, app].entries()) {
        const start = at(day, `22:0${1 + 2 * i}`);
        controlSession(stage, start, backup, agent, PORTS.agent, 1);
        const stream = moverStream(stage.random.fork(`data ${day} ${i}`), 1_200, true);
        stage.tcp(start + 60e9, agent, proxy, PORTS.dataFirst + 2 * day + i, stream);
      }
    }
    shell(stage, at(8, "15:20"), backup, hypervisor, 2, { witness: step });
  },
};
