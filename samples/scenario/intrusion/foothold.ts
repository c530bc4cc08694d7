import { ACCOUNTS, DOMAIN, HOSTS, NETBIOS_DOMAIN, OUTSIDE, PEOPLE, PORTS, WORKSTATIONS } from "../../estate/company.ts";
import type { Host } from "../../estate/host.ts";
import { reverseName } from "../../speak/dns.ts";
import { selfSigned } from "../../speak/certificate.ts";
import { SAMR, SRVSVC } from "../../speak/dcerpc.ts";
import { listShares, listUsers } from "../../speak/directory-rpc.ts";
import {
  any,
  all,
  bindResponse,
  contains,
  equal,
  present,
  searchDone,
  searchEntry,
  searchRequest,
  spnegoBind,
  unbind,
} from "../../speak/ldap.ts";
import { ntlmAuthenticate, ntlmChallenge, ntlmNegotiate } from "../../speak/ntlm.ts";
import { PipeCaller } from "../../speak/rpc-talk.ts";
import { ACCEPTED, INCOMPLETE, spnegoAnswer, spnegoInit } from "../../speak/spnego.ts";
import { TOOL } from "../../speak/tls-hello.ts";
import { TlsTalk } from "../../speak/tls-talk.ts";
import { joined } from "../../wire/byte-writer.ts";
import type { Planned } from "../../wire/timeline.ts";
import { MINUTE, SECOND } from "../clock.ts";
import { browse, lookUp } from "../daily.ts";
import type { Stage } from "../stage.ts";
import type { Step } from "../step.ts";

/** The workstation whose user follows the link. */
export function firstVictim(): { machine: Host; user: string } {
  const machine = WORKSTATIONS[6];
  const user = PEOPLE[6];
  if (machine === undefined || user === undefined) throw new Error("no such workstation");
  return { machine, user };
}

/** The lure is opened: a page, then a larger download. */
export function openLure(stage: Stage, atNs: number, octets: number): void {
  const { machine, user } = firstVictim();
  const step = stage.step({
    id: "foothold",
    phase: "initial-access",
    attack: ["T1566.002", "T1204.001"],
    source: machine.ip,
    target: OUTSIDE.lure.ip,
    account: user,
    what: `Opened ${OUTSIDE.lure.dnsName} from a phishing mail and downloaded a program`,
    detections: [],
  });
  stage.timeline.follow([{ atNs, begin: () => browse(stage, atNs, machine, OUTSIDE.lure, octets, { witness: step }) }]);
}

/** The implant reports at regular times. */
export function beacon(stage: Stage, fromNs: number, untilNs: number, minutes: number): void {
  const { machine } = firstVictim();
  const { control } = OUTSIDE;
  const step = stage.step({
    id: "beacon",
    phase: "command-and-control",
    attack: ["T1071.001", "T1573"],
    source: machine.ip,
    target: control.ip,
    account: null,
    what: `Reported to ${control.dnsName} every ${minutes} minutes, give or take a tenth`,
    detections: [],
  });
  stage.timeline.follow(beacons(stage, fromNs, untilNs, minutes, step));
}

function* beacons(stage: Stage, fromNs: number, untilNs: number, minutes: number, step: Step): Generator<Planned> {
  const random = stage.random.fork("beacon");
  const { machine } = firstVictim();
  const { control } = OUTSIDE;
  const chain = [selfSigned(control.dnsName, [control.dnsName])];
  for (let now = fromNs; now < untilNs; now += minutes * MINUTE * (0.9 + 0.2 * random.unit())) {
    const atNs = now;
    yield {
      atNs,
      begin: () => {
        const after = lookUp(stage, atNs, machine, control, step);
        const tls = new TlsTalk(stage.talk(), { client: TOOL, serverName: control.dnsName, chain });
        tls.handshake();
        tls.send(true, random.between(210, 260));
        tls.send(false, random.between(90, 140), 30e6);
        tls.close();
        stage.tcp(after, machine, control, 443, tls.talk.taken(), { witness: step });
      },
    };
  }
}

/** What is there: names in the backup network, accounts, shares, open ports. */
export function lookAround(stage: Stage, atNs: number): void {
  const { machine, user } = firstVictim();
  const { dc1 } = HOSTS;
  const fields = { phase: "discovery", source: machine.ip, account: user };
  const names = stage.step({
    ...fields,
    id: "names",
    attack: ["T1018"],
    target: dc1.ip,
    what: "Asked for the names of 30 addresses in the backup network",
    detections: [],
  });
  const directory = stage.step({
    ...fields,
    id: "directory",
    attack: ["T1087.002", "T1018"],
    target: dc1.ip,
    what: "Searched the directory for backup accounts and servers",
    detections: ["BT-DI-009"],
  });
  const accounts = stage.step({
    ...fields,
    id: "accounts",
    attack: ["T1087.002"],
    target: dc1.ip,
    what: "Listed all users of the domain over SAMR",
    detections: ["BT-DI-006"],
  });
  const targets = [HOSTS.files, HOSTS.app, HOSTS.backup, HOSTS.repository, HOSTS.proxy, HOSTS.jump];
  const shares = stage.step({
    ...fields,
    id: "shares",
    attack: ["T1135"],
    target: HOSTS.repository.ip,
    what: "Listed the shares of six servers",
    detections: ["BT-DI-004"],
  });
  const ports = stage.step({
    ...fields,
    id: "ports",
    attack: ["T1046"],
    target: HOSTS.backup.ip,
    what: "Tried ports of the backup products on the backup network",
    detections: ["BT-DI-001", "BT-DI-002"],
  });
  const backupHosts = new Map([HOSTS.backup, HOSTS.proxy, HOSTS.repository].map((each) => [each.ip, each]));
  const plan: Planned[] = [
    {
      atNs,
      begin: () => {
        let now = atNs;
        for (let last = 1; last <= 30; last++) {
          const ip = `10.30.0.${last}`;
          const found = backupHosts.get(ip);
          const answer = found === undefined ? [] : [{ type: "PTR" as const, ttl: 1200, value: found.dnsName }];
          stage.dns(now, machine, dc1, reverseName(ip), "PTR", answer, names);
          now += stage.random.between(20, 90) * 1e6;
        }
      },
    },
    { atNs: atNs + 4 * MINUTE, begin: () => searchDirectory(stage, atNs + 4 * MINUTE, directory) },
    {
      atNs: atNs + 9 * MINUTE,
      begin: () =>
        stage.smb(atNs + 9 * MINUTE, machine, dc1, { user, witness: accounts }, (smb) => {
          const ipc = smb.tree("IPC$");
          const pipe = new PipeCaller(smb, ipc, SAMR);
          smb.talk.shows = accounts;
          listUsers(
            pipe,
            dc1.name,
            NETBIOS_DOMAIN,
            ["Administrator", "krbtgt", ...Object.values(ACCOUNTS).map((each) => each.user), ...PEOPLE],
            smb.talk.random,
          );
          smb.talk.shows = undefined;
          pipe.close();
          smb.logoff();
        }),
    },
    {
      atNs: atNs + 14 * MINUTE,
      begin: () => {
        for (const [i, target] of targets.entries()) {
          stage.smb(atNs + 14 * MINUTE + i * 700e6, machine, target, { user, witness: shares }, (smb) => {
            const ipc = smb.tree("IPC$");
            const pipe = new PipeCaller(smb, ipc, SRVSVC);
            smb.talk.shows = shares;
            listShares(pipe, target.name, sharesOf(target));
            smb.talk.shows = undefined;
            pipe.close();
            smb.logoff();
          });
        }
      },
    },
    { atNs: atNs + 21 * MINUTE, begin: () => tryPorts(stage, atNs + 21 * MINUTE, ports) },
  ];
  stage.timeline.follow(plan);
}

function sharesOf(target: Host): { name: string; comment: string; type: number }[] {
  const own = target === HOSTS.repository ? ["Backups"] : target === HOSTS.files ? ["Projects", "Scans"] : [];
  return [
    { name: "ADMIN$", comment: "Remote Admin", type: 0x80000000 },
    { name: "C$", comment: "Default share", type: 0x80000000 },
    { name: "IPC$", comment: "Remote IPC", type: 0x80000003 },
    ...own.map((name) => ({ name, comment: "", type: 0 })),
  ];
}

function searchDirectory(stage: Stage, atNs: number, step: Step): void {
  const { machine, user } = firstVictim();
  const { dc1 } = HOSTS;
  const logOn = stage.logOn(atNs, machine, dc1, { user });
  const talk = stage.talk();
  const { random } = talk;
  talk.client(spnegoBind(1, spnegoInit("ntlm", ntlmNegotiate())));
  const challenge = ntlmChallenge(logOn.server, logOn.filetime, random);
  talk.server(bindResponse(1, 14, spnegoAnswer({ state: INCOMPLETE, mechanism: "ntlm", token: challenge })));
  const token = ntlmAuthenticate(logOn.who, logOn.server, logOn.filetime, random);
  talk.client(spnegoBind(2, spnegoAnswer({ token })));
  talk.server(bindResponse(2, 0, spnegoAnswer({ state: ACCEPTED })));
  const base = "DC=norrvik,DC=example";
  talk.shows = step;
  const people = any(contains("sAMAccountName", "backup"), contains("description", "backup"), equal("adminCount", "1"));
  talk.client(
    searchRequest(3, base, 2, all(equal("objectClass", "user"), people), ["sAMAccountName", "description", "memberOf"]),
  );
  const found = Object.values(ACCOUNTS).map((account) =>
    searchEntry(3, `CN=${account.user},OU=Services,${base}`, {
      sAMAccountName: [account.user],
      description: ["Member of the operations team"],
    }),
  );
  talk.server(joined(...found, searchDone(3)));
  const servers = [HOSTS.backup, HOSTS.proxy, HOSTS.repository, HOSTS.files, HOSTS.jump];
  talk.client(
    searchRequest(
      4,
      base,
      2,
      all(equal("objectClass", "computer"), contains("operatingSystem", "Server"), present("servicePrincipalName")),
      ["dNSHostName"],
    ),
  );
  talk.server(
    joined(
      ...servers.map((each) =>
        searchEntry(4, `CN=${each.name},OU=Servers,${base}`, { dNSHostName: [`${each.name.toLowerCase()}.${DOMAIN}`] }),
      ),
      searchDone(4),
    ),
  );
  talk.shows = undefined;
  talk.client(unbind(5));
  stage.tcp(atNs, machine, dc1, 389, talk.taken(), { witness: step });
}

function tryPorts(stage: Stage, atNs: number, step: Step): void {
  const { machine } = firstVictim();
  const open = new Set([
    `10.30.0.10 ${PORTS.console}`,
    `10.30.0.10 ${PORTS.secureConnections}`,
    `10.30.0.20 ${PORTS.transport}`,
    `10.30.0.30 ${PORTS.transport}`,
  ]);
  let now = atNs;
  for (const target of [HOSTS.backup, HOSTS.proxy, HOSTS.repository]) {
    for (const port of [
      902,
      1556,
      2049,
      3260,
      5985,
      6106,
      6160,
      PORTS.transport,
      8400,
      9000,
      PORTS.console,
      PORTS.secureConnections,
      9419,
      10000,
      13724,
    ]) {
      const ending = open.has(`${target.ip} ${port}`) ? "reset" : "refused";
      stage.tcp(now, machine, target, port, [], { ending, witness: step });
      now += stage.random.between(8, 60) * 1e6;
    }
    now += 2 * SECOND;
  }
}
