import { useEffect, useState } from "react";
import { countOf, countText, dateTime, shareText } from "../../core/contracts/text-forms.ts";
import type { ColumnSummary } from "../../core/contracts/window.ts";
import { useBench } from "../bench.ts";
import { filterValue, withCondition } from "../data/conditions.ts";
import { useCall } from "../data/use-call.ts";
import { Message } from "../frame/message.tsx";
import { Wire } from "../wire.tsx";

const WIDTH = 264;
const HEIGHT = 56;
/** A pointer that only passes over a heading asks nothing. */
const DWELL_MS = 350;

interface CardProps {
  readonly table: string;
  readonly column: string;
  readonly kind: string;
  /** Place of the heading, in the window. */
  readonly left: number;
  readonly top: number;
}

/** What a column holds, shown under its heading: how many values, the most frequent ones, and numbers by size. */
export function ColumnCard({ table, column, kind, left, top }: CardProps) {
  const { narrowing } = useBench();
  const [isDue, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), DWELL_MS);
    return () => clearTimeout(timer);
  }, []);
  const asked = useCall("records.column", isDue ? { ...narrowing, table, column, most: 6 } : null);
  if (asked.state !== "ready") return null;
  const { rows, unset, distinct, values, bins } = asked.value;
  const most = Math.max(1, ...values.map((each) => each.rows));
  return (
    <div
      className="menu column-card"
      role="tooltip"
      ref={(node) => {
        node?.style.setProperty("left", `${Math.max(4, Math.min(left, window.innerWidth - WIDTH - 32))}px`);
        node?.style.setProperty("top", `${top}px`);
      }}
    >
      <p className="quiet">
        about {countOf(distinct, "value")}
        {unset > 0 && `, not set in ${shareText(unset / Math.max(1, rows))}`}
      </p>
      {bins.length > 0 && <Histogram bins={bins} kind={kind} />}
      {bins.length === 0 &&
        values.map(({ value, rows: count }) => (
          <p key={value} className="value-line">
            <span className="bar-of" ref={(bar) => bar?.style.setProperty("width", `${(100 * count) / most}%`)} />
            <span className="mono">
              <Wire text={value} most={36} />
            </span>
            <span className="detail">{countText(count)}</span>
          </p>
        ))}
    </div>
  );
}

function Histogram({ bins, kind }: { bins: ColumnSummary["bins"]; kind: string }) {
  const most = Math.max(1, ...bins.map(({ rows }) => rows));
  const part = WIDTH / bins.length;
  const words = (text: string) =>
    kind === "time"
      ? dateTime(text)
      : kind === "interval"
        ? `${Number(Number(text).toPrecision(3))} s`
        : countText(Number(text));
  return (
    <figure>
      <svg width={WIDTH} height={HEIGHT} role="img" aria-label={`Records by size, ${bins.length} spans`}>
        {bins.map(({ from, rows }, i) => {
          const height = rows === 0 ? 0 : Math.max(1, (rows / most) * HEIGHT);
          return <rect key={from} className="bin" x={i * part} y={HEIGHT - height} width={part - 1} height={height} />;
        })}
      </svg>
      <figcaption>
        <span>{words(bins[0]!.from)}</span>
        <span>{words(bins.at(-1)!.to)}</span>
      </figcaption>
    </figure>
  );
}

const MOST_GROUPS = 500;

/** Records grouped by a column: each value with its records and its first and last time; a press narrows to it. */
export function GroupTable({ table, column, kind }: { table: string; column: string; kind: string }) {
  const { narrowing, narrow, version } = useBench();
  const asked = useCall("records.column", { ...narrowing, table, column, most: MOST_GROUPS }, version);
  if (asked.state === "loading") return <Message title={`Grouping by ${column}`} />;
  if (asked.state === "failed") return <Message title="The records cannot be grouped" text={asked.message} />;
  const { rows, unset, distinct, values } = asked.value;
  const most = Math.max(1, unset, ...values.map((each) => each.rows));
  const only = (condition: string) => narrow({ filter: withCondition(narrowing.filter, condition) });
  return (
    <div
      className={asked.isOld ? "scroll groups old" : "scroll groups"}
      tabIndex={0}
      role="region"
      aria-label={`Records by ${column}`}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">{column}</th>
            <th scope="col" className="n">
              Records
            </th>
            <th scope="col">Share</th>
            <th scope="col">First (UTC)</th>
            <th scope="col">Last (UTC)</th>
          </tr>
        </thead>
        <tbody>
          {values.map(({ value, rows: count, first, last }) => (
            <tr key={value}>
              <td className="mono">
                <button className="link" onClick={() => only(`${column} == ${filterValue(value, kind)}`)}>
                  <Wire text={value === "" ? "(empty)" : value} most={200} />
                </button>
              </td>
              <td className="n">{countText(count)}</td>
              <td>
                <Share of={count} most={most} text={shareText(count / Math.max(1, rows))} />
              </td>
              <td className="mono">{dateTime(first)}</td>
              <td className="mono">{dateTime(last)}</td>
            </tr>
          ))}
          {unset > 0 && (
            <tr>
              <td>
                <button className="link" onClick={() => only(`${column} is not set`)}>
                  not set
                </button>
              </td>
              <td className="n">{countText(unset)}</td>
              <td>
                <Share of={unset} most={most} text={shareText(unset / Math.max(1, rows))} />
              </td>
              <td />
              <td />
            </tr>
          )}
        </tbody>
      </table>
      {distinct > values.length && (
        <p className="quiet">About {countOf(distinct - values.length, "further value")} with fewer records.</p>
      )}
    </div>
  );
}

function Share({ of, most, text }: { of: number; most: number; text: string }) {
  return (
    <span className="share">
      <span className="bar-of" ref={(bar) => bar?.style.setProperty("width", `${(100 * of) / most}%`)} />
      <span>{text}</span>
    </span>
  );
}
