import { useMemo, useRef, useState } from "react";
import type { Finding } from "../../core/contracts/finding.ts";
import { dateTime, timeSpan } from "../../core/contracts/text-forms.ts";
import { timeAxis, timeScale, toMs } from "../../core/figures/time-axis.ts";
import { useBench } from "../bench.ts";
import { SaveFigure } from "../charts/figure-box.tsx";
import { svgDocument } from "../charts/save-figure.ts";
import { BOTTOM, MIDDLE, TOP, volumePaths } from "./overview-volume.ts";
import { usePivots } from "./pivots.ts";
import { useSize } from "./use-size.ts";

const HEIGHT = 82;
const MARGIN = 12;
/** A drag shorter than this many pixels is a click. */
const CLICK = 4;

/** Volume of the estate over the whole capture, findings as ticks, and the time range as a brush. */
export function OverviewStrip() {
  const { overview, story, findings, narrowing, narrow, select } = useBench();
  const pivot = usePivots();
  const [ref, { width }] = useSize();
  const svg = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<readonly [number, number] | null>(null);
  const { tsFirst, tsLast, gaps } = story.coverage;
  const scale = useMemo(
    () =>
      tsFirst === null || tsLast === null || width < 50
        ? null
        : timeScale(toMs(tsFirst), toMs(tsLast), MARGIN, width - MARGIN),
    [tsFirst, tsLast, width],
  );
  const buckets = overview.state === "ready" ? overview.value.buckets : null;
  const paths = useMemo(
    () =>
      scale === null || buckets === null
        ? null
        : volumePaths(buckets, (ns) => scale(toMs(ns)), [MARGIN, width - MARGIN]),
    [scale, buckets, width],
  );
  const axis = useMemo(() => (scale === null ? "" : timeAxis(scale, BOTTOM + 2, TOP).svg), [scale]);
  const ticks = useMemo(
    () => (scale === null ? [] : findingTicks(findings, (ns) => scale(toMs(ns)))),
    [scale, findings],
  );
  if (tsFirst === null || tsLast === null) return <div className="overview" ref={ref} />;
  const [first, last] = [BigInt(tsFirst), BigInt(tsLast)];
  const from = narrowing.from ?? tsFirst;
  const to = narrowing.to ?? tsLast;
  const isNarrowed = narrowing.from !== null || narrowing.to !== null;
  const at = (clientX: number) => {
    const box = svg.current!.getBoundingClientRect();
    return Math.max(MARGIN, Math.min(width - MARGIN, clientX - box.left));
  };
  const timeAt = (x: number): string => {
    const share = (x - MARGIN) / Math.max(1, width - 2 * MARGIN);
    return (first + (BigInt(Math.round(share * 1e6)) * (last - first)) / 1_000_000n).toString();
  };
  const move = (edge: "from" | "to", steps: number) => {
    const step = (last - first) / 200n + 1n;
    const wanted = BigInt(edge === "from" ? from : to) + step * BigInt(steps);
    const bounded = wanted < first ? first : wanted > last ? last : wanted;
    if (edge === "from" && bounded < BigInt(to)) narrow({ from: bounded.toString(), to });
    if (edge === "to" && bounded > BigInt(from)) narrow({ from, to: bounded.toString() });
  };
  const brush =
    drag !== null ? drag : scale !== null && isNarrowed ? ([scale(toMs(from)), scale(toMs(to))] as const) : null;
  return (
    <section className="overview" ref={ref} aria-label="Overview and time range">
      {scale !== null && (
        <svg
          ref={svg}
          width={width}
          height={HEIGHT}
          onContextMenu={(event) => {
            const x = at(event.clientX);
            const near = nearest(findings, x, (ns) => scale(toMs(ns)));
            if (near !== null) return pivot(event, { kind: "finding", id: near.id });
            const isInRange = isNarrowed && x >= scale(toMs(from)) && x <= scale(toMs(to));
            pivot(event, { kind: "range", ...(isInRange ? { from, to } : { from: timeAt(x), to: timeAt(x) }) });
          }}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            const x = at(event.clientX);
            const target = event.target as Element;
            const edge = target.getAttribute("data-edge");
            event.currentTarget.setPointerCapture(event.pointerId);
            if (edge === null || brush === null) setDrag([x, x]);
            else setDrag(edge === "from" ? [Math.max(...brush), x] : [Math.min(...brush), x]);
          }}
          onPointerMove={(event) => drag !== null && setDrag([drag[0], at(event.clientX)])}
          onPointerUp={() => {
            if (drag === null) return;
            const [a, b] = [Math.min(...drag), Math.max(...drag)];
            setDrag(null);
            if (b - a >= CLICK) narrow({ from: timeAt(a), to: timeAt(b) });
            else {
              const near = nearest(findings, a, (ns) => scale(toMs(ns)));
              if (near !== null) select({ kind: "finding", id: near.id });
              else narrow({ from: null, to: null });
            }
          }}
          onPointerCancel={() => setDrag(null)}
        >
          <title>
            Octets into the estate above the line, out of it below, on a square-root scale; findings as ticks
          </title>
          <rect className="hit" x={0} y={0} width={width} height={HEIGHT} />
          {gaps.map((gap) => (
            <rect
              key={gap.from}
              className="gap"
              x={scale(toMs(gap.from))}
              y={TOP}
              width={Math.max(1, scale(toMs(gap.to)) - scale(toMs(gap.from)))}
              height={BOTTOM - TOP}
            >
              <title>Nothing was captured for {timeSpan(BigInt(gap.to) - BigInt(gap.from))}</title>
            </rect>
          ))}
          <g dangerouslySetInnerHTML={{ __html: axis }} />
          {paths !== null && (
            <>
              <path className="volume sessions" d={paths.sessions} />
              <path className="volume in" d={paths.into} />
              <path className="volume out" d={paths.out} />
            </>
          )}
          <line className="axis-line" x1={MARGIN} x2={width - MARGIN} y1={MIDDLE} y2={MIDDLE} />
          {ticks.map(({ key, className, d }) => (
            <path key={key} className={className} d={d} />
          ))}
          {brush !== null && <Brush from={Math.min(...brush)} to={Math.max(...brush)} width={width} />}
        </svg>
      )}
      {scale !== null &&
        (["from", "to"] as const).map((edge) => (
          <button
            key={edge}
            className={`edge ${edge}`}
            role="slider"
            aria-label={edge === "from" ? "Begin of the time range" : "End of the time range"}
            aria-valuemin={0}
            aria-valuemax={200}
            aria-valuenow={Number(((BigInt(edge === "from" ? from : to) - first) * 200n) / (last - first || 1n))}
            aria-valuetext={`${dateTime(edge === "from" ? from : to)} UTC`}
            onKeyDown={(event) => {
              const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
              if (steps === undefined) return;
              event.preventDefault();
              move(edge, steps);
            }}
          >
            {dateTime(edge === "from" ? from : to)}
          </button>
        ))}
      {scale !== null && (
        <SaveFigure
          name="Overview"
          draw={(caption) => (svg.current === null ? null : svgDocument(svg.current, caption))}
        />
      )}
    </section>
  );
}

function Brush({ from, to, width }: { from: number; to: number; width: number }) {
  return (
    <g className="brush">
      <rect className="shade" x={MARGIN} y={0} width={Math.max(0, from - MARGIN)} height={BOTTOM + 2} />
      <rect className="shade" x={to} y={0} width={Math.max(0, width - MARGIN - to)} height={BOTTOM + 2} />
      <rect className="kept" x={from} y={0.5} width={Math.max(1, to - from)} height={BOTTOM + 1} />
      <rect className="handle" data-edge="from" x={from - 4} y={0} width={8} height={BOTTOM + 2} />
      <rect className="handle" data-edge="to" x={to - 4} y={0} width={8} height={BOTTOM + 2} />
    </g>
  );
}

function nearest(findings: readonly Finding[], x: number, place: (ns: string) => number): Finding | null {
  let best: Finding | null = null;
  let distance = 6;
  for (const finding of findings) {
    const apart = Math.abs(place(finding.tsFirst) - x);
    if (apart < distance) [best, distance] = [finding, apart];
  }
  return best;
}

/** Findings as ticks, one path for all that look the same: thousands of elements would take longer than the eye waits. */
function findingTicks(findings: readonly Finding[], place: (ns: string) => number) {
  const paths = new Map<string, string>();
  for (const { phase, review, severity, tsFirst } of findings) {
    const className = `find phase-${phase}${review?.verdict === "dismissed" ? " dismissed" : ""}`;
    const top = severity === "critical" || severity === "high" ? 1 : 4;
    paths.set(className, `${paths.get(className) ?? ""}M${place(tsFirst).toFixed(1)} ${top}V11`);
  }
  return [...paths].map(([className, d]) => ({ key: className, className, d }));
}
