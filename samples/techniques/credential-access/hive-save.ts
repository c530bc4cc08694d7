import { ACCOUNTS, HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { WINREG } from "../../speak/dcerpc.ts";
import { saveHive } from "../../speak/registry.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const hiveSave: Technique = {
  name: "hive-save",
  shows: "Two hives are saved to files on the server, read over ADMIN$ and deleted.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.backup, {
      phase: "credential-access",
      attack: ["T1003.002", "T1003.004"],
      account: ACCOUNTS.backupAdmin.user,
      what: "Saved the hives SAM and SECURITY of the backup server and read them",
      detections: ["BT-CA-002"],
    });
    const move = {
      from: STRANGER,
      to: HOSTS.backup,
      how: { user: ACCOUNTS.backupAdmin.user, witness: step },
      shows: step,
    };
    const files = { SAM: "qPzKwLmA.tmp", SECURITY: "vTrYnBxE.tmp" };
    onPipe(stage, 1e9, move, WINREG, (rpc, smb) => {
      for (const [hive, file] of Object.entries(files)) saveHive(rpc, hive, `..\\Temp\\${file}`, smb.talk.random);
      const tree = smb.tree("ADMIN$");
      for (const name of Object.values(files)) {
        const file = smb.open(tree, `Temp\\${name}`, { access: 0x00130089, options: 0x1040, octets: 20_000 });
        smb.read(file, 20_000);
        smb.close(file);
      }
    });
  },
};
