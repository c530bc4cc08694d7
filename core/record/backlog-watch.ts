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
  readonly #now: () => number;
  #fullMs = -Infinity;

  constructor(alarms: AlarmBoard, now = () => performance.now()) {
    this.#alarms = alarms;
    this.#now = now;
  }

  /** Once a second. @param isFull The disk has no room: what waits is not read. */
  look(
    driver: string,
    interfaces: readonly Pick<LiveInterface, "name" | "backlog">[],
    freeOctets: number,
    isFull: boolean,
  ): void {
    const waiting = interfaces.flatMap(({ name, backlog }) => (backlog === null ? [] : [{ name, ...backlog }]));
    this.octets = waiting.reduce((sum, { octets }) => sum + octets, 0);
    const now = this.#now();
    if (isFull) this.#fullMs = now;
    const isRead = now - this.#fullMs >= BEHIND_MS;
    const late = isRead ? waiting.filter(({ octets, ms }) => ms >= BEHIND_MS && octets >= LEAST_OCTETS) : [];
    for (const [isLeft, code] of [
      [false, "recorder-behind"],
      [true, "taking-over"],
    ] as const) {
      const own = late.filter((each) => each.isLeft === isLeft);
      this.#alarms.put(own.length > 0, code, () => textOf(isLeft, driver, own, freeOctets));
    }
  }
}

function textOf(
  isLeft: boolean,
  driver: string,
  late: readonly { readonly name: string; readonly octets: number; readonly ms: number }[],
  freeOctets: number,
): string {
  const since = new Date(Date.now() - Math.max(...late.map(({ ms }) => ms))).toISOString().slice(11, 19);
  const what = late.map(({ name, octets }) => `${octetsText(octets)} of ${name}`).join(", ");
  const room = `Nothing is lost while the disk has room (${octetsText(freeOctets)} free).`;
  return isLeft
    ? `What a recorder before this one left is compared with the segments since ${since} UTC, and what comes waits behind it in files of ${driver} (${what}). ${room}`
    : `Frames wait in files of ${driver} beside the segments since ${since} UTC (${what}): the recorder takes them more slowly than they come. ${room} If it grows, use a faster disk or processor, a filter (--filter) or fewer interfaces.`;
}
