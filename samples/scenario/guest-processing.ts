import { ACCOUNTS, HOSTS, PORTS } from "../estate/company.ts";
import type { Host } from "../estate/host.ts";
import { SVCCTL } from "../speak/dcerpc.ts";
import { PipeCaller } from "../speak/rpc-talk.ts";
import { ServiceControl } from "../speak/service-control.ts";
import { ACCESS } from "../speak/smb-talk.ts";
import type { Witness } from "../wire/frame-sink.ts";
import { controlSession } from "./daily.ts";
import { program, runThroughWmi } from "./moves.ts";
import type { Stage } from "./stage.ts";

/**
 * What a backup server does to a machine so that its applications hold still: WMI, a helper program on ADMIN$, a service that
 * runs it, a TLS session with it, and all of it removed. It looks like an intrusion and is none.
 */
export function guestProcessing(
  stage: Stage,
  atNs: number,
  machine: Host,
  programOctets: number,
  witness?: Witness,
): void {
  const how = { user: ACCOUNTS.backupService.user, witness };
  const from = HOSTS.backup;
  runThroughWmi(stage, atNs, { from, to: machine, how }, "negotiate");
  stage.smb(atNs + 2e9, from, machine, how, (smb) => {
    const { random } = smb.talk;
    const admin = smb.tree("ADMIN$");
    const path = "Backup\\GuestHelper.exe";
    const copy = smb.open(admin, path, { access: ACCESS.READ_WRITE, disposition: 5 });
    smb.writeBytes(copy, program(random.bytes(programOctets)));
    smb.close(copy);
    const ipc = smb.tree("IPC$");
    const pipe = new PipeCaller(smb, ipc, SVCCTL);
    const control = new ServiceControl(pipe, machine.name, random);
    control.openManager();
    const binaryPath = "C:\\Windows\\Backup\\GuestHelper.exe";
    const service = control.create({ name: "BackupGuestHelper", displayName: "Backup Guest Helper", binaryPath });
    control.start(service);
    control.queryStatus(service, 4);
    control.remove(service);
    control.close(service);
    control.closeManager();
    pipe.close();
    const gone = smb.open(admin, path, { access: ACCESS.DELETE });
    smb.markDeleted(gone);
    smb.close(gone);
    smb.treeDisconnect(ipc);
    smb.treeDisconnect(admin);
    smb.logoff();
  });
  controlSession(stage, atNs + 3e9, from, machine, PORTS.guestHelper, 3, { witness });
}
