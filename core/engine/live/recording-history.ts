import type { RecordingHistory, RecordingStatus } from "../../contracts/recording.ts";

/** Seconds that are kept. */
const KEPT = 300;

interface InterfaceSeries {
  readonly packetsPerSecond: number[];
  readonly lost: number[];
  lostBefore: number | null;
}

/** Gathers how a recording went in its last minutes. */
export class HistoryKeeper {
  readonly #interfaces = new Map<string, InterfaceSeries>();
  readonly #lagSeconds: number[] = [];

  /** Takes the state of one second. */
  add({ recorder, analysis }: RecordingStatus): void {
    for (const { name, packetsPerSecond, losses } of recorder?.interfaces ?? []) {
      const series = this.#interfaces.get(name) ?? { packetsPerSecond: [], lost: [], lostBefore: null };
      this.#interfaces.set(name, series);
      const lost = (losses.kernel ?? 0) + losses.driver + losses.own;
      keep(series.packetsPerSecond, recorder?.state === "stopped" ? 0 : packetsPerSecond);
      // A recorder that was started again counts from 0.
      keep(series.lost, lost - Math.min(lost, series.lostBefore ?? lost));
      series.lostBefore = lost;
    }
    keep(this.#lagSeconds, Math.round((analysis?.lagSeconds ?? 0) * 10) / 10);
  }

  get history(): RecordingHistory {
    return {
      interfaces: [...this.#interfaces].map(([name, { packetsPerSecond, lost }]) => ({ name, packetsPerSecond, lost })),
      lagSeconds: this.#lagSeconds,
    };
  }
}

function keep(values: number[], value: number): void {
  values.push(value);
  if (values.length > KEPT) values.shift();
}
