import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { SVCCTL } from "../../speak/dcerpc.ts";
import { PipeCaller } from "../../speak/rpc-talk.ts";
import { ServiceControl } from "../../speak/service-control.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const remoteService: Technique = {
  name: "remote-service",
  shows:
    "A service with a program that is already there is created and started over svcctl, without a file being written.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "lateral-movement",
      attack: ["T1021.002", "T1569.002", "T1543.003"],
      account: ACCOUNTS.domainAdmin.user,
      what: "Created and started the service HostCheck on the backup server",
      detections: ["BT-LM-001"],
    });
    stage.smb(1e9, STRANGER, HOSTS.backup, { user: ACCOUNTS.domainAdmin.user, witness: step }, (smb) => {
      const pipe = new PipeCaller(smb, smb.tree("IPC$"), SVCCTL);
      const control = new ServiceControl(pipe, HOSTS.backup.name, smb.talk.random);
      control.openManager();
      smb.talk.shows = step;
      const handle = control.create({
        name: "HostCheck",
        displayName: "Host Check",
        binaryPath: "C:\\Windows\\Temp\\hostcheck.exe",
      });
      control.start(handle);
      smb.talk.shows = undefined;
      control.close(handle);
      control.closeManager();
      pipe.close();
      smb.logoff();
    });
  },
};
