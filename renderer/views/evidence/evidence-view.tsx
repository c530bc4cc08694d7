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
import { RecordTable } from "../../record-table.tsx";
import { Wire } from "../../wire.tsx";

interface Checked {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

const JOURNAL_PAGE = 200;

/** Can this be trusted: captures with hashes, what was lost, the journal, and a check on demand. */
export function EvidenceView() {
  const { story, narrow, go, say } = useBench();
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
  const facts: readonly (readonly [string, string])[] = [
    ["Packets", `${countText(coverage.packets)}, ${octetsText(coverage.octets)} on the wire`],
    [
      "Connections",
      `${countText(coverage.connections)}, ${countText(coverage.oneWayConnections)} one way, ${countText(coverage.midStreamConnections)} begun before the capture`,
    ],
    ["Dropped by the recorder", coverage.droppedPackets === null ? "not reported" : countText(coverage.droppedPackets)],
    ["Missing from TCP streams", octetsText(coverage.missedOctets)],
    ["Duplicates", countText(coverage.duplicatePackets)],
    ["Cut packets", countText(coverage.cutPackets)],
    ["Encrypted payload", shareText(coverage.encryptedShare)],
    ["Payload of no known protocol", shareText(coverage.unknownShare)],
    ["Weird", countText(coverage.weirds)],
  ];
  return (
    <article className="page">
      <h2>Captures</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label="Captures">
        <table>
          <thead>
            <tr>
              <th scope="col">Capture</th>
              <th scope="col">File</th>
              <th scope="col">Format</th>
              <th scope="col" className="n">
                Size
              </th>
              <th scope="col" className="n">
                Packets
              </th>
              <th scope="col">First and last packet (UTC)</th>
              <th scope="col">SHA-256</th>
            </tr>
          </thead>
          <tbody>
            {coverage.captures.map((capture) => (
              <tr key={capture.number}>
                <td>{capture.number}</td>
                <td className="mono">
                  <Wire text={capture.path} />
                </td>
                <td>{capture.format}</td>
                <td className="n" title={`${countText(capture.octets)} octets`}>
                  {octetsText(capture.octets)}
                </td>
                <td className="n">{countText(capture.packets)}</td>
                <td className="mono">
                  {capture.tsFirst === null
                    ? "no packet"
                    : `${dateTime(capture.tsFirst, 6)} to ${dateTime(capture.tsLast ?? capture.tsFirst, 6)}`}
                </td>
                <td className="mono">{capture.sha256}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
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
      <dl className="facts">
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
              <button className="link mono" onClick={() => narrow({ from, to })}>
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
        </button>{" "}
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
