import { OUTSIDE } from "../../estate/company.ts";
import { ascii } from "../../wire/byte-writer.ts";
import { filler } from "../../wire/filler.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const bareShell: Technique = {
  name: "bare-shell",
  shows:
    "A workstation connects a command interpreter to an address outside, then a program of it exchanges ciphertext without any protocol.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, OUTSIDE.drop, {
      phase: "command-and-control",
      attack: ["T1095", "T1573"],
      account: null,
      what: "Connected a command interpreter to an address outside",
      detections: ["BT-C2-008"],
    });
    const shell = stage.talk();
    shell.client(
      ascii(
        "Microsoft Windows [Version 10.0.19045.3803]\r\n(c) Microsoft Corporation. All rights reserved.\r\n\r\nC:\\Users\\kim>",
      ),
    );
    for (const [command, answer] of [
      ["whoami\n", "norrvik\\kim\r\n\r\nC:\\Users\\kim>"],
      ["hostname\n", "WS07\r\n\r\nC:\\Users\\kim>"],
    ] as const) {
      shell.server(ascii(command), 3e9);
      shell.client(ascii(`${command}${answer}`), 40e6);
    }
    stage.tcp(2e9, STRANGER, OUTSIDE.drop, 4444, shell.taken(), { witness: step });
    const sealed = stage.talk();
    for (let i = 0; i < 6; i++) {
      sealed.client(filler(sealed.random, 300 + 16 * i), 2e9);
      sealed.server(filler(sealed.random, 600), 30e6);
    }
    stage.tcp(30e9, STRANGER, OUTSIDE.drop, 8443, sealed.taken(), { witness: step });
  },
};
