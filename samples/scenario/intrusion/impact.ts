import { HOSTS, OUTSIDE } from "../../estate/company.ts";
import type { Host } from "../../estate/host.ts";
import { selfSigned } from "../../speak/certificate.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { SshTalk } from "../../speak/ssh-talk.ts";
import { TOOL } from "../../speak/tls-hello.ts";
import { TlsTalk } from "../../speak/tls-talk.ts";
import { ascii } from "../../wire/byte-writer.ts";
import type { Turn } from "../../wire/tcp-conversation.ts";
import { JOB, KEPT, pointOctets, PROTECTED, restorePoint, SHARE } from "../background/backup-nights.ts";
import { readBulk } from "../bulk.ts";
import { MINUTE, SECOND } from "../clock.ts";
import { lookUp } from "../daily.ts";
import type { Scale } from "../scale.ts";
import type { Stage } from "../stage.ts";
import type { Step } from "../step.ts";

/** How stolen backups leave: as uploads over TLS, or through SSH. */
export type Theft = "tls" | "ssh";
/** What becomes of the backups: most are deleted and the rest renamed, or all are cut to nothing. */
export type Impact = "deletion" | "truncation";

/** Backups are read from the repository and leave for the outside, in three parts. */
export function exfiltrate(
  stage: Stage,
  scale: Scale,
  atNs: number,
  lastNight: number,
  user: string,
  theft: Theft,
): void {
  const { backup, repository } = HOSTS;
  const collection = stage.step({
    id: "collection",
    phase: "collection",
    attack: ["T1039", "T1005"],
    source: backup.ip,
    target: repository.ip,
    account: user,
    what: "Read the newest restore points of FS01 and DC01 from the repository; the machine may do so, the account never did",
    detections: [],
  });
  const upload = stage.step({
    id: "exfiltration",
    phase: "exfiltration",
    attack: theft === "tls" ? ["T1567", "T1048"] : ["T1048.002"],
    source: backup.ip,
    target: OUTSIDE.drop.ip,
    account: null,
    what: `Sent ${scale.stolenOctets} octets to ${OUTSIDE.drop.dnsName} over ${theft.toUpperCase()}, never seen before`,
    detections: theft === "tls" ? ["BT-EX-007", "BT-EX-009", "BT-C2-010"] : ["BT-EX-003"],
  });
  const stolen = [HOSTS.files, HOSTS.dc1].map((machine) => ({
    name: restorePoint(stage, machine, lastNight),
    octets: pointOctets(stage, scale, machine, lastNight),
  }));
  const sends = atNs + 4 * MINUTE;
  const send = theft === "tls" ? sendOut : sendThroughSsh;
  stage.timeline.follow([
    {
      atNs,
      begin: () =>
        stage.smbStream(atNs, backup, repository, { user, domain: "REPO01", witness: collection }, function* (smb) {
          const tree = smb.tree(SHARE);
          const folder = smb.open(tree, JOB, { access: ACCESS.LIST, options: 1, attributes: 0x10 });
          const listed = PROTECTED.map((machine) => ({
            name: restorePoint(stage, machine, lastNight).slice(JOB.length + 1),
            octets: pointOctets(stage, scale, machine, lastNight),
            created: stage.filetime(atNs),
            written: stage.filetime(atNs),
            attributes: 0x20,
          }));
          smb.list(folder, listed);
          smb.close(folder);
          for (const point of stolen) {
            const file = smb.open(tree, point.name, { octets: point.octets });
            smb.talk.shows = collection;
            yield* readBulk(smb, file, point.octets);
            smb.talk.shows = undefined;
            smb.close(file);
          }
          smb.logoff();
        }),
    },
    ...[0, 1, 2].map((part) => ({
      atNs: sends + part * 11 * MINUTE,
      begin: () => send(stage, sends + part * 11 * MINUTE, backup, Math.ceil(scale.stolenOctets / 3), upload),
    })),
  ]);
}

/** One upload to the intruder's store. */
export function sendOut(stage: Stage, atNs: number, from: Host, octets: number, step: Step): void {
  const { drop } = OUTSIDE;
  const after = lookUp(stage, atNs, from, drop, step);
  const tls = new TlsTalk(stage.talk(), {
    client: TOOL,
    serverName: drop.dnsName,
    chain: [selfSigned(drop.dnsName, [drop.dnsName])],
  });
  stage.tcp(after, from, drop, 443, uploadTurns(tls, octets, step), { witness: step, bitsPerSecond: 200e6 });
}

/** One upload to the intruder's store through SSH. */
function sendThroughSsh(stage: Stage, atNs: number, from: Host, octets: number, step: Step): void {
  const { drop } = OUTSIDE;
  const after = lookUp(stage, atNs, from, drop, step);
  const ssh = new SshTalk(stage.talk());
  ssh.keyExchange("libssh2_1.10.0", "OpenSSH_9.2p1", ssh.talk.random.bytes(256));
  ssh.logIn(0, true);
  const turns = function* (): Generator<Turn> {
    ssh.talk.shows = step;
    for (const part of ssh.upload(octets)) if (part === undefined) yield* ssh.talk.taken();
    ssh.talk.shows = undefined;
    yield* ssh.talk.taken();
  };
  stage.tcp(after, from, drop, 22, turns(), { witness: step, bitsPerSecond: 200e6 });
}

function* uploadTurns(tls: TlsTalk, octets: number, step: Step): Generator<Turn> {
  tls.handshake();
  tls.send(true, 640);
  tls.talk.shows = step;
  for (let left = octets; left > 0; left -= 1 << 18) {
    tls.send(true, Math.min(left, 1 << 18), 300_000);
    yield* tls.talk.taken();
  }
  tls.talk.shows = undefined;
  tls.send(false, 210, 25e6);
  tls.close();
  yield* tls.talk.taken();
}

/** Restore points are deleted, the rest renamed, and a note is left. */
export function destroyBackups(stage: Stage, atNs: number, lastNight: number, user: string): void {
  const { backup, repository } = HOSTS;
  const fields = { phase: "tampering", source: backup.ip, target: repository.ip, account: user };
  const names = PROTECTED.flatMap((machine) =>
    Array.from({ length: KEPT }, (_, i) => restorePoint(stage, machine, lastNight - i)),
  );
  const metadata = PROTECTED.map((machine) => `${JOB}\\${JOB}_${machine.name}.vbm`);
  const kept = names.filter((name) => name.endsWith(".vbk"));
  const gone = names.filter((name) => !name.endsWith(".vbk"));
  const deletion = stage.step({
    ...fields,
    id: "deletion",
    attack: ["T1485", "T1490", "T1070.004"],
    what: `Deleted ${gone.length + metadata.length} restore points and metadata files from the repository`,
    detections: ["BT-TI-001"],
  });
  const renaming = stage.step({
    ...fields,
    id: "renaming",
    attack: ["T1486", "T1485"],
    what: `Renamed ${kept.length} full backups to *.nvk`,
    detections: ["BT-TI-002"],
  });
  const note = stage.step({
    ...fields,
    id: "note",
    attack: ["T1486"],
    what: "Left the file HOW-TO-GET-BACK.txt in the repository",
    detections: ["BT-TI-038"],
  });
  const how = { user, domain: "REPO01" };
  stage.timeline.follow([
    {
      atNs,
      begin: () =>
        stage.smb(atNs, backup, repository, { ...how, witness: deletion }, (smb) => {
          const tree = smb.tree(SHARE);
          for (const name of [...gone, ...metadata]) {
            const file = smb.open(tree, name, { access: ACCESS.DELETE, octets: 4096 });
            smb.talk.shows = deletion;
            smb.markDeleted(file);
            smb.talk.shows = undefined;
            smb.close(file);
          }
          smb.treeDisconnect(tree);
        }),
    },
    {
      atNs: atNs + 100 * SECOND,
      begin: () =>
        stage.smb(atNs + 100 * SECOND, backup, repository, { ...how, witness: renaming }, (smb) => {
          const tree = smb.tree(SHARE);
          for (const name of kept) {
            const file = smb.open(tree, name, { access: ACCESS.DELETE, octets: 4096 });
            smb.talk.shows = renaming;
            smb.rename(file, `${name}.nvk`);
            smb.talk.shows = undefined;
            smb.close(file);
          }
          smb.talk.shows = note;
          const text = smb.open(tree, `${JOB}\\HOW-TO-GET-BACK.txt`, { access: ACCESS.READ_WRITE, disposition: 5 });
          smb.writeBytes(text, ascii("Your backups are gone. Write to desk@files.transfer-box.example.org.\r\n"));
          smb.talk.shows = undefined;
          smb.close(text);
          smb.treeDisconnect(tree);
          smb.logoff();
        }),
    },
  ]);
}

/** All restore points are cut to a length of nothing. */
export function truncateBackups(stage: Stage, atNs: number, lastNight: number, user: string): void {
  const { backup, repository } = HOSTS;
  const names = PROTECTED.flatMap((machine) =>
    Array.from({ length: KEPT }, (_, i) => restorePoint(stage, machine, lastNight - i)),
  );
  const step = stage.step({
    id: "truncation",
    phase: "tampering",
    attack: ["T1485"],
    source: backup.ip,
    target: repository.ip,
    account: user,
    what: `Set the length of ${names.length} restore points to 0`,
    detections: ["BT-TI-003"],
  });
  const begin = () =>
    stage.smb(atNs, backup, repository, { user, domain: "REPO01", witness: step }, (smb) => {
      const tree = smb.tree(SHARE);
      for (const name of names) {
        const file = smb.open(tree, name, { access: ACCESS.READ_WRITE, octets: 1 << 22 });
        smb.talk.shows = step;
        smb.setLength(file, 0);
        smb.talk.shows = undefined;
        smb.close(file);
      }
      smb.treeDisconnect(tree);
      smb.logoff();
    });
  stage.timeline.follow([{ atNs, begin }]);
}
