import { taskDefinition } from "../../speak/task-scheduler.ts";
import type { Move } from "../moves.ts";
import { runAsService, runAsTask, runThroughShell, runThroughWinrm, runThroughWmi } from "../moves.ts";
import type { Stage } from "../stage.ts";

/** Ways from one machine to the next. */
export type Hop = "service" | "task" | "wmi" | "winrm" | "shell";

/** What the intruder brings along. */
export interface HopTool {
  /** Name of a service and its program. */
  readonly name: string;
  /** Path of a task. */
  readonly task: string;
  readonly programOctets: number;
}

interface HopKind {
  readonly attack: readonly string[];
  readonly detections: readonly string[];
  readonly what: (target: string, tool: HopTool) => string;
  readonly run: (stage: Stage, atNs: number, move: Move, tool: HopTool) => void;
}

export const HOPS: Readonly<Record<Hop, HopKind>> = {
  service: {
    attack: ["T1021.002", "T1569.002", "T1543.003", "T1570"],
    detections: ["BT-LM-001", "BT-LM-002", "BT-LM-004"],
    what: (target, { name }) => `Wrote ${name}.exe to ADMIN$ of ${target} and created and started the service ${name}`,
    run(stage, atNs, move, { name, programOctets }) {
      const service = { name, displayName: name, binaryPath: `%SystemRoot%\\${name}.exe` };
      runAsService(stage, atNs, move, service, `${name}.exe`, programOctets);
    },
  },
  task: {
    attack: ["T1053.005", "T1021.002"],
    detections: ["BT-LM-006"],
    what: (target, { task }) => `Registered, ran and removed the task ${task.slice(1)} on ${target}`,
    run(stage, atNs, move, { task }) {
      const start = new Date(stage.wallMs(atNs)).toISOString().slice(0, 19);
      const output = `C:\\Windows\\Temp\\${task.slice(1)}.tmp`;
      const command = `/C C:\\Windows\\Temp\\hostcheck.exe &gt; ${output} 2&gt;&amp;1`;
      runAsTask(stage, atNs, move, task, taskDefinition("cmd.exe", command, start));
    },
  },
  wmi: {
    attack: ["T1047", "T1021.003"],
    detections: ["BT-LM-007"],
    what: (target) => `Ran two commands on ${target} through WMI`,
    run: (stage, atNs, move) => runThroughWmi(stage, atNs, move, "ntlm", 2),
  },
  winrm: {
    attack: ["T1021.006"],
    detections: ["BT-LM-009"],
    what: (target) => `Ran commands on ${target} through WinRM, in sealed bodies`,
    run: (stage, atNs, move) => runThroughWinrm(stage, atNs, move, 4),
  },
  shell: {
    attack: ["T1021.002", "T1569.002"],
    detections: ["BT-LM-003", "BT-LM-001"],
    what: (target) => `Created, started and deleted three services on ${target} that run commands through cmd.exe`,
    run: (stage, atNs, move) => runThroughShell(stage, atNs, move, ["whoami", "ipconfig /all", "net group /domain"]),
  },
};
