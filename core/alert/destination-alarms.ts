import type { Alarm } from "../contracts/recording.ts";
import type { Alert } from "./alert.ts";

/** That something was lost is an alarm for so long after the last time. */
const LOST_MS = 600_000;

/** Alerts that wait for longer are an alarm. */
const WAITING_MS = 600_000;

const REJECTED = "alerts-rejected";
const WAITING = "alerts-waiting";
const LEFT_OUT = "alerts-left-out";
const UNREAD = "alerts-unread";
const CODES: readonly string[] = [REJECTED, WAITING, LEFT_OUT, UNREAD];

/**
 * What is wrong with one destination. The message of an alarm stays the same as long as it stands, as another would be told as news; and what
 * becomes of these alarms themselves at the destination is none, or one would follow the other.
 */
export class DestinationAlarms {
  readonly #name: string;
  /** By their codes; `untilMs` is of the monotonic clock. */
  readonly #standing = new Map<string, { readonly alarm: Alarm; readonly untilMs: number }>();
  /** Since when some wait and none is taken; null while none waits. */
  #waitingSinceMs: number | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  /** The file of what waits could not be read. */
  unread(path: string): void {
    const message = `Alerts that wait for ${this.#name} could not be read: the file is kept as ${path}, and what is in it is not sent. The case has the findings.`;
    this.#show(UNREAD, message, Infinity);
  }

  /** An alert was left out, as too many wait. */
  leftOut(alert: Alert): void {
    if (CODES.includes(alert.code)) return;
    const message = `Too many alerts wait for ${this.#name}: new ones are not sent to it. See to the destination; the case has the findings.`;
    this.#show(LEFT_OUT, message, performance.now() + LOST_MS);
  }

  /** The destination will never take an alert. */
  rejected(alert: Alert): void {
    if (CODES.includes(alert.code)) return;
    const message = `${this.#name} refused an alert for good, which is not sent again. The status says why; the case has the findings.`;
    this.#show(REJECTED, message, performance.now() + LOST_MS);
  }

  /** The destination took an alert. */
  taken(): void {
    this.#waitingSinceMs = null;
    this.#standing.delete(WAITING);
  }

  /** What is wrong now, while so many wait. */
  all(waiting: number): readonly Alarm[] {
    const now = performance.now();
    if (waiting === 0) this.taken();
    else if (now - (this.#waitingSinceMs ??= now) > WAITING_MS) {
      const message = `Alerts wait for ${this.#name}, which has taken none for ten minutes. They are kept and tried again; the status says why.`;
      this.#show(WAITING, message, Infinity);
    }
    for (const [code, { untilMs }] of this.#standing) if (untilMs < now) this.#standing.delete(code);
    return [...this.#standing.values()].map(({ alarm }) => alarm);
  }

  #show(code: string, message: string, untilMs: number): void {
    const alarm = this.#standing.get(code)?.alarm ?? { at: new Date().toISOString(), code, message };
    this.#standing.set(code, { alarm, untilMs });
  }
}
