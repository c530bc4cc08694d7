import { HOSTS } from "../../estate/company.ts";
import { onPipe } from "../../scenario/moves.ts";
import { EFSRPC } from "../../speak/dcerpc.ts";
import { openEncryptedFile } from "../../speak/directory-rpc.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const petitpotam: Technique = {
  name: "petitpotam",
  shows: "A controller is asked to open a file on a workstation's share and logs on there.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "credential-access",
      attack: ["T1187"],
      account: "g.dahl",
      what: "Made DC01 log on to the workstation by asking it to open a file there",
      detections: ["BT-CA-013"],
    });
    const move = { from: STRANGER, to: HOSTS.dc1, how: { user: "g.dahl", witness: step }, shows: step };
    onPipe(stage, 1e9, move, EFSRPC, (rpc) => openEncryptedFile(rpc, `\\\\${STRANGER.ip}\\share\\settings.ini`));
    stage.smb(2.5e9, HOSTS.dc1, STRANGER, { user: "DC01$", as: STRANGER.ip, witness: step }, (smb) => smb.logoff());
  },
};
