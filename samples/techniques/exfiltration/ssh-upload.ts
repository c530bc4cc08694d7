import { HOSTS, OUTSIDE } from "../../estate/company.ts";
import { at } from "../../scenario/clock.ts";
import { browse } from "../../scenario/daily.ts";
import { SshTalk } from "../../speak/ssh-talk.ts";
import type { Turn } from "../../wire/tcp-conversation.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const sshUpload: Technique = {
  name: "ssh-upload",
  shows: "Eight ordinary days, then 1.2 MB leave the file server through SSH to an address never seen before.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, HOSTS.files, OUTSIDE.drop, {
      phase: "exfiltration",
      attack: ["T1048.002"],
      account: null,
      what: "Sent 1,200,000 octets through SSH",
      detections: ["BT-EX-003"],
    });
    for (let day = 0; day < 8; day++) browse(stage, at(day, "07:10"), STRANGER, OUTSIDE.updates, 900);
    const ssh = new SshTalk(stage.talk());
    ssh.keyExchange("libssh2_1.10.0", "OpenSSH_9.2p1", ssh.talk.random.bytes(256));
    ssh.logIn(0, true);
    const turns = function* (): Generator<Turn> {
      for (const step of ssh.upload(1_200_000)) if (step === undefined) yield* ssh.talk.taken();
      yield* ssh.talk.taken();
    };
    stage.tcp(at(8, "21:15"), HOSTS.files, OUTSIDE.drop, 22, turns(), { witness: step, bitsPerSecond: 200e6 });
  },
};
