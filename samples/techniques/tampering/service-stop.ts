import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { SVCCTL } from "../../speak/dcerpc.ts";
import { ServiceControl } from "../../speak/service-control.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const serviceStop: Technique = {
  name: "service-stop",
  shows: "Four services that guard data are stopped on the backup server.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "tampering",
      attack: ["T1489", "T1562.001"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Stopped VSS, SQLWriter, MSSQLSERVER and swprv on the backup server",
      detections: ["BT-TI-033"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.backup,
      how: { user: ACCOUNTS.backupAdmin.user, witness: step },
      shows: step,
    };
    onPipe(stage, 1e9, move, SVCCTL, (rpc, smb) => {
      const control = new ServiceControl(rpc, HOSTS.backup.name, smb.talk.random);
      control.openManager();
      for (const name of ["VSS", "SQLWriter", "MSSQLSERVER", "swprv"]) {
        const handle = control.open(name);
        control.stop(handle);
        control.close(handle);
      }
      control.closeManager();
    });
  },
};
