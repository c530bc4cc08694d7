import { HOSTS } from "../../estate/company.ts";
import { forceSecureChannel } from "../../scenario/moves.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const zerologonReset: Technique = {
  name: "zerologon-reset",
  shows:
    "The secure channel of a controller is tried with zeros until a try is accepted, then the machine password is set.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "credential-access",
      attack: ["T1210", "T1068"],
      account: null,
      what: "Tried the secure channel of DC01 with zeros 96 times and set its machine password",
      detections: ["BT-CA-022"],
    });
    const how = { user: "", domain: "", witness: step };
    forceSecureChannel(stage, 1e9, { from: STRANGER, to: HOSTS.dc1, how, shows: step }, 96, true);
  },
};
