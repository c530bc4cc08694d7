import { useMemo } from "react";
import { max } from "d3-array";
import { scaleLog } from "d3-scale";
import type { EstateView as Data, Pair } from "../../../core/contracts/window.ts";
import { countOf, countText, dateTime, octetsText, visible } from "../../../core/contracts/text-forms.ts";
import { fitted } from "../../../core/figures/text-width.ts";
import { useBench } from "../../bench.ts";
import { FigureBox } from "../../charts/figure-box.tsx";
import { withCondition } from "../../data/conditions.ts";
import { DataTable } from "../../frame/data-table.tsx";
import { usePivots } from "../../frame/pivots.ts";
import { HostLink } from "../../inspector/host-link.tsx";

const CELL = 24;
const NAME = 150;
const MOST_SIDE = 24;

/** Pairs as a matrix: rows open, columns answer; the darker, the more octets. Pairs first seen during an incident are framed. */
export function Matrix({ data }: { data: Data }) {
  const { hosts, story, select, place, narrow, narrowing } = useBench();
  const pivot = usePivots();
  const weigh = (key: (pair: Pair) => string) => {
    const sums = new Map<string, number>();
    for (const pair of data.pairs) sums.set(key(pair), (sums.get(key(pair)) ?? 0) + pair.octets + pair.sessions);
    return [...sums].sort((a, b) => b[1] - a[1]).map(([host]) => host);
  };
  const rows = useMemo(() => weigh(({ source }) => source), [data]).slice(0, MOST_SIDE);
  const columns = useMemo(() => weigh(({ target }) => target), [data]).slice(0, MOST_SIDE);
  const begin = story.incidents
    .map(({ tsFirst }) => BigInt(tsFirst))
    .reduce<bigint | null>((a, b) => (a === null || b < a ? b : a), null);
  const most = max(data.pairs, ({ octets }) => octets) ?? 1;
  const shade = scaleLog([1, Math.max(10, most)], [0.08, 1]).clamp(true);
  const drawn = data.pairs.filter(({ source, target }) => rows.includes(source) && columns.includes(target));
  if (!story.estate.assets.some(({ inEstate }) => inEstate))
    return (
      <p className="quiet">
        No machine was recognised as part of a backup estate. Change the roles of those that are: findings are then
        found anew.
      </p>
    );
  if (drawn.length === 0) return <p className="quiet">No session of the estate fits the filter and the time range.</p>;
  const isNew = ({ first }: Pair) => begin !== null && BigInt(first) >= begin;
  return (
    <>
      <FigureBox
        name="Who talks to whom"
        caption="Rows open the session, columns answer; the darker, the more octets. Framed: pairs first seen after the first step of an incident. A press narrows to the pair."
      >
        <svg
          className="matrix"
          width={NAME + columns.length * CELL + 110}
          height={110 + rows.length * CELL}
          role="group"
          aria-label="Who talks to whom in the estate; the table below says the same"
        >
          {columns.map((host, i) => (
            <text
              key={host}
              className={place.pick?.id === host ? "tick picked" : "tick"}
              transform={`translate(${NAME + i * CELL + 15} 104) rotate(-50)`}
              onClick={() => select({ kind: "host", id: host }, "Why")}
              onContextMenu={(event) => pivot(event, { kind: "host", id: host })}
            >
              {fitted(hosts.short(host), 125, 11.5)}
            </text>
          ))}
          {rows.map((host, i) => (
            <text
              key={host}
              className={place.pick?.id === host ? "tick picked" : "tick"}
              x={NAME - 6}
              y={110 + i * CELL + 15}
              textAnchor="end"
              onClick={() => select({ kind: "host", id: host }, "Why")}
              onContextMenu={(event) => pivot(event, { kind: "host", id: host })}
            >
              {fitted(hosts.short(host), NAME - 12, 11.5)}
            </text>
          ))}
          {rows.map((host, i) => (
            <rect
              key={host}
              className="matrix-row"
              x={NAME}
              y={110 + i * CELL}
              width={columns.length * CELL - 2}
              height={CELL - 2}
            />
          ))}
          {drawn.map((pair) => (
            <rect
              key={`${pair.source} ${pair.target}`}
              className={isNew(pair) ? "cell new" : "cell"}
              x={NAME + columns.indexOf(pair.target) * CELL}
              y={110 + rows.indexOf(pair.source) * CELL}
              width={CELL - 2}
              height={CELL - 2}
              fillOpacity={shade(Math.max(1, pair.octets))}
              onContextMenu={(event) => pivot(event, { kind: "pair", source: pair.source, target: pair.target })}
              onClick={() =>
                narrow({ filter: withCondition(narrowing.filter, `src == ${pair.source} and dst == ${pair.target}`) })
              }
            >
              <title>
                {`${hosts.full(pair.source)} to ${hosts.full(pair.target)}: ${octetsText(pair.octets)} in ${countOf(pair.sessions, "session")}, ${pair.services}; first ${dateTime(pair.first)}`}
              </title>
            </rect>
          ))}
        </svg>
      </FigureBox>
      <details>
        <summary>
          {countOf(data.pairs.length, "pair")} as a table{data.more > 0 && `; ${countText(data.more)} more with less`}
        </summary>
        <DataTable
          label="Pairs of the estate"
          className="short"
          rows={data.pairs}
          keyOf={({ source, target }) => `${source} ${target}`}
          onMenu={(event, { source, target }) => pivot(event, { kind: "pair", source, target })}
          columns={[
            { head: "From", cell: ({ source }) => <HostLink address={source} /> },
            { head: "To", cell: ({ target }) => <HostLink address={target} /> },
            {
              head: "Octets",
              isNumber: true,
              cell: ({ octets }) => octetsText(octets),
              title: ({ octets }) => `${countText(octets)} octets`,
            },
            { head: "Sessions", isNumber: true, cell: ({ sessions }) => countText(sessions) },
            { head: "First", isMono: true, cell: ({ first }) => dateTime(first) },
            { head: "Services", isMono: true, cell: ({ services }) => visible(services) },
            { head: "New", cell: (pair) => (isNew(pair) ? "new" : "") },
          ]}
        />
      </details>
    </>
  );
}
