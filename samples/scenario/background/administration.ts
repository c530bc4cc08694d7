import { ACCOUNTS, HOSTS, OUTSIDE } from "../../estate/company.ts";
import { SshTalk } from "../../speak/ssh-talk.ts";
import { ntpPacket } from "../../speak/small-services.ts";
import { Random } from "../../wire/random.ts";
import type { Planned } from "../../wire/timeline.ts";
import { at, SECOND, weekday } from "../clock.ts";
import { backupConsole, browse, remoteDesktop } from "../daily.ts";
import type { Host } from "../../estate/host.ts";
import type { Scale } from "../scale.ts";
import type { Stage, TcpHow } from "../stage.ts";

/** The administrator's round on working days: console, remote desktop, the hypervisor; and what servers do by themselves. */
export function* administration(stage: Stage, scale: Scale, days: number): Generator<Planned> {
  const updates = scale.screenUpdates;
  for (let day = 0; day < days; day++) {
    const random = stage.random.fork(`admin ${day}`);
    const time = at(day, "06:00") + random.below(60) * SECOND;
    yield { atNs: time, begin: () => clocks(stage, time + 40 * SECOND) };
    const update = at(day, "06:30") + random.below(600) * SECOND;
    if (weekday(day) % 3 === 2)
      yield { atNs: update, begin: () => browse(stage, update, HOSTS.backup, OUTSIDE.backupVendor, 1_400) };
    if (weekday(day) > 5) continue;
    const morning = at(day, "08:20") + random.below(1500) * SECOND;
    yield { atNs: morning, begin: () => backupConsole(stage, morning, random.between(2, 4)) };
    const desktop = at(day, "09:30") + random.below(3600) * SECOND;
    if (weekday(day) % 3 === 1) {
      yield {
        atNs: desktop,
        begin: () => remoteDesktop(stage, desktop, HOSTS.admin, HOSTS.backup, ACCOUNTS.backupAdmin.user, 14, updates),
      };
    } else if (weekday(day) === 2) {
      yield {
        atNs: desktop,
        begin: () => remoteDesktop(stage, desktop, HOSTS.jump, HOSTS.files, ACCOUNTS.domainAdmin.user, 9, updates),
      };
    } else if (weekday(day) === 3) {
      yield { atNs: desktop, begin: () => shell(stage, desktop, HOSTS.admin, HOSTS.hypervisor, 1) };
    } else {
      yield {
        atNs: desktop,
        begin: () => remoteDesktop(stage, desktop, HOSTS.admin, HOSTS.jump, ACCOUNTS.domainAdmin.user, 11, updates),
      };
    }
  }
}

/** A shell on a Linux machine. */
export function shell(
  stage: Stage,
  atNs: number,
  client: Host,
  server: Host,
  commands: number,
  how: TcpHow = {},
): void {
  const ssh = new SshTalk(stage.talk());
  ssh.keyExchange(
    "OpenSSH_for_Windows_8.6",
    "OpenSSH_9.2p1 Debian-2",
    new Random(`host key ${server.name}`).bytes(256),
  );
  ssh.logIn(0, true);
  ssh.session(commands);
  stage.tcp(atNs, client, server, 22, ssh.talk.taken(), how);
}

function clocks(stage: Stage, atNs: number): void {
  const { backup, proxy, repository } = HOSTS;
  for (const [i, [asks, answers]] of (
    [
      [backup, proxy],
      [backup, repository],
      [proxy, repository],
    ] as const
  ).entries()) {
    stage.arp(atNs - 30e9 + i * 7e9, asks, answers);
  }
  const pairs: readonly (readonly [Host, Host])[] = [
    [HOSTS.dc1, OUTSIDE.time],
    [HOSTS.backup, HOSTS.dc1],
    [HOSTS.repository, HOSTS.dc1],
  ];
  for (const [i, [client, server]] of pairs.entries()) {
    const talk = stage.talk();
    talk.client(ntpPacket(false, stage.wallMs(atNs), talk.random), 0);
    talk.server(ntpPacket(true, stage.wallMs(atNs), talk.random), 120_000);
    stage.udp(atNs + i * 3e9, client, server, 123, talk.taken(), undefined, 123);
  }
}
