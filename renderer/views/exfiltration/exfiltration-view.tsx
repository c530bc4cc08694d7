import { useMemo } from "react";
import { max } from "d3-array";
import { scaleLinear, scaleSqrt } from "d3-scale";
import { curveStepAfter, line } from "d3-shape";
import type { ExfiltrationView as Data, Flow } from "../../../core/contracts/window.ts";
import { countOf, countText, octetsText, shareText, visible } from "../../../core/contracts/text-forms.ts";
import { layoutFlows } from "../../../core/figures/flow-layout.ts";
import { timeAxis, timeScale, toMs } from "../../../core/figures/time-axis.ts";
import { fitted } from "../../../core/figures/text-width.ts";
import { useBench } from "../../bench.ts";
import { FigureBox } from "../../charts/figure-box.tsx";
import { withCondition } from "../../data/conditions.ts";
import { useCall } from "../../data/use-call.ts";
import { DataTable } from "../../frame/data-table.tsx";
import { Message } from "../../frame/message.tsx";
import { usePivots } from "../../frame/pivots.ts";
import { useSize } from "../../frame/use-size.ts";
import { HostLink } from "../../inspector/host-link.tsx";

/** What left, where to: flows by octets, the hours of the week, and how it grew by destination. */
export function ExfiltrationView() {
  const { narrowing, version } = useBench();
  const data = useCall("exfiltration.view", narrowing, version);
  const [ref, { width }] = useSize();
  if (data.state === "loading") return <Message title="Adding up what left" />;
  if (data.state === "failed") return <Message title="What left cannot be shown" text={visible(data.message)} />;
  if (data.value.flows.length === 0) return <NothingSent />;
  return (
    <div className={data.isOld ? "page wide old" : "page wide"} ref={ref}>
      {width > 0 && (
        <>
          <h2>Sent out of the site, by source and destination</h2>
          <Flows data={data.value} width={Math.max(560, width - 2)} />
          <h2>Hour of the week (UTC)</h2>
          <Hours data={data.value} />
          <h2>How it grew</h2>
          <Growth data={data.value} width={Math.max(560, width - 2)} />
          <h2>Flows</h2>
          <FlowTable flows={data.value.flows} />
          {data.value.more.flows > 0 && (
            <p className="quiet">
              {countOf(data.value.more.flows, "smaller flow")} of {octetsText(data.value.more.octets)} together are not
              drawn.
            </p>
          )}
        </>
      )}
    </div>
  );
}

function NothingSent() {
  const { narrowing, narrow, story, go } = useBench();
  if (narrowing.filter !== "" || narrowing.from !== null || narrowing.to !== null)
    return (
      <Message
        title="Nothing left"
        text="No session between a host inside and one outside fits the filter and the time range."
      >
        <button onClick={() => narrow({ filter: "", from: null, to: null })}>Clear filter and time range</button>
      </Message>
    );
  return (
    <Message
      title="Nothing left the site"
      text={`All ${countText(story.coverage.connections)} sessions are between hosts that count as inside. Which do is told under Estate, and can be changed by the networks of a scope file.`}
    >
      <button onClick={() => go({ view: "Estate" })}>Look at the machines</button>
    </Message>
  );
}

const SIDE = 210;

function Flows({ data, width }: { data: Data; width: number }) {
  const { hosts, select, place, narrow, narrowing } = useBench();
  const pivot = usePivots();
  const sum = useMemo(() => {
    const pairs = new Map<string, { source: string; target: string; weight: number }>();
    for (const { source, target, octets } of data.flows) {
      const key = `${source} ${target}`;
      pairs.set(key, { source, target, weight: (pairs.get(key)?.weight ?? 0) + octets });
    }
    return [...pairs.values()].sort((a, b) => b.weight - a.weight).slice(0, 16);
  }, [data]);
  const layout = useMemo(() => layoutFlows(sum, SIDE, width - SIDE, 220), [sum, width]);
  const picked = place.pick?.kind === "host" ? place.pick.id : null;
  const alerted = useAlerted();
  return (
    <FigureBox
      name="Flows out of the site"
      caption={
        <>
          Octets that hosts inside sent; destinations of findings of exfiltration stand out. A press on a band narrows
          to it.
        </>
      }
    >
      <svg
        className="flows"
        width={width}
        height={layout.height + 8}
        role="group"
        aria-label="Flows out of the site; the table below says the same"
      >
        {layout.ribbons.map(({ source, target, weight, d }) => (
          <path
            key={`${source} ${target}`}
            className={`ribbon${alerted.has(target) ? " found" : ""}${picked === source || picked === target ? " picked" : ""}`}
            d={d}
            onContextMenu={(event) => pivot(event, { kind: "pair", source, target })}
            onClick={() =>
              narrow({ filter: withCondition(narrowing.filter, `host == ${source} and host == ${target}`) })
            }
          >
            <title>
              {hosts.full(source)} to {hosts.full(target)}: {octetsText(weight)}
            </title>
          </path>
        ))}
        {(["sources", "targets"] as const).flatMap((side) =>
          layout[side].map(({ key, y, height, weight }) => {
            const x = side === "sources" ? SIDE - 6 : width - SIDE;
            const label = fitted(hosts.short(key), SIDE - 76, 12.5);
            return (
              <g
                key={`${side} ${key}`}
                className={picked === key ? "end picked" : "end"}
                role="button"
                tabIndex={0}
                onClick={() => select({ kind: "host", id: key }, "Why")}
                onKeyDown={(event) => event.key === "Enter" && select({ kind: "host", id: key }, "Why")}
                onContextMenu={(event) => pivot(event, { kind: "host", id: key })}
              >
                <rect x={x} y={y} width={6} height={Math.max(2, height)} />
                <text
                  x={side === "sources" ? x - 8 : x + 14}
                  y={y + 12}
                  textAnchor={side === "sources" ? "end" : "start"}
                >
                  {label} <tspan className="weight">{octetsText(weight)}</tspan>
                </text>
                <title>{hosts.full(key)}</title>
              </g>
            );
          }),
        )}
      </svg>
    </FigureBox>
  );
}

/** Destinations that findings of exfiltration or command and control name. */
function useAlerted(): ReadonlySet<string> {
  const { story } = useBench();
  return useMemo(
    () =>
      new Set(
        story.findings
          .filter(({ phase }) => phase === "exfiltration" || phase === "command-and-control")
          .flatMap(({ target }) => (target === null ? [] : [target])),
      ),
    [story],
  );
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const CELL = 26;

/** Octets sent out in each hour of the week, against what is usual for that hour of the day. */
function Hours({ data }: { data: Data }) {
  const most = max(data.hours) ?? 0;
  const shade = scaleSqrt([0, Math.max(1, most)], [0, 1]);
  const usual = Array.from({ length: 24 }, (_, hour) => {
    const all = DAYS.map((_, day) => data.hours[day * 24 + hour]!).sort((a, b) => a - b);
    return all[3]!;
  });
  return (
    <FigureBox
      name="Octets by hour of the week"
      caption={
        <>
          The darker, the more left. Framed: ten times what is usual at that hour of the day on other days (median over
          the week). Dashed: hours that the capture does not cover.
        </>
      }
    >
      <svg className="hours" width={CELL * 24 + 60} height={CELL * 7 + 26} role="img" aria-label={hoursText(data)}>
        {DAYS.map((day, row) => (
          <text key={day} className="tick" x={0} y={row * CELL + 17}>
            {day}
          </text>
        ))}
        {data.hours.map((octets, i) => {
          const [row, hour] = [Math.floor(i / 24), i % 24];
          const isSeen = data.weeks[i]! > 0;
          const isMore = octets > 0 && octets > 10 * Math.max(usual[hour]!, 10_000);
          return (
            <rect
              key={i}
              className={!isSeen ? "cell unseen" : isMore ? "cell more-than-usual" : "cell"}
              x={40 + hour * CELL}
              y={row * CELL}
              width={CELL - 2}
              height={CELL - 2}
              fillOpacity={isSeen ? 0.06 + 0.94 * shade(octets) : 1}
            >
              <title>
                {DAYS[row]} {String(hour).padStart(2, "0")}:00:{" "}
                {isSeen
                  ? `${octetsText(octets)} in ${countOf(data.weeks[i]!, "week")}; usual at this hour: ${octetsText(usual[hour]!)}`
                  : "not captured"}
              </title>
            </rect>
          );
        })}
        {[0, 6, 12, 18, 23].map((hour) => (
          <text key={hour} className="tick" x={40 + hour * CELL} y={CELL * 7 + 14}>
            {String(hour).padStart(2, "0")}
          </text>
        ))}
      </svg>
    </FigureBox>
  );
}

function hoursText({ hours }: Data): string {
  const top = hours
    .map((octets, i) => ({ octets, i }))
    .sort((a, b) => b.octets - a.octets)
    .slice(0, 3)
    .filter(({ octets }) => octets > 0);
  return `Octets sent out by hour of the week; most on ${top.map(({ octets, i }) => `${DAYS[Math.floor(i / 24)]} ${i % 24}:00 (${octetsText(octets)})`).join(", ")}`;
}

const GROWTH = 190;
const LINES = ["solid", "dash", "dot", "long", "dashdot", "wide", "thin", "sparse"];

/** Octets sent to each of the largest destinations from the beginning on. */
function Growth({ data, width }: { data: Data; width: number }) {
  const { story, narrowing, hosts, place, select } = useBench();
  const { tsFirst, tsLast } = story.coverage;
  const [from, to] = [narrowing.from ?? tsFirst ?? "0", narrowing.to ?? tsLast ?? "1"];
  const most = max(data.destinations, ({ points }) => points.at(-1)?.[1]) ?? 1;
  const right = width - 190;
  const x = timeScale(toMs(from), toMs(to), 60, right);
  const y = scaleLinear([0, most], [GROWTH, 10]).nice(4);
  const path = line<readonly [string, number]>()
    .x(([ts]) => x(toMs(ts)))
    .y(([, octets]) => y(octets))
    .curve(curveStepAfter)
    .digits(1);
  let taken = -20;
  const labels = [...data.destinations]
    .map(({ address, points }) => ({ address, y: y(points.at(-1)?.[1] ?? 0), octets: points.at(-1)?.[1] ?? 0 }))
    .sort((a, b) => a.y - b.y)
    .map((label) => {
      taken = Math.max(taken + 14, label.y);
      return { ...label, y: taken };
    })
    .filter((label) => label.y < GROWTH + 30);
  return (
    <FigureBox
      name="Octets sent by destination"
      caption={<>Octets sent to the {data.destinations.length} largest destinations, added up.</>}
    >
      <svg
        className="growth"
        width={width}
        height={GROWTH + 44}
        role="img"
        aria-label={`Octets sent by destination over time: ${data.destinations.map(({ address, points }) => `${hosts.short(address)} ${octetsText(points.at(-1)?.[1] ?? 0)}`).join(", ")}`}
      >
        <g dangerouslySetInnerHTML={{ __html: timeAxis(x, GROWTH, 10).svg }} />
        {y.ticks(4).map((tick) => (
          <text key={tick} className="tick" x={52} y={y(tick) + 4} textAnchor="end">
            {octetsText(tick)}
          </text>
        ))}
        {data.destinations.map(({ address, points }, i) => (
          <path
            key={address}
            className={`growth-line ${LINES[i % LINES.length]}${place.pick?.id === address ? " picked" : ""}`}
            d={`${path([[from, 0], ...points, [to, points.at(-1)?.[1] ?? 0]]) ?? ""}`}
          />
        ))}
        {labels.map(({ address, y: at }) => (
          <text
            key={address}
            className={place.pick?.id === address ? "growth-label picked" : "growth-label"}
            x={right + 8}
            y={at + 4}
            onClick={() => select({ kind: "host", id: address }, "Why")}
          >
            {fitted(hosts.short(address), 172, 12)}
          </text>
        ))}
      </svg>
    </FigureBox>
  );
}

function FlowTable({ flows }: { flows: readonly Flow[] }) {
  const { narrow, narrowing, story } = useBench();
  const pivot = usePivots();
  return (
    <DataTable
      label="Flows out of the site"
      rows={flows}
      keyOf={({ source, target, service }) => `${source} ${target} ${service}`}
      onMenu={(event, { source, target }) => pivot(event, { kind: "pair", source, target })}
      columns={[
        { head: "Source", cell: ({ source }) => <HostLink address={source} /> },
        { head: "Destination", cell: ({ target }) => <HostLink address={target} /> },
        { head: "Service", isMono: true, cell: ({ service }) => visible(service) },
        {
          head: "Sent",
          isNumber: true,
          cell: ({ octets }) => octetsText(octets),
          title: ({ octets }) => `${countText(octets)} octets`,
        },
        {
          head: "Received",
          isNumber: true,
          cell: ({ returned }) => octetsText(returned),
          title: ({ returned }) => `${countText(returned)} octets`,
        },
        {
          head: "Sent share",
          isNumber: true,
          cell: ({ octets, returned }) => (octets + returned === 0 ? "" : shareText(octets / (octets + returned))),
        },
        { head: "Sessions", isNumber: true, cell: ({ sessions }) => countText(sessions) },
        {
          head: "Findings",
          cell: ({ source, target }) =>
            story.findings.filter((finding) => finding.source === source && finding.target === target).length || "",
        },
        {
          head: "Narrow",
          cell: ({ source, target }) => (
            <button
              className="link"
              onClick={() =>
                narrow({ filter: withCondition(narrowing.filter, `host == ${source} and host == ${target}`) })
              }
            >
              only this
            </button>
          ),
        },
      ]}
    />
  );
}
