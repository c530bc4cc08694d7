import type { Finding } from "../../../core/contracts/finding.ts";
import { dateTime, timeSpan } from "../../../core/contracts/text-forms.ts";
import { PHASE_STYLES } from "../../../core/figures/phase-style.ts";
import { useBench } from "../../bench.ts";
import { DataTable } from "../../frame/data-table.tsx";
import { usePivots } from "../../frame/pivots.ts";
import type { Span } from "./timeline-span.ts";
import { wireText } from "../../wire.tsx";

const MOST_SHOWN = 200;

/** The same facts as the figure, with the time that lies between them. */
export function FindingsList({ findings, span }: { findings: readonly Finding[]; span: Span }) {
  const { select, place } = useBench();
  const pivot = usePivots();
  const inSight = findings.filter(({ tsFirst, tsLast }) => BigInt(tsLast) >= span[0] && BigInt(tsFirst) <= span[1]);
  const shown = inSight.slice(0, MOST_SHOWN);
  return (
    <DataTable
      label="Findings in sight"
      className="list"
      rows={shown}
      keyOf={({ id }) => id}
      rowClass={({ id, phase, review }) =>
        `phase-${phase}${place.pick?.id === id ? " picked" : ""}${review?.verdict === "dismissed" ? " dismissed" : ""}`
      }
      onMenu={(event, { id }) => pivot(event, { kind: "finding", id })}
      columns={[
        { head: "Time (UTC)", isMono: true, cell: ({ tsFirst }) => dateTime(tsFirst, 3) },
        {
          head: "After",
          className: () => "quiet",
          cell: ({ tsFirst }, i) => (i === 0 ? "" : timeSpan(BigInt(tsFirst) - BigInt(shown[i - 1]!.tsFirst))),
        },
        { head: "Phase", className: () => "phase", cell: ({ phase }) => PHASE_STYLES[phase].label },
        { head: "Severity", className: ({ severity }) => `severity-${severity}`, cell: ({ severity }) => severity },
        {
          head: "Finding",
          cell: ({ id, title }) => (
            <button className="link" onClick={() => select({ kind: "finding", id })}>
              {wireText(title)}
            </button>
          ),
        },
      ]}
    >
      {inSight.length > shown.length && (
        <p className="quiet">{inSight.length - shown.length} more; zoom in or narrow.</p>
      )}
    </DataTable>
  );
}
