import { useState } from "react";
import type { CaseView } from "../../../core/contracts/api.ts";
import { countText, dateTime, octetsText, visible } from "../../../core/contracts/text-forms.ts";
import { call } from "../../data/client.ts";

/** Can this be trusted: captures with hashes, what is damaged, and a check on demand. */
export function EvidenceView({ view }: { view: CaseView }) {
  const [checked, setChecked] = useState<readonly string[] | "running" | null>(null);
  const verify = () => {
    setChecked("running");
    void call("case.verify", {}).then((result) => setChecked(result.ok ? result.value.lines : [result.error.message]));
  };
  return (
    <article className="page">
      <h2>Captures</h2>
      <div className="scroll" tabIndex={0}>
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
        {checked === "running" ? "Hashing the evidence …" : "Verify evidence and journal"}
      </button>
      {Array.isArray(checked) && (
        <ul aria-live="polite">
          {checked.map((line: string) => (
            <li key={line} className="mono">
              {visible(line)}
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}
