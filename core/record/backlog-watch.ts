import { octetsText } from "../contracts/text-forms.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { LiveInterface } from "./live-interface.ts";

/** A recorder that keeps up has taken all there is many times in this time. */
const BEHIND_MS = 10_000;
/** What dumpcap gives out at once may wait at any time. */
const LEAST_OCTETS = 1_000_000;

/** Watches what waits in the files of the drivers: a recorder that is slower than they are fills the disk with them. */
export class BacklogWatch {
  /** Octets that wait. */
  octets = 0;
  readonly #alarms: AlarmBoard;

  constructor(alarms: AlarmBoard) {
    this.#alarms = alarms;
  }

  /** Once a second. */
  look(driver: string, interfaces: readonly Pick<LiveInterface, "name" | "backlog">[], freeOctets: number): void {
    const waiting = interfaces.flatMap(({ name, backlog }) => (backlog === null ? [] : [{ name, ...backlog }]));
    this.octets = waiting.reduce((sum, { octets }) => sum + octets, 0);
    const late = waiting.filter(({ octets, ms }) => ms >= BEHIND_MS && octets >= LEAST_OCTETS);
    this.#alarms.put(late.length > 0, "recorder-behind", () => {
      const since = new Date(Date.now() - Math.max(...late.map(({ ms }) => ms))).toISOString();
      const what = late.map(({ name, octets }) => `${octetsText(octets)} of ${name}`).join(", ");
      return `Frames wait in files of ${driver} beside the segments since ${since.slice(11, 19)} UTC (${what}): the recorder takes them more slowly than they come. Nothing is lost while the disk has room (${octetsText(freeOctets)} free). If it grows, use a faster disk or processor, a filter (--filter) or fewer interfaces.`;
    });
  }
}
