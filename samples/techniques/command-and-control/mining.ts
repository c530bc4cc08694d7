import { OUTSIDE } from "../../estate/company.ts";
import { ascii } from "../../wire/byte-writer.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const mining: Technique = {
  name: "mining",
  shows: "A workstation logs in to a mining pool as Monero's miners do, gets work and hands in three results.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, OUTSIDE.drop, {
      phase: "command-and-control",
      attack: ["T1496"],
      account: null,
      what: "Computed for a mining pool",
      detections: ["BT-C2-015"],
    });
    const talk = stage.talk();
    const { random } = talk;
    const line = (message: object): Uint8Array => ascii(`${JSON.stringify(message)}\n`);
    const job = (): object => ({ blob: random.hex(152), job_id: random.hex(16), target: "b88d0600" });
    const session = random.hex(16);
    talk.client(
      line({ id: 1, method: "login", params: { login: "4ExampleWallet.rig1", pass: "x", agent: "exampleminer/1.0" } }),
    );
    talk.server(line({ id: 1, jsonrpc: "2.0", error: null, result: { id: session, job: job(), status: "OK" } }), 30e6);
    for (let share = 2; share < 5; share++) {
      talk.server(line({ jsonrpc: "2.0", method: "job", params: job() }), 20e9);
      talk.client(
        line({
          id: share,
          method: "submit",
          params: { id: session, job_id: random.hex(16), nonce: random.hex(8), result: random.hex(64) },
        }),
        9e9,
      );
      talk.server(line({ id: share, jsonrpc: "2.0", error: null, result: { status: "OK" } }), 30e6);
    }
    stage.tcp(2e9, STRANGER, OUTSIDE.drop, 3333, talk.taken(), { witness: step });
  },
};
