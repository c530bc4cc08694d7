import type { RefObject } from "react";
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Finding } from "../../../core/contracts/finding.ts";
import { PHASES } from "../../../core/contracts/finding.ts";
import type { JobWindow } from "../../../core/contracts/estate.ts";
import { dateTime, timeSpan, visible } from "../../../core/contracts/text-forms.ts";
import { lanesBy, packLane } from "../../../core/figures/lanes.ts";
import type { LaneMark } from "../../../core/figures/lanes.ts";
import { PHASE_STYLES } from "../../../core/figures/phase-style.ts";
import { timeScale, toMs } from "../../../core/figures/time-axis.ts";
import { useBench } from "../../bench.ts";
import { useColorGeneration } from "../../charts/colors.ts";
import { useKept } from "../../data/kept.ts";
import { useCall } from "../../data/use-call.ts";
import { Message } from "../../frame/message.tsx";
import { useSize } from "../../frame/use-size.ts";
import { Wire } from "../../wire.tsx";
import { drawScene, LEFT, markY, placeLanes, RIGHT, sceneHeight } from "./timeline-draw.ts";
import type { PlacedLane, Scene } from "./timeline-draw.ts";

const MODES = ["phase", "host", "user", "detection"] as const;
type Mode = (typeof MODES)[number];

/** Lanes drawn; of hosts those with most findings, the rest is counted. */
const MOST_LANES = 30;
const PARTS = 240;
const SHORTEST_NS = 1_000_000n;
const HIT = 10;

type Span = readonly [from: bigint, to: bigint];

/** When: findings in lanes, sessions of hosts as bars or strips, volume of the estate, job windows, gaps. */
export function TimelineView() {
  const { story, findings, narrowing, narrow, overview, hosts, place, select } = useBench();
  const [kept, setMode] = useKept<string>("timeline-lanes", "phase");
  const mode = MODES.find((each) => each === kept) ?? "phase";
  const { tsFirst, tsLast } = story.coverage;
  const [ref, { width }] = useSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<{ mark: LaneMark; x: number; y: number } | null>(null);
  const drag = useRef<{ x: number; span: Span; moved: boolean } | null>(null);
  const whole = useMemo<Span>(
    () => wholeSpan(narrowing.from, narrowing.to, findings, tsFirst, tsLast),
    [narrowing.from, narrowing.to, findings, tsFirst, tsLast],
  );
  const [zoom, setZoom] = useState<{ of: Span; span: Span }>({ of: whole, span: whole });
  const span = zoom.of === whole ? zoom.span : whole;
  const generation = useColorGeneration();
  const lanes = useMemo(() => {
    const all = lanesBy(findings, keysOf[mode], (key) => labelOf(key, mode, (address) => hosts.full(address)));
    if (mode === "phase")
      return all.sort((a, b) => PHASES.findIndex((p) => p === a.key) - PHASES.findIndex((p) => p === b.key));
    return all.sort((a, b) => b.findings.length - a.findings.length).slice(0, MOST_LANES);
  }, [findings, mode, hosts]);
  const settled = useDeferredValue(span);
  const sessions = useCall(
    "timeline.sessions",
    mode === "host" && lanes.length > 0
      ? {
          filter: narrowing.filter,
          from: settled[0].toString(),
          to: settled[1].toString(),
          hosts: lanes.map(({ key }) => key),
          parts: PARTS,
        }
      : null,
  );
  const scene = useMemo<Scene | null>(() => {
    if (width < LEFT + 60) return null;
    const scale = timeScale(toMs(span[0].toString()), toMs(span[1].toString()), LEFT, width - RIGHT);
    const x = (ns: string) => scale(toMs(ns));
    const known = new Map(
      sessions.state === "ready" && !sessions.isOld ? sessions.value.map((lane) => [lane.host, lane]) : [],
    );
    const placed = placeLanes(
      lanes.map(({ key, label, findings: own }) => ({
        key,
        label,
        count: own.length,
        packed: packLane(own, x, LEFT, width - RIGHT),
        sessions: mode === "host" ? (known.get(key) ?? { host: key, counts: [], bars: [], sessions: 0 }) : null,
      })),
    );
    const buckets = overview.state === "ready" ? overview.value.buckets : [];
    return {
      width,
      height: sceneHeight(placed.bottom),
      scale,
      lanes: placed.lanes,
      lanesBottom: placed.bottom,
      gaps: story.coverage.gaps,
      windows: windowSpans(story.estate.windows, span).map(([from, to]) => [scale(from), scale(to)] as const),
      volume: buckets
        .map(({ from, octetsIn, octetsOut }) => ({ x: x(from), into: octetsIn, out: octetsOut }))
        .filter((bucket, i, all) => (all[i + 1]?.x ?? bucket.x) >= LEFT && bucket.x <= width),
      picked: ({ finding }) => place.pick?.kind === "finding" && place.pick.id === finding.id,
      pickedLane: ({ key }) => place.pick?.kind === "host" && place.pick.id === key,
    };
  }, [width, span, lanes, sessions, overview, story, mode, place.pick]);
  useEffect(() => {
    if (scene === null || canvas.current === null) return;
    const node = canvas.current;
    const frame = requestAnimationFrame(() => drawScene(node, scene));
    return () => cancelAnimationFrame(frame);
  }, [scene, generation]);
  const show = (next: Span) => setZoom({ of: whole, span: next });
  const zoomBy = (factor: number, share = 0.5) => show(zoomed(span, factor, share));
  const zoomRef = useRef(zoomBy);
  zoomRef.current = zoomBy;
  useEffect(() => {
    const node = canvas.current;
    if (node === null) return;
    // React listens to wheels passively; the page must not scroll while the timeline zooms.
    const onWheel = (event: WheelEvent) => {
      if (event.offsetX < LEFT) return;
      event.preventDefault();
      const share = (event.offsetX - LEFT) / Math.max(1, node.clientWidth - LEFT - RIGHT);
      zoomRef.current(Math.exp(event.deltaY * 0.0015), share);
    };
    node.addEventListener("wheel", onWheel, { passive: false });
    return () => node.removeEventListener("wheel", onWheel);
  }, [scene === null]);
  if (tsFirst === null || tsLast === null)
    return (
      <Message
        title="No packets"
        text="The case has no packet with a time, so there is nothing to show on a time line."
      />
    );
  const isZoomed = span !== whole;
  return (
    <div className="timeline">
      <div className="tools padded">
        <span className="switch" role="group" aria-label="Lanes by">
          {MODES.map((name) => (
            <button key={name} aria-pressed={mode === name} onClick={() => setMode(name)}>
              {name}
            </button>
          ))}
        </span>
        <span className="switch" role="group" aria-label="Zoom">
          <button aria-label="Zoom in" title="+" onClick={() => zoomBy(0.5)}>
            +
          </button>
          <button aria-label="Zoom out" title="−" onClick={() => zoomBy(2)}>
            −
          </button>
        </span>
        <button disabled={!isZoomed} onClick={() => show(whole)}>
          Whole span
        </button>
        <button
          disabled={!isZoomed}
          title="Let this span rule every view"
          onClick={() => narrow({ from: span[0].toString(), to: span[1].toString() })}
        >
          Use as time range
        </button>
        <span className="quiet">
          {dateTime(span[0])} to {dateTime(span[1])} UTC, {timeSpan(span[1] - span[0])}
        </span>
      </div>
      <div className="canvas-box" ref={ref}>
        <canvas
          ref={canvas}
          role="img"
          tabIndex={0}
          aria-label={`Timeline of ${findings.length} findings in ${lanes.length} lanes by ${mode}; the list below says the same. Arrow keys pan, plus and minus zoom.`}
          onKeyDown={(event) => {
            const step = (span[1] - span[0]) / 8n;
            if (event.key === "ArrowLeft") show([span[0] - step, span[1] - step]);
            else if (event.key === "ArrowRight") show([span[0] + step, span[1] + step]);
            else if (event.key === "+" || event.key === "=" || event.key === "ArrowUp") zoomBy(0.6);
            else if (event.key === "-" || event.key === "ArrowDown") zoomBy(1.7);
            else if (event.key === "Home") show(whole);
            else return;
            event.preventDefault();
          }}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.current = { x: event.clientX, span, moved: false };
          }}
          onPointerMove={(event) => {
            if (scene === null) return;
            const { offsetX, offsetY } = event.nativeEvent;
            if (drag.current !== null && event.buttons === 1) {
              const pixels = event.clientX - drag.current.x;
              if (Math.abs(pixels) > 3) drag.current.moved = true;
              if (!drag.current.moved) return;
              const [a, b] = drag.current.span;
              const shift =
                ((b - a) * BigInt(Math.round(pixels))) / BigInt(Math.max(1, Math.round(width - LEFT - RIGHT)));
              show([a - shift, b - shift]);
              setHover(null);
              return;
            }
            const mark = markAt(scene, offsetX, offsetY);
            setHover(mark === null ? null : { mark, x: offsetX, y: offsetY });
          }}
          onPointerUp={(event) => {
            const moved = drag.current?.moved === true;
            drag.current = null;
            if (moved || scene === null) return;
            const { offsetX, offsetY } = event.nativeEvent;
            const mark = markAt(scene, offsetX, offsetY);
            if (mark !== null) select({ kind: "finding", id: mark.finding.id });
            else if (mode === "host") {
              const lane = scene.lanes.find(({ top, height }) => offsetY >= top && offsetY < top + height);
              const session = lane === undefined ? null : barAt(scene, lane, offsetX, offsetY);
              if (session !== null) select({ kind: "session", id: session });
              else if (lane !== undefined && offsetX < LEFT) select({ kind: "host", id: lane.key });
            }
          }}
          onPointerLeave={() => setHover(null)}
          onDoubleClick={() => show(whole)}
        />
        <Sized canvas={canvas} width={width} height={scene?.height ?? 0} />
        {hover !== null && <Tip {...hover} width={width} />}
      </div>
      {findings.length === 0 && (
        <Message
          title="No findings"
          text="No finding fits the filter and the time range; the volume below the lanes is of the sessions that do."
        />
      )}
      <FindingsList findings={findings} span={span} />
    </div>
  );
}

/** Gives the canvas its size on the page. */
function Sized({
  canvas,
  width,
  height,
}: {
  canvas: RefObject<HTMLCanvasElement | null>;
  width: number;
  height: number;
}) {
  useEffect(() => {
    canvas.current?.style.setProperty("width", `${width}px`);
    canvas.current?.style.setProperty("height", `${height}px`);
  }, [canvas, width, height]);
  return null;
}

function Tip({ mark, x, y, width }: { mark: LaneMark; x: number; y: number; width: number }) {
  const { finding } = mark;
  return (
    <div
      className="tip"
      ref={(node) => {
        node?.style.setProperty("left", `${Math.min(x + 14, Math.max(0, width - 340))}px`);
        node?.style.setProperty("top", `${y + 14}px`);
      }}
    >
      <b>{visible(finding.title)}</b>
      <br />
      <span className="mono">{dateTime(finding.tsFirst, 3)}</span> {finding.severity}, {finding.confidence.toFixed(2)}
      <br />
      <Wire text={finding.explanation} most={240} />
    </div>
  );
}

/** The same facts as the figure, with the time that lies between them. */
function FindingsList({ findings, span }: { findings: readonly Finding[]; span: Span }) {
  const { select, place } = useBench();
  const inSight = findings.filter(({ tsFirst, tsLast }) => BigInt(tsLast) >= span[0] && BigInt(tsFirst) <= span[1]);
  const shown = inSight.slice(0, 500);
  return (
    <div className="scroll list" tabIndex={0} role="region" aria-label="Findings in sight">
      <table>
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            <th scope="col">After</th>
            <th scope="col">Phase</th>
            <th scope="col">Severity</th>
            <th scope="col">Finding</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((finding, i) => (
            <tr
              key={finding.id}
              className={`phase-${finding.phase}${place.pick?.id === finding.id ? " picked" : ""}${finding.review?.verdict === "dismissed" ? " dismissed" : ""}`}
            >
              <td className="mono">{dateTime(finding.tsFirst, 3)}</td>
              <td className="quiet">
                {i === 0 ? "" : timeSpan(BigInt(finding.tsFirst) - BigInt(shown[i - 1]!.tsFirst))}
              </td>
              <td className="phase">{PHASE_STYLES[finding.phase].label}</td>
              <td className={`severity-${finding.severity}`}>{finding.severity}</td>
              <td>
                <button className="link" onClick={() => select({ kind: "finding", id: finding.id })}>
                  {visible(finding.title)}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {inSight.length > shown.length && (
        <p className="quiet">{inSight.length - shown.length} more; zoom in or narrow.</p>
      )}
    </div>
  );
}

const keysOf: Readonly<Record<Mode, (finding: Finding) => readonly string[]>> = {
  phase: ({ phase }) => [phase],
  host: ({ source, target }) => [source, target].filter((address) => address !== null),
  user: ({ user }) => [user ?? ""],
  detection: ({ detection }) => [detection],
};

function labelOf(key: string, mode: Mode, host: (address: string) => string): string {
  if (mode === "phase") return PHASE_STYLES[key as Finding["phase"]].label;
  if (mode === "host") return host(key);
  if (mode === "user") return key === "" ? "no account seen" : visible(key);
  return key;
}

/** The narrowed range; else the span of the findings with a margin, since a capture of weeks hides an hour. */
function wholeSpan(
  from: string | null,
  to: string | null,
  findings: readonly Finding[],
  first: string | null,
  last: string | null,
): Span {
  const [begin, end] = [BigInt(first ?? 0), BigInt(last ?? 1)];
  if (from !== null || to !== null) return [BigInt(from ?? begin), BigInt(to ?? end)];
  if (findings.length === 0) return [begin, end];
  let [a, b] = [BigInt(findings[0]!.tsFirst), BigInt(findings[0]!.tsLast)];
  for (const { tsFirst, tsLast } of findings) {
    if (BigInt(tsFirst) < a) a = BigInt(tsFirst);
    if (BigInt(tsLast) > b) b = BigInt(tsLast);
  }
  const margin = (b - a) / 30n + 1_000_000_000n;
  return [a - margin, b + margin];
}

function zoomed([from, to]: Span, factor: number, share: number): Span {
  const width = to - from;
  const wanted = BigInt(Math.round(Number(width) * factor));
  const next = wanted < SHORTEST_NS ? SHORTEST_NS : wanted;
  const anchor = from + BigInt(Math.round(Number(width) * share));
  const begin = anchor - BigInt(Math.round(Number(next) * share));
  return [begin, begin + next];
}

function markAt({ lanes }: Scene, x: number, y: number): LaneMark | null {
  const lane = lanes.find(({ top, height }) => y >= top && y < top + height);
  if (lane === undefined || x < LEFT) return null;
  let best: LaneMark | null = null;
  let distance = HIT;
  for (const mark of [...lane.packed.marks, ...lane.packed.crowded]) {
    const apart = Math.hypot(mark.x - x, lane.packed.crowded.includes(mark) ? 0 : markY(lane, mark) - y);
    if (apart < distance) [best, distance] = [mark, apart];
  }
  return best;
}

function barAt({ scale }: Scene, lane: PlacedLane, x: number, y: number): string | null {
  if (lane.sessions === null || y < lane.top + lane.height - 14) return null;
  const bar = lane.sessions.bars.find(({ from, to }) => x >= scale(toMs(from)) - 2 && x <= scale(toMs(to)) + 2);
  return bar?.uid ?? null;
}

const DAY_MS = 86_400_000;
/** Windows shaded; over a longer span the stripes would be a grey field. */
const MOST_DAYS = 60;

/** Job windows in a span, in ms; of windows given in UTC or a zone without an offset rule here, as UTC. */
function windowSpans(windows: readonly JobWindow[], [from, to]: Span): [number, number][] {
  const [first, last] = [Number(from / 1_000_000n), Number(to / 1_000_000n)];
  if (last - first > MOST_DAYS * DAY_MS) return [];
  const spans: [number, number][] = [];
  for (let day = Math.floor(first / DAY_MS) - 1; day <= Math.floor(last / DAY_MS); day++) {
    const weekday = ((day + 3) % 7) + 1; // 1970-01-01 was a Thursday; 1 is Monday
    for (const { days, startMinute, endMinute, zone } of windows) {
      if (zone !== "UTC" || !days.includes(weekday)) continue;
      const length = (endMinute - startMinute + 1440) % 1440;
      const begin = day * DAY_MS + startMinute * 60_000;
      spans.push([begin, begin + length * 60_000]);
    }
  }
  return spans;
}
