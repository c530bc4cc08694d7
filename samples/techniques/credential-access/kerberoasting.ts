import { HOSTS, REALM } from "../../estate/company.ts";
import { overTcp, tgsRep, tgsReq } from "../../speak/kerberos.ts";
import { onlyStep, STRANGER, type Technique } from "../technique.ts";

export const kerberoasting: Technique = {
  name: "kerberoasting",
  shows: "A workstation asks for six tickets of service accounts in a minute; all are sealed with RC4.",
  isAttack: true,
  play(stage) {
    const step = onlyStep(stage, STRANGER, HOSTS.dc1, {
      phase: "credential-access",
      attack: ["T1558.003"],
      account: "g.dahl",
      what: "Asked for RC4 tickets of six service accounts",
      detections: ["BT-CA-008"],
    });
    const services = [
      "MSSQLSvc/app01.norrvik.example:1433",
      "HTTP/web01.norrvik.example",
      "backup/bkp01.norrvik.example",
      "scan/fs01.norrvik.example",
      "report/app01.norrvik.example",
      "print/prn01.norrvik.example",
    ];
    services.forEach((service, i) => {
      const atNs = 1e9 + i * 7e9;
      const who = { realm: REALM, user: "g.dahl", workstation: STRANGER.name, nowMs: stage.wallMs(atNs) };
      const talk = stage.talk();
      talk.shows = step;
      talk.client(overTcp(tgsReq(who, service, talk.random)));
      talk.server(overTcp(tgsRep(who, service, talk.random, true)));
      stage.tcp(atNs, STRANGER, HOSTS.dc1, 88, talk.taken(), { witness: step });
    });
  },
};
