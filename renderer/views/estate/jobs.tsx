import type { EstateView as Data } from "../../../core/contracts/window.ts";
import { countOf, countText, octetsText, shareText, visible } from "../../../core/contracts/text-forms.ts";
import { fitted } from "../../../core/figures/text-width.ts";
import { useBench } from "../../bench.ts";
import { FigureBox } from "../../charts/figure-box.tsx";
import { DataTable } from "../../frame/data-table.tsx";
import { HostLink } from "../../inspector/host-link.tsx";
import { Wire } from "../../wire.tsx";

/** When jobs run: each a line of the day, a mark for each run. */
export function Jobs({ data }: { data: Data }) {
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
      <FigureBox
        name="Jobs over the day"
        caption="Windows as bars, each in its own zone; runs of recurring jobs as dots, over the hours of the day in UTC."
      >
        <svg
          className="jobs"
          width={width + 20}
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
      </FigureBox>
      {data.jobs.length > 0 && (
        <DataTable
          label="Jobs"
          rows={data.jobs}
          keyOf={({ job }) => String(job)}
          columns={[
            { head: "Job", cell: (job, i) => <Wire text={job.name === "" ? `job ${i + 1}` : job.name} /> },
            { head: "Way", cell: ({ way }) => way },
            { head: "To", cell: ({ receiver }) => <HostLink address={receiver} /> },
            { head: "From", cell: ({ senders }) => senders.map((sender) => hosts.short(sender)).join(", ") },
            { head: "Runs", isNumber: true, cell: ({ runs }) => countText(runs) },
            { head: "Regular", isNumber: true, cell: ({ regularity }) => shareText(regularity) },
            { head: "Usual size", isNumber: true, cell: ({ octets }) => octetsText(Math.round(octets)) },
          ]}
        />
      )}
    </>
  );
}
