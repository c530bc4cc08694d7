import type { Alert } from "./alert.ts";

/** Delivers alerts to one destination. */
export interface Sender {
  /** Most alerts of one `send`. */
  readonly batch: number;
  /**
   * Delivers all of them, in order.
   * @throws Rejected where the receiver will never take them; any other error means to try again.
   */
  send(alerts: readonly Alert[]): Promise<void>;
  close(): void;
}

/** The receiver understood and does not want it: sending the same again is of no use. */
export class Rejected extends Error {}
