import { jobStarts } from "../background/backup-nights.ts";
import { DAY } from "../clock.ts";
import type { Scale } from "../scale.ts";
import type { Stage } from "../stage.ts";
import { beacon, lookAround, openLure } from "./foothold.ts";
import type { Hop } from "./hops.ts";
import { destroyBackups, exfiltrate, truncateBackups, type Impact, type Theft } from "./impact.ts";
import {
  backupServerAsClient,
  guessPassword,
  stealSecrets,
  toBackupServer,
  toFileServer,
  toJumpHost,
} from "./movement.ts";

/** When each part of an intrusion happens, and as whom the backups are reached. */
export interface Chain {
  readonly lure: number;
  readonly discovery: number;
  readonly guessing: number;
  /** Nanoseconds between two guesses. */
  readonly guessGapNs: number;
  readonly fileServer: number;
  readonly secrets: number;
  readonly jumpHost: number;
  readonly backupServer: number;
  readonly exfiltration: number;
  readonly hypervisor: number;
  readonly destruction: number;
  readonly beaconMinutes: number;
  /** Account on the backup server and the repository. */
  readonly user: string;
  /** How the intruder comes to the file server, the jump host and the backup server. */
  readonly hops: { readonly fileServer: Hop; readonly jumpHost: Hop; readonly backupServer: Hop };
  /** How the stolen backups leave. */
  readonly theft: Theft;
  /** What is done to the backups in the end. */
  readonly impact: Impact;
}

/** Last night whose restore points are complete at a time. */
const lastNightBefore = (atNs: number): number => Math.floor(atNs / DAY) - 1;

/** From a phishing mail to deleted backups. */
export function playChain(stage: Stage, scale: Scale, chain: Chain): void {
  openLure(stage, chain.lure, 2 * scale.programOctets);
  beacon(stage, chain.lure + 105e9, chain.destruction + 500e9, chain.beaconMinutes);
  lookAround(stage, chain.discovery);
  guessPassword(stage, chain.guessing, chain.guessGapNs);
  toFileServer(stage, chain.fileServer, chain.hops.fileServer, scale.programOctets);
  stealSecrets(stage, chain.secrets);
  toJumpHost(stage, chain.jumpHost, chain.hops.jumpHost, scale.programOctets);
  toBackupServer(stage, scale, chain.backupServer, chain.hops.backupServer, chain.user);
  exfiltrate(stage, scale, chain.exfiltration, lastNightBefore(chain.exfiltration), chain.user, chain.theft);
  backupServerAsClient(stage, chain.hypervisor);
  const impact = chain.impact === "truncation" ? truncateBackups : destroyBackups;
  impact(stage, chain.destruction, lastNightBefore(chain.destruction), chain.user);
}

/** The night after: the job starts and finds nothing to go on with. */
export function emptyNight(stage: Stage, day: number, atNs: number): void {
  stage.timeline.follow([{ atNs, begin: () => jobStarts(stage, atNs, day) }]);
}
