import { useState } from "react";
import type { CaseView } from "../../../core/contracts/api.ts";
import { countText, dateTime, octetsText, visible } from "../../../core/contracts/text-forms.ts";
import { call } from "../../data/client.ts";

interface Checked {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** Can this be trusted: captures with hashes, what is damaged, and a check on demand. */
export function EvidenceView({ view }: { view: CaseView }) {
  const [checked, setChecked] = useState<Checked | "running" | null>(null);
  const verify = () => {
    setChecked("running");
    void call("case.verify", {}).then((result) =>
      setChecked(result.ok ? result.value : { ok: false, lines: [result.error.message] }),
    );
  };
  return (
    <article className="page">
      <h2>Captures</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label="Captures">
        <table>
          <thead>
            <tr>
              <th>Capture</th>
              <th>File</th>
              <th>Format</th>
              <th>Size</th>
              <th>Packets</th>
              <th>First and last packet (UTC)</th>
              <th>SHA-256</th>
            </tr>
          </thead>
          <tbody>
            {view.story.coverage.captures.map((capture) => (
              <tr key={capture.number}>
                <td>{capture.number}</td>
                <td className="mono">{visible(capture.path)}</td>
                <td>{capture.format}</td>
                <td title={`${countText(capture.octets)} octets`}>{octetsText(capture.octets)}</td>
                <td>{countText(capture.packets)}</td>
                <td>
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
      {view.story.coverage.captures
        .flatMap(({ damage }) => damage)
        .map((sentence) => (
          <p key={sentence}>{visible(sentence)}</p>
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
    </article>
  );
}
