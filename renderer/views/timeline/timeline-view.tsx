import { memo, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Finding } from "../../../core/contracts/finding.ts";
import { PHASES } from "../../../core/contracts/finding.ts";
import { dateTime, timeSpan, visible } from "../../../core/contracts/text-forms.ts";
import { captionedSvg } from "../../../core/figures/captioned.ts";
import { lanesBy, timedFindings } from "../../../core/figures/lanes.ts";
import type { LaneMark } from "../../../core/figures/lanes.ts";
import { PHASE_STYLES } from "../../../core/figures/phase-style.ts";
import { toMs } from "../../../core/figures/time-axis.ts";
import { useBench } from "../../bench.ts";
import { useColorGeneration } from "../../charts/colors.ts";
import { SaveFigure } from "../../charts/figure-box.tsx";
import { groundAndInk } from "../../charts/save-figure.ts";
import { useKept } from "../../data/kept.ts";
import { rangeOf } from "../../data/place.ts";
import { Message } from "../../frame/message.tsx";
import type { PivotTarget } from "../../frame/pivots.ts";
import { usePivots } from "../../frame/pivots.ts";
import { useSize } from "../../frame/use-size.ts";
import { Wire, wireText } from "../../wire.tsx";
import { FindingsList } from "./findings-list.tsx";
import { LEFT, markY, RIGHT, sceneSvg } from "./timeline-draw.ts";
import type { PlacedLane, Scene } from "./timeline-draw.ts";
import type { SceneInput } from "./timeline-scene.ts";
import { rowsOver } from "./timeline-scene.ts";
import type { Span } from "./timeline-span.ts";
import { wholeSpan, zoomed } from "./timeline-span.ts";
import { useLaneSessions, useSettled } from "./use-lane-sessions.ts";
import { useLiveScene } from "./use-live-scene.ts";

const MODES = ["phase", "host", "user", "detection"] as const;
type Mode = (typeof MODES)[number];

/** Lanes drawn; of hosts those with most findings, the rest is counted. */
const MOST_LANES = 30;
const HIT = 10;
/** Between two tellings of the span that is drawn while it moves; shorter than it takes to rest. */
const TOLD_MS = 150;

/** Hundreds of rows: drawn again when the span stands still, not while it moves. */
const SettledList = memo(FindingsList);

/** When: findings in lanes, sessions of hosts as bars or strips, volume of the estate, job windows, gaps. */
export function TimelineView() {
  const { story, findings, narrowing, narrow, overview, hosts, place, select, notes, version } = useBench();
  const pivot = usePivots();
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
    const sorted =
      mode === "phase"
        ? all.sort((a, b) => PHASES.findIndex((p) => p === a.key) - PHASES.findIndex((p) => p === b.key))
        : all.sort((a, b) => b.findings.length - a.findings.length).slice(0, MOST_LANES);
    return sorted.map((lane) => ({ ...lane, timed: timedFindings(lane.findings) }));
  }, [findings, mode, hosts]);
  const settled = useDeferredValue(useSettled(span));
  const hostKeys = useMemo(() => (mode === "host" ? lanes.map(({ key }) => key) : null), [mode, lanes]);
  const sessions = useLaneSessions(hostKeys, narrowing.filter, span, version);
  const volume = useMemo(
    () =>
      overview.state === "ready"
        ? overview.value.buckets.map(({ from, octetsIn, octetsOut }) => ({
            ms: toMs(from),
            into: octetsIn,
            out: octetsOut,
          }))
        : [],
    [overview],
  );
  const rows = useMemo(() => rowsOver(lanes, whole, width), [lanes, whole, width]);
  const input = useMemo<SceneInput | null>(
    () =>
      width < LEFT + 60
        ? null
        : {
            width,
            lanes,
            rows,
            sessions: mode === "host" ? sessions : null,
            volume,
            gaps: story.coverage.gaps,
            estate: story.estate,
            notes: notes.flatMap(({ object }) => {
              if (!object.startsWith("range:")) return [];
              const { from, to } = rangeOf(object.slice("range:".length));
              return [[toMs(from), toMs(to)] as const];
            }),
            pick: place.pick,
          },
    [width, lanes, rows, sessions, volume, story, mode, place.pick, notes],
  );
  const told = useRef<HTMLSpanElement>(null);
  const toldAt = useRef(-Infinity);
  const live = useLiveScene(
    canvas,
    input,
    span,
    generation,
    (drawn) => {
      // Text lays the page out, which a frame has no time for; once the span rests it is drawn again.
      if (performance.now() - toldAt.current < TOLD_MS) return;
      toldAt.current = performance.now();
      told.current?.replaceChildren(spanWords(drawn));
    },
    (next) => setZoom({ of: whole, span: next }),
  );
  const { move: show } = live;
  const zoomBy = (factor: number, share = 0.5) => show(zoomed(live.span(), factor, share));
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
  }, [input === null]);
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
          onClick={() => narrow({ from: live.span()[0].toString(), to: live.span()[1].toString() })}
        >
          Use as time range
        </button>
        <SaveFigure
          name="Timeline"
          draw={(caption) => {
            const scene = live.scene();
            if (scene === null) return null;
            const [from, to] = live.span();
            return captionedSvg({
              figure: sceneSvg(scene),
              width: scene.width,
              height: scene.height,
              caption: [...caption, `Shown: ${dateTime(from)} to ${dateTime(to)} UTC, lanes by ${mode}.`],
              ...groundAndInk(),
            });
          }}
        />
        <span className="quiet span" ref={told} />
      </div>
      <div className="canvas-box" ref={ref}>
        <canvas
          ref={canvas}
          role="img"
          tabIndex={0}
          aria-label={`Timeline of ${findings.length} findings in ${lanes.length} lanes by ${mode}; the list below says the same. Arrow keys pan, plus and minus zoom.`}
          onKeyDown={(event) => {
            const [from, to] = live.span();
            const step = (to - from) / 8n;
            if (event.key === "ArrowLeft") show([from - step, to - step]);
            else if (event.key === "ArrowRight") show([from + step, to + step]);
            else if (event.key === "+" || event.key === "=" || event.key === "ArrowUp") zoomBy(0.6);
            else if (event.key === "-" || event.key === "ArrowDown") zoomBy(1.7);
            else if (event.key === "Home") show(whole);
            else return;
            event.preventDefault();
          }}
          onContextMenu={(event) => {
            const scene = live.scene();
            const target =
              scene === null ? null : targetAt(scene, event.nativeEvent.offsetX, event.nativeEvent.offsetY);
            if (target !== null) pivot(event, target);
          }}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.current = { x: event.clientX, span: live.span(), moved: false };
          }}
          onPointerMove={(event) => {
            const scene = live.scene();
            if (scene === null) return;
            if (drag.current !== null && event.buttons === 1) {
              const pixels = event.clientX - drag.current.x;
              if (Math.abs(pixels) > 3) drag.current.moved = true;
              if (!drag.current.moved) return;
              const [a, b] = drag.current.span;
              const shift =
                ((b - a) * BigInt(Math.round(pixels))) / BigInt(Math.max(1, Math.round(width - LEFT - RIGHT)));
              show([a - shift, b - shift]);
              if (hover !== null) setHover(null);
              return;
            }
            const { offsetX, offsetY } = event.nativeEvent;
            const mark = markAt(scene, offsetX, offsetY);
            setHover(mark === null ? null : { mark, x: offsetX, y: offsetY });
          }}
          onPointerUp={(event) => {
            const moved = drag.current?.moved !== false;
            const scene = live.scene();
            drag.current = null;
            if (moved || scene === null) return;
            const target = targetAt(scene, event.nativeEvent.offsetX, event.nativeEvent.offsetY);
            if (target !== null && "id" in target) select(target);
          }}
          onPointerLeave={() => setHover(null)}
          onDoubleClick={() => show(whole)}
        />
        {hover !== null && <Tip {...hover} width={width} />}
      </div>
      {findings.length > 0 ? (
        <SettledList findings={findings} span={settled} />
      ) : story.findings.length === 0 ? (
        <Message
          title="No findings"
          text="No detection found anything in this evidence, so there are no lanes; Story says what it could not show. The overview has the sessions over time."
        />
      ) : (
        <Message
          title="No findings"
          text="No finding fits the filter and the time range; the volume is of the sessions that do."
        >
          <button onClick={() => narrow({ filter: "", from: null, to: null })}>Clear filter and time range</button>
        </Message>
      )}
    </div>
  );
}

function spanWords([from, to]: Span): string {
  return `${dateTime(from)} to ${dateTime(to)} UTC, ${timeSpan(to - from)}`;
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
      <b>{wireText(finding.title)}</b>
      <br />
      <span className="mono">{dateTime(finding.tsFirst, 3)}</span> {finding.severity}, {finding.confidence.toFixed(2)}
      <br />
      <Wire text={finding.explanation} most={240} />
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

function markAt({ lanes }: Scene, x: number, y: number): LaneMark | null {
  const lane = lanes.find(({ top, height }) => y >= top && y < top + height);
  if (lane === undefined || x < LEFT) return null;
  let best: LaneMark | null = null;
  let distance = HIT;
  const take = (mark: LaneMark, apart: number) => {
    if (apart < distance) [best, distance] = [mark, apart];
  };
  for (const mark of lane.packed.marks) take(mark, Math.hypot(mark.x - x, markY(lane, mark) - y));
  for (const mark of lane.packed.crowded) take(mark, Math.abs(mark.x - x));
  return best;
}

/** What lies at a place: a finding, a session, the host of a lane, else the moment. */
function targetAt(scene: Scene, x: number, y: number): PivotTarget | null {
  const mark = markAt(scene, x, y);
  if (mark !== null) return { kind: "finding", id: mark.finding.id };
  const lane = scene.lanes.find(({ top, height }) => y >= top && y < top + height);
  if (lane !== undefined && lane.sessions !== null) {
    if (x < LEFT) return { kind: "host", id: lane.key };
    const session = barAt(scene, lane, x, y);
    if (session !== null) return { kind: "session", id: session };
  }
  if (x < LEFT) return null;
  const moment = (BigInt(Math.round(+scene.scale.invert(x) * 1000)) * 1000n).toString();
  return { kind: "range", from: moment, to: moment };
}

function barAt({ scale }: Scene, lane: PlacedLane, x: number, y: number): string | null {
  if (lane.sessions === null || y < lane.top + lane.height - 14) return null;
  const bar = lane.sessions.bars.find(({ from, to }) => x >= scale(toMs(from)) - 2 && x <= scale(toMs(to)) + 2);
  return bar?.uid ?? null;
}
