import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { runAsTask } from "../../scenario/moves.ts";
import { taskDefinition } from "../../speak/task-scheduler.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const scheduledTask: Technique = {
  name: "scheduled-task",
  shows: "A task is registered over the scheduler's pipe, run and removed.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.jump, {
      phase: "lateral-movement",
      attack: ["T1053.005", "T1021.002"],
      account: ACCOUNTS.domainAdmin.user,
      what: "Registered, ran and removed the task kXwQbRtz",
      detections: ["BT-LM-006"],
    });
    const definition = taskDefinition(
      "cmd.exe",
      "/C C:\\Windows\\Temp\\hostcheck.exe &gt; C:\\Windows\\Temp\\kXwQbRtz.tmp 2&gt;&amp;1",
      "2026-03-02T00:00:00",
    );
    runAsTask(
      stage,
      1e9,
      { from: STRANGER, to: HOSTS.jump, how: { user: ACCOUNTS.domainAdmin.user, witness: step }, shows: step },
      "\\kXwQbRtz",
      definition,
    );
  },
};
