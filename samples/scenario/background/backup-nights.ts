import { ACCOUNTS, HOSTS, PORTS } from "../../estate/company.ts";
import type { Host } from "../../estate/host.ts";
import { syslogLine } from "../../speak/small-services.ts";
import { ACCESS } from "../../speak/smb-talk.ts";
import { filetimeOf } from "../../speak/log-on.ts";
import type { Planned } from "../../wire/timeline.ts";
import { moverStream, writeBulk } from "../bulk.ts";
import { at, DAY, MINUTE, SECOND, weekday } from "../clock.ts";
import { controlSession, lookUp } from "../daily.ts";
import { guestProcessing } from "../guest-processing.ts";
import type { Scale } from "../scale.ts";
import type { Stage } from "../stage.ts";

/** The machines that are backed up, in the order of the job. */
export const PROTECTED: readonly Host[] = [HOSTS.files, HOSTS.app, HOSTS.dc1];
export const JOB = "Servers-Nightly";
export const SHARE = "Backups";
/** Nights a restore point is kept. */
export const KEPT = 10;
const service = { user: ACCOUNTS.backupService.user, domain: "REPO01" };

/** Fulls are made in the night to Sunday. */
export const isFull = (day: number): boolean => weekday(day) === 6;

/** Name of a machine's restore point of a night; nights before the scenario have negative numbers. */
export function restorePoint(stage: Stage, machine: Host, day: number): string {
  const date = new Date(stage.wallMs(0) + day * 864e5).toISOString().slice(0, 10);
  const code = stage.random.fork(`point ${machine.name} ${day}`).hex(4).toUpperCase();
  return `${JOB}\\${machine.name}D${date}T220000_${code}.${isFull((day + 70) % 7) ? "vbk" : "vib"}`;
}

/** Octets of that restore point. */
export function pointOctets(stage: Stage, scale: Scale, machine: Host, day: number): number {
  const random = stage.random.fork(`size ${machine.name} ${day}`);
  return Math.round(scale.incrementOctets * (0.75 + 0.5 * random.unit()) * (isFull((day + 70) % 7) ? 3 : 1));
}

/** Every night from ten: machine by machine; retention at half past three. */
export function* backupNights(stage: Stage, scale: Scale, nights: number): Generator<Planned> {
  for (let day = 0; day < nights; day++) {
    const random = stage.random.fork(`night ${day}`);
    const start = at(day, "22:00") + random.below(40) * SECOND;
    const begins = PROTECTED.map((_, i) => start + 20 * SECOND + i * (11 * MINUTE + random.below(8 * 60) * SECOND));
    yield {
      atNs: start,
      begin: () => {
        jobStarts(stage, start, day);
        intoRepository(stage, scale, begins, day);
      },
    };
    for (const [i, machine] of PROTECTED.entries()) {
      const now = begins[i] ?? start;
      yield { atNs: now, begin: () => backUp(stage, scale, now, machine, day) };
    }
    const ends = (begins.at(-1) ?? start) + 25 * MINUTE;
    yield { atNs: ends, begin: () => jobEnds(stage, ends, day) };
    const cleans = at(day + 1, "03:30") + random.below(300) * SECOND;
    yield { atNs: cleans, begin: () => retention(stage, cleans, day) };
  }
}

function log(stage: Stage, atNs: number, text: string): void {
  const talk = stage.talk();
  talk.client(syslogLine(14, stage.wallMs(atNs), HOSTS.backup.dnsName, "BackupService", text), 0);
  stage.udp(atNs, HOSTS.backup, HOSTS.logs, 514, talk.taken());
}

/** The job begins: names are looked up, the proxy is told. */
export function jobStarts(stage: Stage, atNs: number, day: number): void {
  log(stage, atNs, `Backup job '${JOB}' has been started, session ${day + 4001}.`);
  lookUp(stage, atNs + 50e6, HOSTS.backup, HOSTS.proxy);
  controlSession(stage, atNs + SECOND, HOSTS.backup, HOSTS.proxy, PORTS.transport, 2);
}

/** The job ends: the chain's metadata is written. */
function jobEnds(stage: Stage, atNs: number, day: number): void {
  stage.smb(atNs, HOSTS.backup, HOSTS.repository, service, (smb) => {
    const tree = smb.tree(SHARE);
    for (const machine of PROTECTED) {
      const metadata = smb.open(tree, `${JOB}\\${JOB}_${machine.name}.vbm`, {
        access: ACCESS.READ_WRITE,
        disposition: 3,
        octets: 600,
      });
      smb.write(metadata, 640);
      smb.close(metadata);
    }
    smb.treeDisconnect(tree);
    smb.logoff();
  });
  log(
    stage,
    atNs + 2 * SECOND,
    `Backup job '${JOB}' finished with Success, session ${day + 4001}, ${PROTECTED.length} machines.`,
  );
}

/** One machine: control, guest processing, data to the proxy. */
function backUp(stage: Stage, scale: Scale, atNs: number, machine: Host, day: number): void {
  const octets = pointOctets(stage, scale, machine, day);
  lookUp(stage, atNs, HOSTS.backup, machine);
  controlSession(stage, atNs + SECOND, HOSTS.backup, machine, PORTS.agent, 1);
  if (machine === HOSTS.app && (scale.guestEveryNight || weekday(day) === 3)) {
    guestProcessing(stage, atNs + 5 * SECOND, machine, Math.min(scale.programOctets, 40_000));
  }
  const port = PORTS.dataFirst + ((day * 7 + PROTECTED.indexOf(machine)) % 40);
  const random = stage.random.fork(`mover ${day} ${machine.name}`);
  stage.tcp(atNs + 30 * SECOND, machine, HOSTS.proxy, port, moverStream(random, octets, true));
}

/** The proxy writes the restore points as the data come in, all in one session. */
function intoRepository(stage: Stage, scale: Scale, begins: readonly number[], day: number): void {
  const first = (begins[0] ?? 0) + 31 * SECOND;
  stage.smbStream(first, HOSTS.proxy, HOSTS.repository, service, function* (smb) {
    const tree = smb.tree(SHARE);
    for (const [i, machine] of PROTECTED.entries()) {
      const octets = pointOctets(stage, scale, machine, day);
      if (i > 0) smb.idle((begins[i] ?? 0) - (begins[i - 1] ?? 0));
      const file = smb.open(tree, restorePoint(stage, machine, day), { access: ACCESS.READ_WRITE, disposition: 2 });
      yield* writeBulk(smb, file, octets);
      smb.close(file);
    }
    smb.treeDisconnect(tree);
    smb.logoff();
  });
}

/** The backup server removes the restore points that are too old. */
export function retention(stage: Stage, atNs: number, day: number): void {
  const old = day - KEPT;
  const written = filetimeOf(stage.startNs + BigInt(old * DAY + 22 * 3600e9));
  stage.smb(atNs, HOSTS.backup, HOSTS.repository, service, (smb) => {
    const tree = smb.tree(SHARE);
    for (const machine of PROTECTED) {
      const file = smb.open(tree, restorePoint(stage, machine, old), { access: ACCESS.DELETE, octets: 4096, written });
      smb.markDeleted(file);
      smb.close(file);
    }
    smb.treeDisconnect(tree);
    smb.logoff();
  });
}
