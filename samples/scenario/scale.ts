/** How much of everything a capture of a given size holds. */
export interface Scale {
  /** Office activities (a page, a document, a print job ...) of all people in a working day. */
  readonly activities: number;
  /** Typical octets of one page or document. */
  readonly documentOctets: number;
  /** Octets of one machine's incremental restore point. */
  readonly incrementOctets: number;
  /** Octets that leave for the outside in the intrusion. */
  readonly stolenOctets: number;
  readonly beaconMinutes: number;
  /** Octets of programs that are copied. */
  readonly programOctets: number;
  /** True if the application server gets its guest processing every night, not only twice a week. */
  readonly guestEveryNight: boolean;
  /** Screen updates of a remote desktop session, about; an intruder's has twice as many. */
  readonly screenUpdates: number;
}

/** What a scenario costs without any volume, and the shares of what is left. */
const FIXED_OCTETS = 1_950_000;
/** Headers of frames and blocks are not counted below; measured at 100 MB. */
const OF_WISH = 0.85;
const OFFICE_SHARE = 0.35;
const BACKUP_SHARE = 0.5;
const WORKING_DAYS = 12;
/** Copies of an increment on the wire in two weeks: machines, hops, and fulls that are three times as large. */
const INCREMENTS = 3 * 2 * (14 + 2 * 2);

/** Everything for a capture of about `octets`. */
export function scaleOf(octets: number): Scale {
  const free = Math.max(0, OF_WISH * octets - FIXED_OCTETS);
  const documentOctets = Math.round(Math.min(60_000, 1_200 + free / 3_000));
  const perActivity = documentOctets * 1.1 + 5_200;
  const stolen = Math.max(1_030_000, Math.min(0.12 * free, 600_000_000));
  const rest = Math.max(0, free - stolen);
  return {
    activities: Math.max(4, Math.round((OFFICE_SHARE * rest) / WORKING_DAYS / perActivity)),
    documentOctets,
    incrementOctets: Math.max(1_500, Math.round((BACKUP_SHARE * rest) / INCREMENTS)),
    stolenOctets: Math.round(stolen),
    beaconMinutes: octets < 20e6 ? 60 : octets < 200e6 ? 10 : 5,
    programOctets: octets < 20e6 ? 3_000 : 180_000,
    guestEveryNight: octets >= 20e6,
    screenUpdates: octets < 20e6 ? 3 : octets < 500e6 ? 60 : 600,
  };
}
