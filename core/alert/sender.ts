import type { Alert } from "./alert.ts";

/** What a receiver made of alerts; those that are in neither list were taken. */
export interface Answer {
  /** It understood them and does not want them: sending the same again is of no use. */
  readonly rejected: readonly { readonly alert: Alert; readonly reason: string }[];
  /** It could not take them now, and took others of the same batch. */
  readonly again: readonly Alert[];
  /** Why some are to be sent again. */
  readonly problem: string;
}

export const ALL_TAKEN: Answer = { rejected: [], again: [], problem: "" };

/** Delivers alerts to one destination. */
export interface Sender {
  /** Most alerts of one `send`. */
  readonly batch: number;
  /**
   * Delivers all of them, in order.
   * @throws Rejected where the receiver will never take the batch; any other error means to try it again.
   */
  send(alerts: readonly Alert[]): Promise<Answer>;
  close(): void;
}

/** The receiver understood the whole batch and does not want it. */
export class Rejected extends Error {}
