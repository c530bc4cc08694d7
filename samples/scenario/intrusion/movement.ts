import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { taskDefinition } from "../../speak/task-scheduler.ts";
import { MINUTE } from "../clock.ts";
import { remoteDesktop } from "../daily.ts";
import { replicateDirectory, runAsService, runAsTask, runThroughWmi, writeProgram } from "../moves.ts";
import type { Scale } from "../scale.ts";
import type { Stage } from "../stage.ts";
import { firstVictim } from "./foothold.ts";
import { shell } from "../background/administration.ts";

/** Passwords of the help desk's account are guessed on the file server until one fits. @param gapNs between two tries */
export function guessPassword(stage: Stage, atNs: number, gapNs: number): void {
  const { machine } = firstVictim();
  const { user } = ACCOUNTS.helpdesk;
  const step = stage.step({
    id: "guessing",
    phase: "credential-access",
    attack: ["T1110.001"],
    source: machine.ip,
    target: HOSTS.files.ip,
    account: user,
    what: "Tried 24 wrong passwords for the help desk's account over SMB, then the right one",
    detections: 24 * gapNs < 15 * MINUTE ? ["BT-CA-016"] : [],
  });
  stage.timeline.follow(
    Array.from({ length: 25 }, (_, i) => ({
      atNs: atNs + i * gapNs,
      begin: () => {
        const how = { user, witness: step };
        if (i < 24) stage.smbFailure(atNs + i * gapNs, machine, HOSTS.files, how, 1);
        else
          stage.smb(atNs + i * gapNs, machine, HOSTS.files, how, (smb) => {
            smb.tree("IPC$");
            smb.logoff();
          });
      },
    })),
  );
}

/** From the workstation to the file server, as a service. */
export function toFileServer(stage: Stage, atNs: number, programOctets: number): void {
  const { machine } = firstVictim();
  const { user } = ACCOUNTS.helpdesk;
  const step = stage.step({
    id: "file-server",
    phase: "lateral-movement",
    attack: ["T1021.002", "T1569.002", "T1543.003", "T1570"],
    source: machine.ip,
    target: HOSTS.files.ip,
    account: user,
    what: "Wrote RMTHOST.exe to ADMIN$ of FS01 and created and started the service RMTHOST",
    detections: ["BT-LM-001", "BT-LM-002", "BT-LM-004"],
  });
  const service = { name: "RMTHOST", displayName: "RMTHOST", binaryPath: "%SystemRoot%\\RMTHOST.exe" };
  const move = { from: machine, to: HOSTS.files, how: { user, witness: step }, shows: step };
  stage.timeline.follow([
    { atNs, begin: () => runAsService(stage, atNs, move, service, "RMTHOST.exe", programOctets) },
  ]);
}

/** The file server asks a controller for the secrets of three accounts. */
export function stealSecrets(stage: Stage, atNs: number): void {
  const { user } = ACCOUNTS.domainAdmin;
  const step = stage.step({
    id: "replication",
    phase: "credential-access",
    attack: ["T1003.006"],
    source: HOSTS.files.ip,
    target: HOSTS.dc1.ip,
    account: user,
    what: "Asked DC01 to replicate the secrets of krbtgt, svc-backup and adm-lindqvist",
    detections: ["BT-CA-001"],
  });
  const move = { from: HOSTS.files, to: HOSTS.dc1, how: { user, witness: step }, shows: step };
  stage.timeline.follow([{ atNs, begin: () => replicateDirectory(stage, atNs, move, "ntlm", 3, 5_400) }]);
}

/** From the file server to the jump host, as a scheduled task. */
export function toJumpHost(stage: Stage, atNs: number): void {
  const { user } = ACCOUNTS.domainAdmin;
  const step = stage.step({
    id: "jump-host",
    phase: "lateral-movement",
    attack: ["T1053.005", "T1021.002"],
    source: HOSTS.files.ip,
    target: HOSTS.jump.ip,
    account: user,
    what: "Registered, ran and removed the task kXwQbRtz on JUMP01",
    detections: ["BT-LM-006"],
  });
  const move = { from: HOSTS.files, to: HOSTS.jump, how: { user, witness: step }, shows: step };
  const start = new Date(stage.wallMs(atNs)).toISOString().slice(0, 19);
  const definition = taskDefinition(
    "cmd.exe",
    "/C C:\\Windows\\Temp\\hostcheck.exe &gt; C:\\Windows\\Temp\\kXwQbRtz.tmp 2&gt;&amp;1",
    start,
  );
  stage.timeline.follow([{ atNs, begin: () => runAsTask(stage, atNs, move, "\\kXwQbRtz", definition) }]);
}

/** From the jump host to the backup server: a tool, WMI, then the desktop. */
export function toBackupServer(stage: Stage, scale: Scale, atNs: number, user: string): void {
  const { jump, backup } = HOSTS;
  const fields = { source: jump.ip, target: backup.ip, account: user };
  const tool = stage.step({
    ...fields,
    id: "tool",
    phase: "lateral-movement",
    attack: ["T1021.002", "T1570"],
    what: "Wrote boxsync.exe to C$\\Windows\\Temp of the backup server",
    detections: ["BT-LM-004"],
  });
  const wmi = stage.step({
    ...fields,
    id: "wmi",
    phase: "lateral-movement",
    attack: ["T1047", "T1021.003"],
    what: "Ran two commands on the backup server through WMI",
    detections: ["BT-LM-007", "BT-LM-004"],
  });
  const desktop = stage.step({
    ...fields,
    id: "desktop",
    phase: "admin-access",
    attack: ["T1021.001"],
    what: "Opened a remote desktop on the backup server from the jump host for the first time",
    detections: ["BT-BL-001", "BT-LM-010", "BT-LM-022"],
  });
  const writes = { from: jump, to: backup, how: { user, witness: tool }, shows: tool };
  const runs = { from: jump, to: backup, how: { user, witness: wmi }, shows: wmi };
  stage.timeline.follow([
    { atNs, begin: () => writeProgram(stage, atNs, writes, "C$", "Windows\\Temp\\boxsync.exe", scale.programOctets) },
    { atNs: atNs + 2 * MINUTE, begin: () => runThroughWmi(stage, atNs + 2 * MINUTE, runs, "ntlm", 2) },
    {
      atNs: atNs + 9 * MINUTE,
      begin: () =>
        remoteDesktop(stage, atNs + 9 * MINUTE, jump, backup, user, 70, 18 + 2 * scale.screenUpdates, {
          witness: desktop,
        }),
    },
  ]);
}

/** The backup server opens a shell on the hypervisor, which it never did. */
export function backupServerAsClient(stage: Stage, atNs: number): void {
  const step = stage.step({
    id: "hypervisor",
    phase: "lateral-movement",
    attack: ["T1021.004"],
    source: HOSTS.backup.ip,
    target: HOSTS.hypervisor.ip,
    account: null,
    what: "The backup server logged on to the hypervisor over SSH for the first time",
    detections: ["BT-LM-019", "BT-LM-012"],
  });
  stage.timeline.follow([
    { atNs, begin: () => shell(stage, atNs, HOSTS.backup, HOSTS.hypervisor, 2, { witness: step }) },
  ]);
}
