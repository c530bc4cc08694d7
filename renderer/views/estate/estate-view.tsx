import { useMemo } from "react";
import { max } from "d3-array";
import { scaleLog } from "d3-scale";
import { ROLE_WORDS } from "../../../core/contracts/host-names.ts";
import type { EstateView as Data, Pair } from "../../../core/contracts/window.ts";
import { countOf, countText, dateTime, octetsText, shareText, visible } from "../../../core/contracts/text-forms.ts";
import { fitted } from "../../../core/figures/text-width.ts";
import { useBench } from "../../bench.ts";
import { withCondition } from "../../data/conditions.ts";
import { useCall } from "../../data/use-call.ts";
import { Message } from "../../frame/message.tsx";
import { Wire } from "../../wire.tsx";
import { HostLink } from "../../inspector/host-link.tsx";

/** What is the backup estate, what is normal: machines and why they are thought to be what they are, who talks to whom, jobs, products. */
export function EstateView() {
  const { narrowing, story } = useBench();
  const data = useCall("estate.view", narrowing);
  const { assets } = story.estate;
  if (assets.length === 0)
    return (
      <Message
        title="No estate"
        text="Nothing in the traffic shows a backup server, a repository or the like. A scope file names them: backtrail scope."
      />
    );
  return (
    <div className="page wide">
      <h2>Machines</h2>
      <Machines />
      {data.state === "loading" && <Message title="Reading who talks to whom" />}
      {data.state === "failed" && <p className="problem">{visible(data.message)}</p>}
      {data.state === "ready" && (
        <>
          <h2>Who talks to whom</h2>
          <Matrix data={data.value} />
          <h2>Jobs</h2>
          <Jobs data={data.value} />
          <h2>Products</h2>
          <Products data={data.value} />
        </>
      )}
    </div>
  );
}

function Machines() {
  const { story, hosts, place } = useBench();
  const sorted = useMemo(
    () =>
      [...story.estate.assets].sort(
        (a, b) =>
          Number(b.inEstate) - Number(a.inEstate) ||
          Number(b.internal) - Number(a.internal) ||
          b.roles.length - a.roles.length,
      ),
    [story],
  );
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Machines of the estate">
      <table className="machines">
        <thead>
          <tr>
            <th scope="col">Machine</th>
            <th scope="col">Place</th>
            <th scope="col">Roles</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, 200).map(({ address, inEstate, internal, roles }) => (
            <tr
              key={address}
              className={place.pick?.kind === "host" && place.pick.id === address ? "picked" : undefined}
            >
              <td>
                <HostLink address={address} />
              </td>
              <td>{inEstate ? <b>estate</b> : internal ? "inside" : "outside"}</td>
              <td>
                {roles.map(({ role, confidence, source }) => (
                  <span key={role} className="role-chip" title={source === "scope" ? "as the scope says" : "inferred"}>
                    {ROLE_WORDS[role]} {confidence.toFixed(2)}
                    {source === "scope" && " ✓"}
                  </span>
                ))}
                {roles.length === 0 && <span className="quiet">{hosts.role(address) ?? "none known"}</span>}
              </td>
              <td className="reasons">
                {roles[0]?.reasons.slice(0, 2).map((reason) => (
                  <span key={reason}>{visible(reason)}</span>
                ))}
                {(roles[0]?.reasons.length ?? 0) > 2 && (
                  <span className="quiet">and {roles[0]!.reasons.length - 2} more</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > 200 && (
        <p className="quiet">{countOf(sorted.length - 200, "further machine")}; the palette (Ctrl+K) finds each.</p>
      )}
    </div>
  );
}

const CELL = 24;
const NAME = 150;
const MOST_SIDE = 24;

/** Pairs as a matrix: rows open, columns answer; the darker, the more octets. Pairs first seen during an incident are framed. */
function Matrix({ data }: { data: Data }) {
  const { hosts, story, select, place, narrow, narrowing } = useBench();
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
  if (drawn.length === 0) return <p className="quiet">No session of the estate fits the filter and the time range.</p>;
  const isNew = ({ first }: Pair) => begin !== null && BigInt(first) >= begin;
  return (
    <>
      <figure className="figure-box" tabIndex={0}>
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
        <figcaption>
          Rows open the session, columns answer; the darker, the more octets. Framed: pairs first seen after the first
          step of an incident. A press narrows to the pair.
        </figcaption>
      </figure>
      <details>
        <summary>
          {countOf(data.pairs.length, "pair")} as a table{data.more > 0 && `; ${countText(data.more)} more with less`}
        </summary>
        <div className="scroll short" tabIndex={0} role="region" aria-label="Pairs of the estate">
          <table>
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col" className="n">
                  Octets
                </th>
                <th scope="col" className="n">
                  Sessions
                </th>
                <th scope="col">First</th>
                <th scope="col">Services</th>
                <th scope="col">New</th>
              </tr>
            </thead>
            <tbody>
              {data.pairs.map((pair) => (
                <tr key={`${pair.source} ${pair.target}`}>
                  <td>
                    <HostLink address={pair.source} />
                  </td>
                  <td>
                    <HostLink address={pair.target} />
                  </td>
                  <td className="n" title={`${countText(pair.octets)} octets`}>
                    {octetsText(pair.octets)}
                  </td>
                  <td className="n">{countText(pair.sessions)}</td>
                  <td className="mono">{dateTime(pair.first)}</td>
                  <td className="mono">{visible(pair.services)}</td>
                  <td>{isNew(pair) ? "new" : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

/** When jobs run: each a line of the day, a mark for each run. */
function Jobs({ data }: { data: Data }) {
  const { hosts, story } = useBench();
  if (data.jobs.length === 0 && story.estate.windows.length === 0)
    return (
      <p className="quiet">
        No transfer came back at the same time of day on three nights or more, and no scope names a window.
      </p>
    );
  const width = 620;
  const at = (minute: number) => 120 + (minute / 1440) * (width - 130);
  return (
    <>
      <figure className="figure-box" tabIndex={0}>
        <svg
          className="jobs"
          width={width}
          height={24 + 22 * (data.jobs.length + story.estate.windows.length)}
          role="img"
          aria-label={`${countOf(data.jobs.length, "job")} and ${countOf(story.estate.windows.length, "window")} over the day`}
        >
          {[0, 6, 12, 18, 24].map((hour) => (
            <g key={hour}>
              <line
                className="grid"
                x1={at(hour * 60)}
                x2={at(hour * 60)}
                y1={0}
                y2={4 + 22 * (data.jobs.length + story.estate.windows.length)}
              />
              <text
                className="tick"
                x={at(hour * 60)}
                y={18 + 22 * (data.jobs.length + story.estate.windows.length)}
                textAnchor="middle"
              >
                {String(hour).padStart(2, "0")}:00
              </text>
            </g>
          ))}
          {story.estate.windows.map(({ name, startMinute, endMinute, zone }, i) => (
            <g key={`${name} ${i}`}>
              <text className="tick" x={112} y={14 + 22 * i} textAnchor="end">
                {fitted(visible(name), 106, 11.5)}
              </text>
              {(endMinute < startMinute
                ? [
                    [startMinute, 1440],
                    [0, endMinute],
                  ]
                : [[startMinute, endMinute]]
              ).map(([a, b]) => (
                <rect
                  key={a}
                  className="window"
                  x={at(a!)}
                  y={4 + 22 * i}
                  width={Math.max(2, at(b!) - at(a!))}
                  height={12}
                >
                  <title>
                    {visible(name)}, {zone}
                  </title>
                </rect>
              ))}
            </g>
          ))}
          {data.jobs.map((job, i) => {
            const y = 10 + 22 * (i + story.estate.windows.length);
            return (
              <g key={i}>
                <text className="tick" x={112} y={y + 4} textAnchor="end">
                  {fitted(visible(job.name === "" ? `job ${i + 1}` : job.name), 106, 11.5)}
                </text>
                {data.jobRuns
                  .filter((run) => run.job === job.job)
                  .slice(0, 400)
                  .map((run) => {
                    const minute = Number((BigInt(run.from) / 60_000_000_000n) % 1440n);
                    return <circle key={run.from} className="run" cx={at(minute)} cy={y} r={3} />;
                  })}
              </g>
            );
          })}
        </svg>
        <figcaption>
          Windows as bars, runs of recurring jobs as dots, over the hours of the day (runs in UTC).
        </figcaption>
      </figure>
      {data.jobs.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label="Jobs">
          <table>
            <thead>
              <tr>
                <th scope="col">Job</th>
                <th scope="col">Way</th>
                <th scope="col">To</th>
                <th scope="col">From</th>
                <th scope="col" className="n">
                  Runs
                </th>
                <th scope="col" className="n">
                  Regular
                </th>
                <th scope="col" className="n">
                  Usual size
                </th>
              </tr>
            </thead>
            <tbody>
              {data.jobs.map((job, i) => (
                <tr key={i}>
                  <td>
                    <Wire text={job.name === "" ? `job ${i + 1}` : job.name} />
                  </td>
                  <td>{job.way}</td>
                  <td>
                    <HostLink address={job.receiver} />
                  </td>
                  <td>{job.senders.map((sender) => hosts.short(sender)).join(", ")}</td>
                  <td className="n">{countText(job.runs)}</td>
                  <td className="n">{shareText(job.regularity)}</td>
                  <td className="n">{octetsText(Math.round(job.octets))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Products({ data }: { data: Data }) {
  if (data.products.length === 0) return <p className="quiet">No backup product showed itself on the wire.</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Backup products">
      <table>
        <thead>
          <tr>
            <th scope="col">Machine</th>
            <th scope="col">Product</th>
            <th scope="col">Component</th>
            <th scope="col">Version</th>
            <th scope="col" className="n">
              Sessions
            </th>
          </tr>
        </thead>
        <tbody>
          {data.products.map(({ host, product, version, component, records }) => (
            <tr key={`${host} ${product} ${component}`}>
              <td>
                <HostLink address={host} />
              </td>
              <td>
                <Wire text={product} />
              </td>
              <td>
                <Wire text={component} />
              </td>
              <td className="mono">
                {version === "" ? <span className="quiet">not seen</span> : <Wire text={version} />}
              </td>
              <td className="n">{countText(records)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
