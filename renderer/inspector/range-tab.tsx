import { countText, dateTime, timeSpan, visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";
import type { Tab } from "../data/place.ts";
import { rangeOf } from "../data/place.ts";
import { useCall } from "../data/use-call.ts";
import { Fact } from "./why-tab.tsx";
import { wireText } from "../wire.tsx";

/** What lies in a span of time or around a moment: findings, sessions, records. */
export function RangeTab({ id, tab }: { id: string; tab: Tab }) {
  const { findings, narrow, narrowing, select, go, version } = useBench();
  const { from, to } = rangeOf(id);
  const span = { filter: narrowing.filter, from, to };
  const inside = useCall("case.overview", { ...span, buckets: 1 }, version);
  const counted = useCall("case.tables", tab === "Records" ? span : null, version);
  if (tab === "Stream" || tab === "Packets")
    return <p className="quiet">A span of time has no {tab.toLowerCase()} of its own: choose a session in it.</p>;
  const own = findings.filter(({ tsFirst, tsLast }) => BigInt(tsLast) >= BigInt(from) && BigInt(tsFirst) <= BigInt(to));
  const tables = counted.state === "ready" ? counted.value : [];
  return (
    <>
      <p className="group-line">
        <button onClick={() => narrow({ from, to })}>Use as time range</button>
      </p>
      <dl className="facts">
        <Fact term="From (UTC)">
          <span className="mono">{dateTime(from, 9)}</span>
        </Fact>
        {from !== to && (
          <>
            <Fact term="To (UTC)">
              <span className="mono">{dateTime(to, 9)}</span>
            </Fact>
            <Fact term="Length">{timeSpan(BigInt(to) - BigInt(from))}</Fact>
          </>
        )}
        {inside.state === "ready" && <Fact term="Sessions begun">{countText(inside.value.sessions)}</Fact>}
      </dl>
      {inside.state === "failed" && <p className="problem">{visible(inside.message)}</p>}
      {tab === "Records" ? (
        <ul className="plain-list">
          {tables.map(({ name, rows }) => (
            <li key={name}>
              <button
                className="link"
                onClick={() => {
                  narrow({ from, to });
                  go({ view: "Sessions", table: name });
                }}
              >
                {name}
              </button>{" "}
              <span className="quiet">{countText(rows)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <>
          <h3>Findings</h3>
          {own.length === 0 && <p className="quiet">None in this time.</p>}
          <ul className="plain-list">
            {own.slice(0, 100).map(({ id: finding, title, phase, tsFirst }) => (
              <li key={finding} className={`phase-${phase}`}>
                <span className="mono quiet">{dateTime(tsFirst)}</span>{" "}
                <button className="link" onClick={() => select({ kind: "finding", id: finding })}>
                  {wireText(title)}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
