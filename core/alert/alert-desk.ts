import { join } from "node:path";
import { SEVERITIES } from "../contracts/finding.ts";
import type { Alarm, DestinationStatus } from "../contracts/recording.ts";
import { ioProblem } from "../case/io-problem.ts";
import { makeFolder } from "../case/make-folder.ts";
import { alertIdOf, type Alert } from "./alert.ts";
import type { Destination } from "./alert-config.ts";
import { AlertQueue, ToldAlerts } from "./alert-queue.ts";
import { DestinationAlarms } from "./destination-alarms.ts";
import { ALL_TAKEN, Rejected, type Answer, type Sender } from "./sender.ts";
import { SyslogSender } from "./syslog-sender.ts";
import { WebhookSender } from "./webhook-sender.ts";

const FIRST_RETRY_MS = 1000;
const MOST_RETRY_MS = 300_000;
/** How long ending waits for what is being sent. */
const CLOSING_MS = 5000;

interface Line {
  readonly destination: Destination;
  readonly sender: Sender;
  readonly queue: AlertQueue;
  readonly alarms: DestinationAlarms;
  delivered: number;
  rejected: number;
  problem: string | null;
  retryMs: number;
  timer: NodeJS.Timeout | null;
  isSending: boolean;
}

/** Takes alerts, tells each once, and delivers them to every destination that wants them, however long that takes. */
export class AlertDesk {
  readonly #told: ToldAlerts;
  readonly #lines: readonly Line[];

  /**
   * @param folder For the queues; made if it is not there.
   * @throws BacktrailError where it cannot be made.
   */
  constructor(destinations: readonly Destination[], folder: string, version: string) {
    try {
      makeFolder(folder);
    } catch (error) {
      throw ioProblem(error, `making ${folder}`);
    }
    this.#told = new ToldAlerts(folder);
    this.#lines = destinations.map((destination) => ({
      destination,
      sender: senderFor(destination, version),
      queue: new AlertQueue(folder, destination.name),
      alarms: new DestinationAlarms(destination.name),
      delivered: 0,
      rejected: 0,
      problem: null,
      retryMs: FIRST_RETRY_MS,
      timer: null,
      isSending: false,
    }));
    for (const line of this.#lines) {
      if (line.queue.unread !== null) line.alarms.unread(line.queue.unread);
      void this.#send(line);
    }
  }

  /** Takes an alert; one that was told before is passed over. */
  tell(given: Alert): void {
    const alert = this.#anew(given);
    if (this.#told.has(alert.id) || this.#isWithdrawnAlready(alert)) return;
    for (const line of this.#lines) {
      if (!isWanted(alert, line.destination)) continue;
      if (!line.queue.add(alert)) line.alarms.leftOut(alert);
      void this.#send(line);
    }
    // Last: a crash before this tells it twice, one after it would not tell it at all.
    this.#told.add(alert.id);
  }

  /** A finding that was withdrawn and is found again is news, also for a receiver that keeps alerts by their ids. */
  #anew(alert: Alert): Alert {
    if (alert.kind !== "finding" || alert.finding === null) return alert;
    const at = this.#told.withdrawnAt(alert.finding.id);
    return at === undefined ? alert : { ...alert, id: toldAnewId(alert.id, at) };
  }

  /** A crash before the story was kept without a finding has it withdrawn once more. */
  #isWithdrawnAlready({ kind, finding }: Alert): boolean {
    if (kind !== "finding-withdrawn" || finding === null) return false;
    const at = this.#told.withdrawnAt(finding.id);
    if (at === undefined) return false;
    return !SEVERITIES.some((severity) => this.#told.has(toldAnewId(alertIdOf({ ...finding, severity }), at)));
  }

  status(): DestinationStatus[] {
    return this.#lines.map(({ destination, queue, delivered, rejected, problem }) => {
      return { name: destination.name, waiting: queue.size, delivered, rejected, problem };
    });
  }

  /** What is wrong with the destinations. */
  get alarms(): readonly Alarm[] {
    return this.#lines.flatMap(({ alarms, queue }) => alarms.all(queue.size));
  }

  /** Lets what is under way end, for a moment; what is left stays queued. */
  async close(): Promise<void> {
    const until = performance.now() + CLOSING_MS;
    while (this.#lines.some((line) => line.isSending) && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 50));
    for (const { timer, sender } of this.#lines) {
      if (timer !== null) clearTimeout(timer);
      sender.close();
    }
  }

  async #send(line: Line): Promise<void> {
    if (line.isSending || line.timer !== null) return;
    line.isSending = true;
    try {
      while (line.queue.size > 0) {
        const batch = line.queue.next(line.sender.batch);
        const { again, problem } = await this.#deliver(line, batch);
        line.queue.putBack(batch.length, again);
        if (again.length > 0) throw new Error(problem);
        line.retryMs = FIRST_RETRY_MS;
      }
    } catch (error) {
      line.problem = (error as Error).message;
      // Somewhat less each time, so that many sensors do not come back at once.
      const wait = line.retryMs * (0.75 + Math.random() / 4);
      line.retryMs = Math.min(MOST_RETRY_MS, line.retryMs * 2);
      line.timer = setTimeout(() => {
        line.timer = null;
        void this.#send(line);
      }, wait).unref();
    } finally {
      line.isSending = false;
    }
  }

  /** Delivers a batch; of one that is rejected, each by itself, so that one bad alert keeps no others. */
  async #deliver(line: Line, batch: readonly Alert[]): Promise<Answer> {
    try {
      const answer = await line.sender.send(batch);
      const taken = batch.length - answer.rejected.length - answer.again.length;
      line.delivered += taken;
      if (taken > 0) line.alarms.taken();
      line.rejected += answer.rejected.length;
      for (const { alert } of answer.rejected) line.alarms.rejected(alert);
      line.problem = answer.rejected.at(-1)?.reason ?? null;
      return answer;
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      if (batch.length > 1) return this.#deliverEach(line, batch);
      line.rejected++;
      for (const alert of batch) line.alarms.rejected(alert);
      line.problem = error.message;
      return ALL_TAKEN;
    }
  }

  /** What fails on the way is sent again without those before it. */
  async #deliverEach(line: Line, batch: readonly Alert[]): Promise<Answer> {
    for (const [at, alert] of batch.entries()) {
      try {
        await this.#deliver(line, [alert]);
      } catch (error) {
        return { rejected: [], again: batch.slice(at), problem: (error as Error).message };
      }
    }
    return ALL_TAKEN;
  }
}

/** The least severity is that of findings: what the sensor says of itself goes to every destination. */
function isWanted({ kind, severity }: Alert, { minSeverity }: Destination): boolean {
  const isOfFinding = kind === "finding" || kind === "finding-withdrawn";
  return !isOfFinding || SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(minSeverity);
}

/** Where the queues of a recording lie, in `evidence/live` of its case. */
export function alertFolder(recordingFolder: string): string {
  return join(recordingFolder, "alerts");
}

/** Sends one alert to each destination, without any queue; what came of it, null for success. */
export async function sendAtOnce(
  destinations: readonly Destination[],
  alert: Alert,
  version: string,
): Promise<{ readonly name: string; readonly problem: string | null }[]> {
  return Promise.all(
    destinations.map(async (destination) => {
      const sender = senderFor(destination, version);
      try {
        const { rejected, again, problem } = await sender.send([alert]);
        return { name: destination.name, problem: rejected[0]?.reason ?? (again.length > 0 ? problem : null) };
      } catch (error) {
        return { name: destination.name, problem: (error as Error).message };
      } finally {
        sender.close();
      }
    }),
  );
}

function senderFor(destination: Destination, version: string): Sender {
  return destination.kind === "syslog" ? new SyslogSender(destination, version) : new WebhookSender(destination);
}

/** Id of the alert of a finding that is found again. @param withdrawnAt When it was withdrawn. */
function toldAnewId(id: string, withdrawnAt: string): string {
  return `${id}-${withdrawnAt}`;
}
