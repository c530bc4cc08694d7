import { HOSTS } from "../../estate/company.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const smbFileCopy: Technique = {
  name: "smb-file-copy",
  shows: "A user copies a program and some documents to an ordinary share of the file server.",
  isAttack: false,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.files, {
      phase: "background",
      attack: [],
      account: "g.dahl",
      what: "Copied a program and four documents to the share Projects",
      detections: [],
      mustNotBe: ["BT-LM-004", "BT-LM-001"],
    });
    stage.smb(1e9, STRANGER, HOSTS.files, { user: "g.dahl", mechanism: "kerberos", witness: step }, (smb) => {
      const tree = smb.tree("Projects");
      for (const name of ["calibrate.exe", "plan-101.docx", "offer-220.docx", "sheet-12.xlsx", "notes.txt"]) {
        const file = smb.open(tree, `Sensors\\${name}`, { access: ACCESS.READ_WRITE, disposition: 5 });
        smb.write(file, 9_000);
        smb.close(file);
      }
      smb.treeDisconnect(tree);
      smb.logoff();
    });
  },
};
