import { HOSTS, PEOPLE } from "../../estate/company.ts";
import { domainLogOn, openDocument } from "../../scenario/daily.ts";
import { onlyStep, workstation, type Technique } from "../technique.ts";

export const domainLogon: Technique = {
  name: "domain-logon",
  shows: "Four people log on in the morning and open a document: Kerberos, LDAP, SYSVOL, the file server.",
  isAttack: false,
  play(stage) {
    onlyStep(stage, workstation(0), HOSTS.dc1, {
      phase: "background",
      attack: [],
      account: null,
      what: "Ordinary log-ons",
      detections: [],
    });
    for (let i = 0; i < 4; i++) {
      const user = PEOPLE[i] ?? "a.sandell";
      domainLogOn(stage, 1e9 + i * 70e9, workstation(i), user);
      openDocument(stage, 31e9 + i * 70e9, workstation(i), user, 2_000);
    }
  },
};
