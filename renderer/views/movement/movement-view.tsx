import { useEffect, useMemo, useState } from "react";
import type { Phase } from "../../../core/contracts/finding.ts";
import type { Incident } from "../../../core/contracts/story.ts";
import { clockTime, countOf, dateTime, timeSpan, visible } from "../../../core/contracts/text-forms.ts";
import { BADGE_HEIGHT, layoutMovement } from "../../../core/figures/movement-layout.ts";
import type { MovementRoute } from "../../../core/figures/movement-layout.ts";
import { movementInput } from "../../../core/figures/movement-input.ts";
import { pathsInto } from "../../../core/figures/paths.ts";
import type { Path, PathEdge } from "../../../core/figures/paths.ts";
import { PHASE_STYLES, shapePath } from "../../../core/figures/phase-style.ts";
import { fitted } from "../../../core/figures/text-width.ts";
import { useBench } from "../../bench.ts";
import { FigureBox } from "../../charts/figure-box.tsx";
import { Message } from "../../frame/message.tsx";
import { usePivots } from "../../frame/pivots.ts";
import { PhaseMark } from "../../frame/phase-mark.tsx";
import { useSize } from "../../frame/use-size.ts";
import { wireText } from "../../wire.tsx";

/** Time between two steps while the spread is played. */
const PLAY_MS = 700;

/** Phases whose steps put an intruder onto a host; looking at it from outside does not. */
const ENTERS: ReadonlySet<Phase> = new Set([
  "initial-access",
  "credential-access",
  "lateral-movement",
  "admin-access",
  "tampering",
]);

/** How they got there: hosts by hop, what each did to the next in time order, and the ways into the estate. */
export function MovementView() {
  const { view, story, findings, go } = useBench();
  const kept = useMemo(() => new Set(findings.map(({ id }) => id)), [findings]);
  const [chosen, setChosen] = useState<string | null>(null);
  const moving = story.incidents.filter(({ steps }) =>
    steps.some(({ source, target }) => source !== null && target !== null && source !== target),
  );
  const incident = moving.find(({ id }) => id === chosen) ?? moving[0];
  if (incident === undefined)
    return (
      <Message
        title="No movement between hosts"
        text={
          story.findings.length === 0
            ? "Nothing was found in this evidence, so nobody moved as far as it shows. Sessions has every connection between hosts."
            : "No incident has a step from one host to another. Story lists the findings that stand apart."
        }
      >
        {view.tables.length > 0 && (
          <button onClick={() => go({ view: "Sessions", table: "conn" })}>Show the sessions</button>
        )}
      </Message>
    );
  return (
    <div className="page wide">
      {moving.length > 1 && (
        <label className="pick-line">
          Incident{" "}
          <select value={incident.id} onChange={(event) => setChosen(event.target.value)}>
            {moving.map(({ id, tsFirst }) => (
              <option key={id} value={id}>
                {id}, {dateTime(tsFirst)}
              </option>
            ))}
          </select>
        </label>
      )}
      <Movement key={incident.id} incident={incident} kept={kept} />
    </div>
  );
}

function Movement({ incident, kept }: { incident: Incident; kept: ReadonlySet<string> }) {
  const { hosts, select, place, story, go } = useBench();
  const pivot = usePivots();
  const { steps } = incident;
  const hasEstate = story.estate.assets.some(({ inEstate }) => inEstate);
  const [until, setUntil] = useState(steps.length);
  const [isPlaying, setPlaying] = useState(false);
  const [ref, { width }] = useSize();
  const layout = useMemo(
    () =>
      width < 100
        ? null
        : layoutMovement(movementInput(steps, hosts, incident.foothold?.source ?? null, Math.max(760, width - 2))),
    [steps, hosts, incident, width],
  );
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(() => setUntil((before) => (before >= steps.length ? before : before + 1)), PLAY_MS);
    return () => clearInterval(timer);
  }, [isPlaying, steps.length]);
  useEffect(() => {
    if (until >= steps.length) setPlaying(false);
  }, [until, steps.length]);
  const paths = useMemo(() => {
    const edges = steps.flatMap(({ source, target, phase }, i): PathEdge[] =>
      source === null || target === null || !ENTERS.has(phase) ? [] : [{ source, target, step: i + 1 }],
    );
    const start = incident.foothold?.source ?? steps[0]?.source ?? "";
    return pathsInto(edges, start, (host) => hosts.asset(host)?.inEstate === true);
  }, [steps, incident, hosts]);
  const picked = place.pick;
  const isShown = (number: number) => number <= until && steps[number - 1]!.findings.some((id) => kept.has(id));
  const isPicked = ({ steps: numbers }: MovementRoute) =>
    picked?.kind === "finding" && numbers.some((number) => steps[number - 1]!.findings.includes(picked.id));
  const now = steps[Math.max(0, until - 1)];
  const findingOf = (route: MovementRoute) => steps[(route.steps.find(isShown) ?? route.steps[0]!) - 1]!.findings[0]!;
  const choose = (route: MovementRoute) => select({ kind: "finding", id: findingOf(route) });
  return (
    <>
      <div className="tools">
        <button
          onClick={() => {
            if (!isPlaying && until >= steps.length) setUntil(0);
            setPlaying(!isPlaying);
          }}
        >
          {isPlaying ? "Pause" : "Play"}
        </button>
        <label className="scrubber">
          Steps{" "}
          <input
            type="range"
            min={0}
            max={steps.length}
            value={until}
            aria-valuetext={now === undefined ? "none" : `${until} of ${steps.length}, ${dateTime(now.tsFirst)}`}
            onChange={(event) => setUntil(Number(event.target.value))}
          />
        </label>
        <span className="quiet" role="status">
          {until} of {steps.length}
          {until > 0 && now !== undefined && `, until ${dateTime(now.tsFirst)} UTC`}
        </span>
      </div>
      <FigureBox
        name="Movement"
        className="movement"
        sizeRef={ref}
        caption={`Numbers on the lines are the steps of the chain${hasEstate ? "; the estate is on the right, in boxes with a bar" : ""}.`}
      >
        {layout !== null && (
          <svg
            className="figure"
            viewBox={`0 0 ${layout.width} ${layout.height}`}
            role="group"
            aria-label={`Movement between ${layout.nodes.length} hosts; the steps are listed below`}
          >
            {layout.columns.map(({ x, title }) => (
              <text key={`${x}`} className="column-title" x={x + layout.nodeWidth / 2} y={18} textAnchor="middle">
                {title}
              </text>
            ))}
            {layout.routes.map((route, i) => (
              <g
                key={i}
                className={`route phase-${route.phase}${route.steps.some(isShown) ? "" : " off"}${isPicked(route) ? " picked" : ""}`}
                onClick={() => choose(route)}
                onContextMenu={(event) => pivot(event, { kind: "finding", id: findingOf(route) })}
              >
                <path className="edge" d={route.line} />
                <path className="edge-hit" d={route.line} />
                <path className="arrow" d={route.arrow} />
              </g>
            ))}
            {layout.nodes.map(({ host, x, y, height }) => {
              const kind = host.inEstate ? "estate" : host.internal ? "inside" : "outside";
              const lines = [host.name ?? host.address, host.name === null ? null : host.address, host.role].filter(
                (line) => line !== null,
              );
              const first = y + height / 2 + 4 - ((lines.length - 1) * 14) / 2;
              const isMarked = picked?.kind === "host" && picked.id === host.address;
              return (
                <g
                  key={host.address}
                  className={`host ${kind}${isMarked ? " picked" : ""}`}
                  role="button"
                  tabIndex={0}
                  aria-pressed={isMarked}
                  onClick={() => select({ kind: "host", id: host.address }, "Why")}
                  onContextMenu={(event) => pivot(event, { kind: "host", id: host.address })}
                  onKeyDown={(event) => event.key === "Enter" && select({ kind: "host", id: host.address }, "Why")}
                >
                  <rect x={x} y={y} width={layout.nodeWidth} height={height} rx={host.inEstate ? 0 : 6} />
                  {host.inEstate && <line x1={x + 4} x2={x + 4} y1={y} y2={y + height} />}
                  {lines.map((line, i) => (
                    <text
                      key={i}
                      className={i === 0 ? "name" : "detail"}
                      x={x + layout.nodeWidth / 2 + (host.inEstate ? 3 : 0)}
                      y={first + i * 14}
                      textAnchor="middle"
                    >
                      {`${fitted(visible(line), layout.nodeWidth - 20, i === 0 ? 13 : 11, i === 0)} `}
                    </text>
                  ))}
                </g>
              );
            })}
            {layout.routes.map((route, i) => {
              const { x, y, width: badge, text } = route.badge;
              const label = `${PHASE_STYLES[route.phase].label}, ${route.source.name ?? route.source.address} to ${route.target.name ?? route.target.address}, steps ${text}`;
              return (
                <g
                  key={i}
                  className={`badge phase-${route.phase}${route.steps.some(isShown) ? "" : " off"}${isPicked(route) ? " picked" : ""}`}
                  role="button"
                  tabIndex={0}
                  aria-label={wireText(label)}
                  onClick={() => choose(route)}
                  onContextMenu={(event) => pivot(event, { kind: "finding", id: findingOf(route) })}
                  onKeyDown={(event) => event.key === "Enter" && choose(route)}
                >
                  <rect x={x} y={y} width={badge} height={BADGE_HEIGHT} rx={BADGE_HEIGHT / 2} />
                  <g className={`mark phase-${route.phase}`}>
                    <path d={shapePath(PHASE_STYLES[route.phase].shape, x + 10, y + BADGE_HEIGHT / 2, 4)} />
                  </g>
                  <text aria-hidden="true" x={x + (badge + 12) / 2} y={y + BADGE_HEIGHT / 2 + 4} textAnchor="middle">
                    {text}
                  </text>
                </g>
              );
            })}
          </svg>
        )}
      </FigureBox>
      <section className="paths">
        {hasEstate ? (
          <>
            <PathLine title="Earliest way into the estate" path={paths.earliest} incident={incident} />
            <PathLine title="Shortest way into the estate" path={paths.shortest} incident={incident} />
          </>
        ) : (
          <p>
            No machine of a backup estate is known, so no way into it can be told.{" "}
            <button className="link" onClick={() => go({ view: "Estate" })}>
              Give machines their roles
            </button>
          </p>
        )}
      </section>
      <h2>Steps</h2>
      <ol className="steps-list">
        {steps.map((step, i) => (
          <li key={i} className={`phase-${step.phase}${isShown(i + 1) ? "" : " off"}`}>
            <span className="number">{i + 1}</span>
            <span className="mono">{dateTime(step.tsFirst)}</span>
            <PhaseMark phase={step.phase} size={12} />
            <button
              className={picked?.kind === "finding" && step.findings.includes(picked.id) ? "link picked" : "link"}
              onClick={() => select({ kind: "finding", id: step.findings[0]! })}
              onContextMenu={(event) => pivot(event, { kind: "finding", id: step.findings[0]! })}
            >
              {hosts.short(step.source)} → {step.target === null ? "several" : hosts.short(step.target)}
            </button>
            <span className="quiet">{PHASE_STYLES[step.phase].label}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

function PathLine({ title, path, incident }: { title: string; path: Path | null; incident: Incident }) {
  const { hosts, select } = useBench();
  if (path === null || path.length === 0)
    return (
      <p>
        <b>{title}:</b>{" "}
        <span className="quiet">no way of steps in time order leads from the foothold into the estate.</span>
      </p>
    );
  const first = incident.steps[path[0]!.step - 1]!;
  const last = incident.steps[path.at(-1)!.step - 1]!;
  return (
    <p>
      <b>{title}:</b>{" "}
      {path.map(({ source, target, step }, i) => (
        <span key={step}>
          {i === 0 && hosts.short(source)}{" "}
          <button
            className="link"
            title={clockTime(incident.steps[step - 1]!.tsFirst)}
            onClick={() => select({ kind: "finding", id: incident.steps[step - 1]!.findings[0]! })}
          >
            →{step}→
          </button>{" "}
          {hosts.short(target)}
        </span>
      ))}{" "}
      <span className="quiet">
        {countOf(path.length, "step")}
        {path.length > 1 && ` in ${timeSpan(BigInt(last.tsFirst) - BigInt(first.tsFirst))}`}
      </span>
    </p>
  );
}
