import type { LiveView as Live } from "../../../core/contracts/api.ts";
import type { AnalysisStatus, RecorderStatus, RecordingReport } from "../../../core/contracts/recording.ts";
import { countOf, countText, octetsText, visible } from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { Message } from "../../frame/message.tsx";
import { Wire } from "../../wire.tsx";
import { LiveFindings } from "./live-findings.tsx";
import { Spark } from "./spark.tsx";
import { useLive } from "./use-live.ts";
import "./live.css";

/** What is happening now: interfaces, losses, the ring, how far analysis is, alarms, and findings as they come. */
export function LiveView() {
  const { view } = useBench();
  const live = useLive();
  if (live.state === "loading") return <Message title="Looking for a recording" />;
  if (live.state === "none")
    return (
      <div className="message">
        <h2>Nothing was recorded into this case</h2>
        <p>
          Recording is a program of its own, with the right to capture. It can be started while this window is closed;
          open the case again then, and this view shows it.
        </p>
        <p className="mono code">
          backtrail record -i eth1 --case <Wire text={view.folder} />
        </p>
      </div>
    );
  if (live.state === "failed" && live.last === null)
    return <Message title="The recording cannot be shown" text={visible(live.message)} />;
  const value = live.state === "failed" ? live.last! : live.value;
  return (
    <article className="page live">
      {live.state === "failed" && <p className="problem">{visible(live.message)}</p>}
      <Recording live={value} />
    </article>
  );
}

function Recording({ live: { isRunning, report } }: { live: Live }) {
  const { recorder, analysis } = report;
  if (recorder === null) return <Message title="The recorder is starting" />;
  return (
    <>
      <Head isRunning={isRunning} recorder={recorder} />
      {isRunning && recorder.alarms.length > 0 && (
        <section className="alarms" role="alert">
          <h2>{countOf(recorder.alarms.length, "alarm")}</h2>
          <ul>
            {recorder.alarms.map(({ at, code, message }) => (
              <li key={`${code} ${message}`}>
                <span className="mono">{at.slice(0, 19).replace("T", " ")}</span> {visible(message)}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Interfaces report={report} recorder={recorder} isRunning={isRunning} />
      <div className="columns">
        <Ring recorder={recorder} />
        <Analysis report={report} isRunning={isRunning} />
      </div>
      {report.alerts.length > 0 && <Alerts alerts={report.alerts} />}
      <LiveFindings news={`${analysis?.findings ?? 0} ${analysis?.evaluatedAt ?? ""}`} isRunning={isRunning} />
    </>
  );
}

function Head({ isRunning, recorder }: { isRunning: boolean; recorder: RecorderStatus }) {
  const { state, since, at, driver } = recorder;
  const name = !isRunning
    ? state === "stopped"
      ? "Recording has ended"
      : "Recording was ended by force"
    : state === "recording"
      ? "Recording"
      : "Not recording: the disk is full";
  return (
    <>
      <h2 className={isRunning && state === "recording" ? "state on" : "state off"}>
        <span aria-hidden="true">{isRunning ? "●" : "○"}</span> {name}
      </h2>
      <p className="quiet">
        Since {since.slice(0, 19).replace("T", " ")}
        {isRunning ? "" : `, last heard of ${at.slice(0, 19).replace("T", " ")}`} UTC, with {driver.name}{" "}
        {driver.version}: {visible(driver.reason)}.
      </p>
    </>
  );
}

const STATE = { recording: "recording", "link-down": "no link", lost: "away" } as const;

function Interfaces({
  report,
  recorder,
  isRunning,
}: {
  report: RecordingReport;
  recorder: RecorderStatus;
  isRunning: boolean;
}) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Interfaces">
      <table>
        <thead>
          <tr>
            <th scope="col">Interface</th>
            <th scope="col">State</th>
            <th scope="col">Last five minutes</th>
            <th scope="col" className="n">
              Packets/s
            </th>
            <th scope="col" className="n octets">
              Octets/s
            </th>
            <th scope="col" className="n">
              Packets
            </th>
            <th scope="col" className="n" title="The kernel's buffer was full">
              Lost: kernel
            </th>
            <th scope="col" className="n" title="The interface or its driver had no room">
              interface
            </th>
            <th scope="col" className="n" title="The recorder could not write them">
              recorder
            </th>
          </tr>
        </thead>
        <tbody>
          {recorder.interfaces.map(({ name, state, packets, packetsPerSecond, octetsPerSecond, losses }) => {
            const series = report.history.interfaces.find((each) => each.name === name);
            return (
              <tr key={name}>
                <td className="mono">{visible(name)}</td>
                <td className={isRunning && state !== "recording" ? "problem" : ""}>
                  {isRunning ? STATE[state] : "ended"}
                </td>
                <td>
                  <Spark
                    values={series?.packetsPerSecond ?? []}
                    marked={series?.lost ?? []}
                    least={10}
                    label={`Packets a second of ${visible(name)}, at most ${countText(Math.max(0, ...(series?.packetsPerSecond ?? [])))}`}
                  />
                </td>
                <td className="n">{countText(packetsPerSecond)}</td>
                <td className="n octets">{octetsText(octetsPerSecond)}</td>
                <td className="n">{countText(packets)}</td>
                <Lost count={losses.kernel} />
                <Lost count={losses.driver} />
                <Lost count={losses.own} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Lost({ count }: { count: number | null }) {
  if (count === null)
    return (
      <td className="n quiet" title="This driver says it when it ends">
        not told
      </td>
    );
  return <td className={count > 0 ? "n problem" : "n"}>{countText(count)}</td>;
}

function Ring({ recorder }: { recorder: RecorderStatus }) {
  const { ring, segment, settings, diskFreeOctets, queuedOctets, backlogOctets } = recorder;
  const octets = ring.octets + (segment?.octets ?? 0);
  const whole = settings.keepOctets ?? octets + diskFreeOctets;
  const share = (part: number) => `${Math.min(100, whole === 0 ? 0 : (100 * part) / whole)}%`;
  const facts: readonly (readonly [string, string])[] = [
    ["Kept", `${octetsText(octets)} in ${countOf(ring.segments + (segment === null ? 0 : 1), "segment")}`],
    ["Held by findings", octetsText(ring.heldOctets)],
    ["Bound", boundOf(settings)],
    ["Disk free", octetsText(diskFreeOctets)],
    ["Waiting for the disk", octetsText(queuedOctets)],
    ...(backlogOctets > 0 ? [["Waiting in files", octetsText(backlogOctets)] as const] : []),
    ["New segment", `at ${octetsText(settings.rotateOctets)} or ${settings.rotateSeconds} s`],
    ["Filter", settings.filter === "" ? "none" : visible(settings.filter)],
    ["Of each frame", `at most ${countText(settings.snapLength)} octets`],
  ];
  return (
    <section>
      <h2>Segments</h2>
      <svg className="fill" role="img" aria-label={`${octetsText(octets)} of ${octetsText(whole)} used`}>
        <rect className="all" width="100%" height="100%" />
        <rect className="used" width={share(octets)} height="100%" />
        <rect className="held" width={share(ring.heldOctets)} height="100%" />
      </svg>
      <Facts facts={facts} />
    </section>
  );
}

function boundOf({ keepOctets, keepSeconds }: RecorderStatus["settings"]): string {
  const bounds = [
    ...(keepOctets === null ? [] : [octetsText(keepOctets)]),
    ...(keepSeconds === null ? [] : [`${countText(Math.round(keepSeconds / 3600))} h`]),
  ];
  return bounds.length === 0 ? "none: until the disk is full" : bounds.join(" or ");
}

function stateOf({ isRunning, behindOctets, ending, waitsForDisk }: AnalysisStatus, behind: string): string {
  if (isRunning && ending !== null)
    return `all is read and judged for the last time: ${ending.done} of ${ending.all} detections`;
  const state = behindOctets === 0 ? "all is read" : `${octetsText(behindOctets)}, ${behind}`;
  return waitsForDisk ? `waits for room on the disk, ${state}` : state;
}

function Analysis({ report: { analysis, history }, isRunning }: { report: RecordingReport; isRunning: boolean }) {
  if (analysis === null)
    return (
      <section>
        <h2>Analysis</h2>
        <p className="quiet">The analysis is starting.</p>
      </section>
    );
  const { lagSeconds, evaluatedAt, evaluationSeconds, promptSeconds, segmentsShed, packets } = analysis;
  const behind = `${Math.round(lagSeconds)} s behind the wire`;
  const state = stateOf(analysis, behind);
  const facts: readonly (readonly [string, string])[] = [
    ["State", analysis.isRunning || !isRunning ? state : `not running, ${behind}`],
    ["Packets read", countText(packets)],
    [
      "Detections",
      evaluatedAt === null
        ? "not yet"
        : `latest records in ${promptSeconds.toFixed(1)} s, all last at ${evaluatedAt.slice(11, 19)}, in ${evaluationSeconds.toFixed(1)} s`,
    ],
    ["Left out", segmentsShed === 0 ? "nothing" : `${countOf(segmentsShed, "segment")}: analysis could not keep up`],
    ...(analysis.baseline === null ? [] : [["Baseline", analysis.baseline] as const]),
  ];
  return (
    <section>
      <h2>Analysis</h2>
      {isRunning && (
        <Spark
          values={history.lagSeconds}
          least={10}
          label={`Seconds behind the wire in the last five minutes, at most ${Math.round(Math.max(0, ...history.lagSeconds))}`}
        />
      )}
      <Facts facts={facts} />
      {analysis.windowProblem !== null && <p className="problem">{visible(analysis.windowProblem)}</p>}
    </section>
  );
}

function Facts({ facts }: { facts: readonly (readonly [string, string])[] }) {
  return (
    <dl className="facts">
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Alerts({ alerts }: { alerts: RecordingReport["alerts"] }) {
  return (
    <section>
      <h2>Alerts sent</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Destination</th>
            <th scope="col" className="n">
              Waiting
            </th>
            <th scope="col" className="n">
              Delivered
            </th>
            <th scope="col" className="n">
              Refused
            </th>
            <th scope="col">Problem</th>
          </tr>
        </thead>
        <tbody>
          {alerts.map(({ name, waiting, delivered, rejected, problem }) => (
            <tr key={name}>
              <td>{visible(name)}</td>
              <td className="n">{countText(waiting)}</td>
              <td className="n">{countText(delivered)}</td>
              <td className="n">{countText(rejected)}</td>
              <td className={problem === null ? "quiet" : "problem"}>{problem === null ? "none" : visible(problem)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
