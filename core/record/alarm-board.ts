import type { Json } from "../case/journal.ts";
import type { Alarm } from "../contracts/recording.ts";

/** Alarms whose beginning and end the journal has from elsewhere, with more detail. */
const NOTED_ELSEWHERE: ReadonlySet<string> = new Set(["clock-stepped", "verification-failed"]);

/** What is wrong now; that something begins or ends is noted. */
export class AlarmBoard {
  readonly #alarms = new Map<string, Alarm>();
  readonly #note: (action: string, detail: { readonly [key: string]: Json }) => void;

  constructor(note: (action: string, detail: { readonly [key: string]: Json }) => void) {
    this.#note = note;
  }

  get all(): readonly Alarm[] {
    return [...this.#alarms.values()];
  }

  /** Sets or ends the alarm of a code; its message is that of when it began. */
  put(isWrong: boolean, code: string, message: () => string = () => ""): void {
    const isKnown = this.#alarms.has(code);
    if (isWrong === isKnown) return;
    if (isWrong) this.show(code, message());
    else this.#alarms.delete(code);
    if (!NOTED_ELSEWHERE.has(code)) this.#note(isWrong ? code : `${code}-over`, {});
  }

  /** Shows an alarm without noting it, in place of one of the same key. */
  show(code: string, message: string, key = code): void {
    this.#alarms.set(key, { at: new Date().toISOString(), code, message });
  }

  /** Takes an alarm away without noting it. */
  hide(key: string): void {
    this.#alarms.delete(key);
  }
}
