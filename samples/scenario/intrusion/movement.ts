import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import type { Host } from "../../estate/host.ts";
import { MINUTE } from "../clock.ts";
import { remoteDesktop } from "../daily.ts";
import { replicateDirectory, writeProgram } from "../moves.ts";
import type { Scale } from "../scale.ts";
import type { Stage } from "../stage.ts";
import { firstVictim } from "./foothold.ts";
import { HOPS, type Hop, type HopTool } from "./hops.ts";
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

/** From the workstation to the file server. */
export function toFileServer(stage: Stage, atNs: number, hop: Hop, programOctets: number): void {
  const { machine } = firstVictim();
  const tool = { name: "RMTHOST", task: "\\WqTzKrLm", programOctets };
  play(stage, atNs, hop, "file-server", { from: machine, to: HOSTS.files, user: ACCOUNTS.helpdesk.user }, tool);
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

/** From the file server to the jump host. */
export function toJumpHost(stage: Stage, atNs: number, hop: Hop, programOctets: number): void {
  const tool = { name: "PRNHOST", task: "\\kXwQbRtz", programOctets };
  play(stage, atNs, hop, "jump-host", { from: HOSTS.files, to: HOSTS.jump, user: ACCOUNTS.domainAdmin.user }, tool);
}

/** Who goes from where to where. */
interface Way {
  readonly from: Host;
  readonly to: Host;
  readonly user: string;
}

function play(stage: Stage, atNs: number, hop: Hop, id: string, { from, to, user }: Way, tool: HopTool): void {
  const { attack, detections, what, run } = HOPS[hop];
  const step = stage.step({
    id,
    phase: "lateral-movement",
    attack,
    source: from.ip,
    target: to.ip,
    account: user,
    what: what(to.name, tool),
    detections,
  });
  const move = { from, to, how: { user, witness: step }, shows: step };
  stage.timeline.follow([{ atNs, begin: () => run(stage, atNs, move, tool) }]);
}

/** From the jump host to the backup server: a tool, something that runs it, then the desktop. */
export function toBackupServer(stage: Stage, scale: Scale, atNs: number, hop: Hop, user: string): void {
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
  const { attack, detections, what, run } = HOPS[hop];
  const arms = { name: "BKPHOST", task: "\\mQzVtLsd", programOctets: scale.programOctets };
  const runner = stage.step({
    ...fields,
    id: hop,
    phase: "lateral-movement",
    attack,
    what: what(backup.name, arms),
    detections: [...new Set([...detections, "BT-LM-004"])],
  });
  const desktop = stage.step({
    ...fields,
    id: "desktop",
    phase: "admin-access",
    attack: ["T1021.001"],
    what: "Opened a remote desktop on the backup server from the jump host for the first time",
    detections: ["BT-BL-002", "BT-LM-010", "BT-LM-022"],
  });
  const writes = { from: jump, to: backup, how: { user, witness: tool }, shows: tool };
  const runs = { from: jump, to: backup, how: { user, witness: runner }, shows: runner };
  stage.timeline.follow([
    { atNs, begin: () => writeProgram(stage, atNs, writes, "C$", "Windows\\Temp\\boxsync.exe", scale.programOctets) },
    { atNs: atNs + 2 * MINUTE, begin: () => run(stage, atNs + 2 * MINUTE, runs, arms) },
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
