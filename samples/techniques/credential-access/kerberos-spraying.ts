import { HOSTS, PEOPLE, REALM } from "../../estate/company.ts";
import { asReq, krbError, overTcp } from "../../speak/kerberos.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const kerberosSpraying: Technique = {
  name: "kerberos-spraying",
  shows: "One wrong password is tried for sixteen accounts through Kerberos.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "credential-access",
      attack: ["T1110.003"],
      account: null,
      what: "Tried one password for 16 accounts",
      detections: ["BT-CA-010"],
    });
    PEOPLE.forEach((user, i) => {
      const atNs = 1e9 + i * 4e9;
      const who = { realm: REALM, user, workstation: STRANGER.name, nowMs: stage.wallMs(atNs) };
      const talk = stage.talk();
      talk.shows = step;
      talk.client(overTcp(asReq(who, true, talk.random)));
      talk.server(overTcp(krbError(who, 24, talk.random)));
      stage.tcp(atNs, STRANGER, HOSTS.dc1, 88, talk.taken(), { witness: step });
    });
  },
};
