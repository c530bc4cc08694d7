import { useState } from "react";
import {
  countOf,
  countText,
  dateTime,
  octetsText,
  shareText,
  timeSpan,
  visible,
} from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { call } from "../../data/client.ts";
import { useCall } from "../../data/use-call.ts";
import { DataTable } from "../../frame/data-table.tsx";
import { copyItem, usePivots } from "../../frame/pivots.ts";
import { RecordTable } from "../../record-table.tsx";
import { Wire } from "../../wire.tsx";
import { Conflicts } from "./conflicts.tsx";

interface Checked {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

const JOURNAL_PAGE = 200;

/** Can this be trusted: captures with hashes, what was lost, the journal, and a check on demand. */
export function EvidenceView() {
  const bench = useBench();
  const { view, story, narrow, go, say, openMenu } = bench;
  const pivot = usePivots();
  const { coverage } = story;
  const [checked, setChecked] = useState<Checked | "running" | null>(null);
  const journal = useCall("case.journal", { first: 0, count: JOURNAL_PAGE });
  const verify = () => {
    setChecked("running");
    void call("case.verify", {}).then((result) => {
      setChecked(result.ok ? result.value : { ok: false, lines: [result.error.message] });
      say(result.ok && result.value.ok ? "Evidence and journal verified" : "Verification found differences");
    });
  };
  const known: readonly (readonly [string, string])[] = [
    ["Packets", `${countText(coverage.packets)}, ${octetsText(coverage.octets)} on the wire`],
    [
      "Connections",
      `${countText(coverage.connections)}, ${countText(coverage.oneWayConnections)} one way, ${countText(coverage.midStreamConnections)} without their handshake`,
    ],
    ["Dropped by the recorder", coverage.droppedPackets === null ? "not reported" : countText(coverage.droppedPackets)],
    ["Missing from TCP streams", octetsText(coverage.missedOctets)],
    ["Duplicates", countText(coverage.duplicatePackets)],
    ["Cut packets", countText(coverage.cutPackets)],
    ["Encrypted payload", shareText(coverage.encryptedShare)],
    ["Payload of no known protocol", shareText(coverage.unknownShare)],
    ["Weird", countText(coverage.weirds)],
  ];
  const facts = coverage.notKnown === undefined ? known : [["Not known", coverage.notKnown] as const];
  return (
    <article className="page">
      <h2>Captures</h2>
      {view.imported && (
        <p className="quiet">
          This case was imported: these captures are those of the case that it came from, and were not read here.
        </p>
      )}
      <DataTable
        label="Captures"
        onMenu={(event, { path, sha256, tsFirst, tsLast }) => {
          event.preventDefault();
          openMenu({
            x: event.clientX,
            y: event.clientY,
            label: "On the capture",
            items: [
              ...(tsFirst === null
                ? []
                : [{ label: "Only its time", run: () => narrow({ from: tsFirst, to: tsLast ?? tsFirst }) }]),
              copyItem("Copy SHA-256", sha256, bench),
              copyItem("Copy path", path, bench),
            ],
          });
        }}
        rows={coverage.captures}
        keyOf={({ number }) => String(number)}
        columns={[
          { head: "No.", cell: ({ number }) => number },
          {
            head: "File and its SHA-256",
            isMono: true,
            cell: ({ path, sha256, format }) => (
              <>
                <Wire text={path} />
                <br />
                {sha256}
                <br />
                <span className="quiet">{format}</span>
              </>
            ),
          },
          {
            head: "Size",
            isNumber: true,
            cell: ({ octets }) => octetsText(octets),
            title: ({ octets }) => `${countText(octets)} octets`,
          },
          { head: "Packets", isNumber: true, cell: ({ packets }) => countText(packets) },
          {
            head: "First and last (UTC)",
            isMono: true,
            cell: ({ tsFirst, tsLast, packets }) =>
              tsFirst === null ? (
                packets > 0 ? (
                  "not known"
                ) : (
                  "no packet"
                )
              ) : (
                <>
                  {dateTime(tsFirst, 6)}
                  <br />
                  {dateTime(tsLast ?? tsFirst, 6)}
                </>
              ),
          },
        ]}
      />
      {coverage.captures
        .flatMap(({ damage }) => damage)
        .map((sentence) => (
          <p key={sentence} className="problem">
            {visible(sentence)}
          </p>
        ))}
      <button onClick={verify} disabled={checked === "running"}>
        {checked === "running" ? "Hashing the evidence…" : "Verify evidence and journal"}
      </button>
      {checked !== null && checked !== "running" && (
        <section className="checked" role="status">
          <h3>{checked.ok ? "Everything is as it was recorded" : "Something differs from what was recorded"}</h3>
          <ul>
            {checked.lines.map((line) => (
              <li key={line} className="mono">
                {visible(line)}
              </li>
            ))}
          </ul>
        </section>
      )}
      <h2>What was seen and what was not</h2>
      <dl className="facts wide">
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>Gaps</h3>
      {coverage.gaps.length === 0 ? (
        <p className="quiet">No span without packets where traffic was regular before.</p>
      ) : (
        <ul>
          {coverage.gaps.slice(0, 40).map(({ from, to }) => (
            <li key={from}>
              <button
                className="link mono"
                onClick={() => narrow({ from, to })}
                onContextMenu={(event) => pivot(event, { kind: "range", from, to })}
              >
                {dateTime(from)} to {dateTime(to)}
              </button>{" "}
              {timeSpan(BigInt(to) - BigInt(from))}
            </li>
          ))}
        </ul>
      )}
      {coverage.limits.length > 0 && (
        <>
          <h3>Bounds that were hit</h3>
          <ul>
            {coverage.limits.map((limit) => (
              <li key={limit}>{visible(limit)}</li>
            ))}
          </ul>
        </>
      )}
      <h3>Parser health</h3>
      <p>
        <button className="link" onClick={() => go({ view: "Sessions", table: "weird" })}>
          {countOf(coverage.weirds, "weird")}
        </button>
        {" · "}
        <button className="link" onClick={() => go({ view: "Sessions", table: "analyzer" })}>
          what dissectors gave up on
        </button>
      </p>
      {coverage.notEvaluated.length > 0 && (
        <details>
          <summary>{countOf(coverage.notEvaluated.length, "detection")} not evaluated</summary>
          <ul>
            {coverage.notEvaluated.map(({ detection, title, reason }) => (
              <li key={detection}>
                {detection} {title}: {visible(reason)}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Conflicts />
      <h2>Custody journal</h2>
      {journal.state === "ready" ? (
        <>
          <RecordTable page={journal.value} label="Journal, the latest first" />
          {journal.value.total > JOURNAL_PAGE && (
            <p className="quiet">
              The latest {JOURNAL_PAGE} of {countText(journal.value.total)} entries; journal.jsonl in the case folder
              has all.
            </p>
          )}
        </>
      ) : (
        <p className="quiet">{journal.state === "failed" ? visible(journal.message) : "Reading the journal…"}</p>
      )}
    </article>
  );
}
