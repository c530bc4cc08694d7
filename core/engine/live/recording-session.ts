import type { ChildProcess } from "node:child_process";
import type { Server } from "node:http";
import { join } from "node:path";
import { alarmAlert, findingAlert, verificationAlert, withdrawalAlert } from "../../alert/alert.ts";
import type { Destination } from "../../alert/alert-config.ts";
import { alertFolder, AlertDesk } from "../../alert/alert-desk.ts";
import { replaceFile } from "../../case/durable-file.ts";
import type { Finding } from "../../contracts/finding.ts";
import { SEVERITIES } from "../../contracts/finding.ts";
import type {
  Alarm,
  AnalysisStatus,
  RecorderStatus,
  RecordingReport,
  RecordingStatus,
} from "../../contracts/recording.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { countOf, octetsText } from "../../contracts/text-forms.ts";
import { programEntry } from "../../program/program-files.ts";
import { startProcess } from "../../record/privileges.ts";
import type { RecordOptions } from "../../record/record-options.ts";
import type { FromRecorder, ToRecorder } from "../../record/recorder-messages.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { nextCheckMs, type RecordingCheck } from "../../record/verify-recording.ts";
import { serveHealth } from "./health-server.ts";
import { TOOL } from "../version.ts";
import type { AnalysisSetup, FromAnalysis, ToAnalysis } from "./analysis-messages.ts";
import { newsKey, SEGMENT_LEFT_OUT, SILENT_MS, standing } from "./analysis-messages.ts";
import { ENDED_IN_ORDER, KeptProcess } from "./kept-process.ts";
import { HistoryKeeper } from "./recording-history.ts";

/** What a session tells whoever shows it. */
export interface SessionEvents {
  findings(findings: readonly Finding[]): void;
  /** Findings that were told and are not found any more. */
  withdrawn(findings: readonly Finding[]): void;
  status(status: RecordingStatus): void;
  /** An alarm began (`isOver` false) or ended. */
  alarm(alarm: Alarm, isOver: boolean): void;
  /** What a check of the recording came to. */
  verified(isOk: boolean, result: string): void;
}

/** What goes out of the sensor. */
export interface OutsideOptions {
  readonly destinations: readonly Destination[];
  /** Port of loopback for health and metrics; null for none. */
  readonly healthPort: number | null;
  /** Closed segments and journal are checked so often; null for never. */
  readonly verifySeconds: number | null;
}

const STATUS_MS = 1000;
/** One that is started again waits for the driver before it, and hashes what was left open, before it says anything: it may be silent so many times as long. */
const STARTING_TIMES = 6;
/** An analysis that fails while it reads the recording to its end is tried again up to so many times. */
const MOST_ENDINGS = 3;
/** That a segment was left out is an alarm for so long. */
const LEFT_OUT_MS = 600_000;
const UNFINISHED =
  "All was recorded, and the analysis did not read it to its end: `backtrail record` into the same case goes on where it stopped, and `backtrail analyze` reads the segments into another.";

/**
 * A recording and its analysis: two processes that are started, watched and, where one dies, started again, each without the
 * other. This process does neither itself.
 */
export class RecordingSession {
  readonly #folder: string;
  readonly #events: SessionEvents;
  readonly #recorder: KeptProcess<ToRecorder, FromRecorder>;
  readonly #analysis: KeptProcess<ToAnalysis, FromAnalysis>;
  readonly #alarms = new Map<string, Alarm>();
  readonly #own = new Map<string, Alarm>();
  readonly #history = new HistoryKeeper();
  #recorderStatus: RecorderStatus | null = null;
  #analysisStatus: AnalysisStatus | null = null;
  #statusTimer: NodeJS.Timeout | null = null;
  /** When the next check is due, by the monotonic clock. */
  #verifyDueMs = Infinity;
  #leftOutTimer: NodeJS.Timeout | undefined;
  readonly #desk: AlertDesk | null;
  readonly #outside: OutsideOptions;
  #health: Server | null = null;
  #verifier: ChildProcess | null = null;
  #isStopping = false;
  /** True once the analysis has read the recording to its end. */
  #isRead = false;
  /** While recording has not begun: who waits for it. */
  #beginning: { readonly begun: () => void; readonly refused: (error: BacktrailError) => void } | null = null;
  /** Findings that were shown: an analysis that was started again finds them again. */
  readonly #shown = new Set<string>();
  readonly #silentMs: number;

  /**
   * @param folder A case that exists and that no process has open.
   * @param silentMs A recorder of which nothing is heard for so long is taken as hung.
   */
  constructor(
    folder: string,
    options: RecordOptions,
    analysis: Omit<AnalysisSetup, "folder" | "leastFreeOctets">,
    outside: OutsideOptions,
    events: SessionEvents,
    silentMs = SILENT_MS,
  ) {
    this.#folder = folder;
    this.#silentMs = silentMs;
    const live = join(folder, RECORDING_FILES.folder);
    this.#recorder = new KeptProcess(
      () => startProcess("recorder", programEntry("core/record/recorder-process")),
      () => ({ kind: "start", setup: { folder: live, version: TOOL.version, options } }),
      { message: (message) => this.#fromRecorder(message), ended: (how) => this.#recorderEnded(how) },
    );
    this.#analysis = new KeptProcess(
      () => startProcess("analysis", programEntry("core/engine/live/analysis-process")),
      () => ({ kind: "start", setup: { ...analysis, folder, leastFreeOctets: options.leastFreeOctets } }),
      { message: (message) => this.#fromAnalysis(message), ended: (how) => this.#analysisEnded(how) },
    );
    this.#outside = outside;
    this.#events = events;
    const queues = alertFolder(live);
    this.#desk = outside.destinations.length === 0 ? null : new AlertDesk(outside.destinations, queues, TOOL.version);
  }

  /**
   * Starts both processes.
   * @returns once frames are recorded.
   * @throws BacktrailError with the reason why recording was refused.
   */
  async start(): Promise<void> {
    const { healthPort, verifySeconds } = this.#outside;
    if (verifySeconds !== null)
      this.#verifyDueMs = performance.now() + nextCheckMs(join(this.#folder, RECORDING_FILES.folder), verifySeconds);
    if (healthPort !== null) this.#health = await serveHealth(healthPort, () => this.status);
    await new Promise<void>((begun, refused) => {
      this.#beginning = { begun, refused };
      this.#recorder.start();
    });
    this.#beginning = null;
    this.#analysis.start();
    // What was said while this process itself stood still is heard first.
    this.#statusTimer = setInterval(() => setImmediate(() => this.#tell()), Math.min(STATUS_MS, this.#silentMs));
  }

  /**
   * Ends recording first, then lets the analysis read what was recorded to its end.
   * @returns whether it did; else an alarm says what to do.
   */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    this.#analysis.hold();
    // It would keep this process for as long as hashing all segments takes.
    this.#verifier?.kill();
    await this.#recorder.end({ kind: "stop" });
    // What ended before the last segment was closed has not read it.
    this.#isRead = false;
    for (let tries = 0; tries < MOST_ENDINGS && !this.#isRead; tries++) {
      if (!this.#analysis.isRunning) this.#analysis.start();
      await this.#analysis.end({ kind: "finish" });
    }
    if (!this.#isRead) this.#alarm("analysis-unfinished", UNFINISHED);
    if (this.#statusTimer !== null) clearInterval(this.#statusTimer);
    this.#tell();
    this.#health?.close();
    await this.#desk?.close();
    return this.#isRead;
  }

  /** Checks journal and closed segments in a process of its own, where that is due; the result is journaled, and told. */
  #mindVerification(): void {
    const { verifySeconds } = this.#outside;
    if (verifySeconds === null || this.#isStopping || performance.now() < this.#verifyDueMs) return;
    this.#verifyDueMs = performance.now() + verifySeconds * 1000;
    if (this.#verifier !== null) return; // the one before is not done
    const child = startProcess("analysis", programEntry("core/record/verify-process"), [
      join(this.#folder, RECORDING_FILES.folder),
    ]);
    this.#verifier = child;
    let isDone = false;
    child.on("message", (check: RecordingCheck) => {
      isDone = true;
      this.#over("verification-ended");
      this.#recorder.post({ kind: "verified", check });
      const size = `${countOf(check.segments, "segment")}, ${octetsText(check.octets)}`;
      const text = check.ok
        ? `${size} and the journal are as they were written; its head is ${check.head}.`
        : check.wrong.join(" ");
      this.#desk?.tell(verificationAlert(check.ok, text, this.#folder));
      this.#events.verified(check.ok, text);
    });
    const over = () => {
      this.#verifier = null;
      if (!isDone && !this.#isStopping)
        this.#alarm(
          "verification-ended",
          "The check of the recording ended without a result; it is tried again at its next time.",
        );
    };
    child.on("exit", over);
    child.on("error", over);
  }

  get status(): RecordingStatus {
    const recorder = this.#recorderStatus;
    const alarms = this.#alarmsNow();
    return {
      case: this.#folder,
      recorder: recorder === null ? null : { ...recorder, alarms },
      analysis: standing(this.#analysisStatus, this.#analysis.isRunning, Date.now()),
      alerts: this.#desk?.status() ?? [],
    };
  }

  #alarmsNow(): Alarm[] {
    return [...(this.#recorderStatus?.alarms ?? []), ...this.#own.values(), ...(this.#desk?.alarms ?? [])];
  }

  #fromRecorder(message: FromRecorder): void {
    if (message.kind === "refused") {
      const error = new BacktrailError(message.code, message.message);
      if (this.#beginning !== null) this.#beginning.refused(error);
      else this.#alarm("recorder-refused", message.message);
      return;
    }
    this.#recorderStatus = message.status;
    this.#over("recorder-ended", "recorder-refused", "recorder-silent");
    this.#beginning?.begun();
  }

  #recorderEnded(how: string): boolean {
    this.#over("recorder-silent");
    if (this.#recorderStatus !== null) this.#recorderStatus = { ...this.#recorderStatus, state: "stopped" };
    if (this.#isStopping) return false;
    if (this.#beginning !== null) {
      const message = `The recorder ended with ${how} before it began.`;
      this.#beginning.refused(new BacktrailError("recorder-failed", message));
      return false;
    }
    this.#alarm(
      "recorder-ended",
      `The recorder was ended (${how}): nothing is recorded until it is started again, which is tried now.`,
    );
    return true;
  }

  #fromAnalysis(message: FromAnalysis): void {
    switch (message.kind) {
      case "status":
        this.#analysisStatus = message.status;
        this.#over("analysis-ended", "analysis-refused");
        this.#mindDisk(message.status);
        break;
      case "findings":
        this.#takeFindings(message.findings);
        break;
      case "withdrawn":
        this.#withdraw(message.findings);
        break;
      case "refused":
        this.#analysisRefused(message.code, message.message);
        break;
      case "finished":
        break;
    }
  }

  #mindDisk({ waitsForDisk }: AnalysisStatus): void {
    if (!waitsForDisk) this.#over("analysis-waits");
    else if (!this.#own.has("analysis-waits"))
      this.#alarm(
        "analysis-waits",
        `The disk where ${this.#folder} lies has little more than --least-free: recording goes on, and the analysis, which would fill it, waits until there is room. Free some space, or begin a new case.`,
      );
  }

  #analysisRefused(code: string, reason: string): void {
    if (code === SEGMENT_LEFT_OUT) {
      this.#alarm(code, reason);
      // It stays so, in journal and coverage; the alarm is there to be seen.
      clearTimeout(this.#leftOutTimer);
      this.#leftOutTimer = setTimeout(() => this.#over(code), LEFT_OUT_MS).unref();
    } else if (this.#isStopping)
      this.#alarm("analysis-refused", `The analysis failed while it read to the end: ${reason}`);
    else this.#alarm("analysis-refused", `Recording goes on, analysis is tried again: ${reason}`);
  }

  #takeFindings(findings: readonly Finding[]): void {
    for (const finding of findings) this.#desk?.tell(findingAlert(finding, this.#folder));
    const news = findings.filter((finding) => !this.#shown.has(newsKey(finding)));
    for (const finding of news) this.#shown.add(newsKey(finding));
    if (news.length > 0) this.#events.findings(news);
  }

  #withdraw(findings: readonly Finding[]): void {
    for (const finding of findings) {
      this.#desk?.tell(withdrawalAlert(finding, this.#folder));
      // Told again, it is news again.
      for (const severity of SEVERITIES) this.#shown.delete(newsKey({ ...finding, severity }));
    }
    this.#events.withdrawn(findings);
  }

  #analysisEnded(how: string): boolean {
    this.#over("analysis-waits");
    if (this.#isStopping) {
      this.#isRead = how === ENDED_IN_ORDER;
      return false;
    }
    this.#alarm("analysis-ended", `The analysis was ended (${how}); recording goes on, and it is started again.`);
    return true;
  }

  #mindRecorder(): void {
    // At its end it may write for long what waits, and is not to be ended by force for it.
    if (this.#isStopping || this.#own.has("recorder-silent")) return;
    const { pid, silentMs, startingMs } = this.#recorder;
    const isSilent = silentMs >= this.#silentMs;
    if (!isSilent && startingMs < STARTING_TIMES * this.#silentMs) return;
    const what = isSilent ? "says nothing any more" : "was started again and has said nothing yet";
    const message = `The recorder (process ${pid}) ${what}: whether frames are recorded is not known. Look at the disk and the load of this machine; where it does not come back, end it by force (kill -9 ${pid}): it is started again.`;
    this.#own.set("recorder-silent", { at: new Date().toISOString(), code: "recorder-silent", message });
  }

  #alarm(code: string, message: string): void {
    this.#own.set(code, { at: new Date().toISOString(), code, message });
    this.#tell();
  }

  #over(...codes: readonly string[]): void {
    for (const code of codes) this.#own.delete(code);
  }

  #tellAlarm(alarm: Alarm, isOver: boolean): void {
    this.#desk?.tell(alarmAlert(alarm, isOver, this.#folder));
    this.#events.alarm(alarm, isOver);
  }

  /** Passes on what is new, and keeps the status for others to read. */
  #tell(): void {
    this.#mindRecorder();
    this.#mindVerification();
    const { status } = this;
    const now = new Map(this.#alarmsNow().map((alarm) => [`${alarm.code} ${alarm.message}`, alarm]));
    for (const [key, alarm] of now) if (!this.#alarms.has(key)) this.#tellAlarm(alarm, false);
    for (const [key, alarm] of this.#alarms) if (!now.has(key)) this.#tellAlarm(alarm, true);
    this.#alarms.clear();
    for (const [key, alarm] of now) this.#alarms.set(key, alarm);
    this.#events.status(status);
    this.#history.add(status);
    const report: RecordingReport = { ...status, history: this.#history.history };
    try {
      replaceFile(join(this.#folder, RECORDING_FILES.folder, RECORDING_FILES.status), `${JSON.stringify(report)}\n`);
    } catch {
      // A full disk: the alarm says so, and this file is only for those who look.
    }
  }
}
