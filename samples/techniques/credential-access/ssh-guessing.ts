import { HOSTS } from "../../estate/company.ts";
import { SshTalk } from "../../speak/ssh-talk.ts";
import { Random } from "../../wire/random.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const sshGuessing: Technique = {
  name: "ssh-guessing",
  shows: "Thirty-six connections to the hypervisor end after a refused SSH log-on.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.hypervisor, {
      phase: "credential-access",
      attack: ["T1110.001"],
      account: null,
      what: "Was refused 36 times by SSH of the hypervisor",
      detections: ["BT-CA-015"],
    });
    const key = new Random("host key ESX01").bytes(256);
    for (let i = 0; i < 36; i++) {
      const ssh = new SshTalk(stage.talk());
      ssh.keyExchange("libssh2_1.10.0", "OpenSSH_8.4", key);
      ssh.logIn(1, false);
      stage.tcp(1e9 + i * 9e9, STRANGER, HOSTS.hypervisor, 22, ssh.talk.taken(), { witness: step });
    }
  },
};
