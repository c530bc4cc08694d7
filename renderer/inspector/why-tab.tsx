import type { ReactNode } from "react";
import { useState } from "react";
import { ATTACK_NAMES } from "../../core/contracts/attack-names.ts";
import type { Finding } from "../../core/contracts/finding.ts";
import { isAnsweredUnread } from "../../core/contracts/finding.ts";
import { confidenceWord, countText, dateTime, visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";
import { findingLink } from "../data/finding-link.ts";
import { useCall } from "../data/use-call.ts";
import { Wire, wireText } from "../wire.tsx";
import { HostLink } from "./host-link.tsx";

/** Why a finding is one: what was seen, the rule, its parameters and query, what else it could be; and the verdict on it. */
export function WhyTab({ id }: { id: string }) {
  const { story } = useBench();
  const finding = story.findings.find((each) => each.id === id)!;
  return (
    <>
      <p className="explanation">
        <Wire text={finding.explanation} />
      </p>
      <p className="basis-line">
        <span className={`basis ${finding.basis}`}>{finding.basis === "fact" ? "Fact" : "Inference"}</span>{" "}
        {finding.basis === "fact"
          ? "seen in clear in the packets"
          : "concluded from sizes, times, names or certificates"}
        ; {isAnsweredUnread(finding) ? ANSWERED_UNREAD : OUTCOMES[finding.outcome]}.
      </p>
      <Verdict finding={finding} />
      <Facts finding={finding} />
      <Rule detection={finding.detection} parameters={finding.parameters} harmless={finding.harmless} />
      <CopyLink id={id} />
    </>
  );
}

function CopyLink({ id }: { id: string }) {
  const { view, say } = useBench();
  const copy = () =>
    void navigator.clipboard.writeText(findingLink(view.folder, id)).then(
      () => say("Link to this finding copied"),
      () => say("The clipboard is not open to this page"),
    );
  return (
    <p>
      <button title="An address that comes back to this finding, on this machine" onClick={copy}>
        Copy link to this finding
      </button>
    </p>
  );
}

const OUTCOMES: Readonly<Record<Finding["outcome"], string>> = {
  confirmed: "the answers show that it was done",
  attempted: "it was asked for; no answer shows whether it was done",
  refused: "it was refused",
  observed: "it was observed",
};
const ANSWERED_UNREAD =
  "it was answered, but the content is not readable: whether it did what was asked cannot be said";

function Verdict({ finding }: { finding: Finding }) {
  const { review, view } = useBench();
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const decide = (verdict: "confirmed" | "dismissed" | null, why: string | null) =>
    void review(finding.id, verdict, why).then((failed) => {
      setProblem(failed);
      if (failed === null) setReason("");
    });
  const decided = finding.review;
  if (view.readOnly) return <p className="quiet">The case is open for reading only: verdicts cannot be journaled.</p>;
  return (
    <section className="verdict-box" aria-label="Verdict">
      {decided !== undefined ? (
        <>
          <p>
            <span className={`verdict-mark ${decided.verdict}`}>{decided.verdict}</span> by <Wire text={decided.by} />,{" "}
            {decided.at.slice(0, 16).replace("T", " ")} UTC
            {decided.reason !== null && (
              <>
                : <Wire text={decided.reason} />
              </>
            )}
          </p>
          <button onClick={() => decide(null, null)}>Take back</button>
        </>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            decide("dismissed", reason);
          }}
        >
          <button
            type="button"
            className="primary"
            title="Key c"
            onClick={() => decide("confirmed", reason.trim() === "" ? null : reason)}
          >
            Confirm
          </button>
          <input
            id="dismissal"
            aria-label="Reason"
            placeholder="Reason (needed to dismiss)"
            maxLength={10_000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          <button type="submit" disabled={reason.trim() === ""} title="Key x">
            Dismiss
          </button>
        </form>
      )}
      {problem !== null && (
        <p role="alert" className="problem">
          {visible(problem)}
        </p>
      )}
    </section>
  );
}

function Facts({ finding }: { finding: Finding }) {
  const same = finding.tsFirst === finding.tsLast;
  return (
    <dl className="facts">
      <Fact term="When (UTC)">
        {dateTime(finding.tsFirst, 6)}
        {!same && (
          <>
            {" to"}
            <br />
            {dateTime(finding.tsLast, 6)}
          </>
        )}
      </Fact>
      {finding.source !== null && (
        <Fact term="From">
          <HostLink address={finding.source} />
        </Fact>
      )}
      {finding.target !== null && (
        <Fact term="To">
          <HostLink address={finding.target} />
        </Fact>
      )}
      {finding.user !== null && (
        <Fact term="Account">
          <Wire text={finding.user} />
          {finding.spelled !== undefined && (
            <>
              {" (written as "}
              <Wire text={finding.spelled} />
              {" in these records)"}
            </>
          )}
        </Fact>
      )}
      {finding.object !== null && (
        <Fact term="Object">
          <span className="mono">
            <Wire text={finding.object} most={600} />
          </span>
        </Fact>
      )}
      <Fact term="Confidence">
        {confidenceWord(finding.confidence)} ({finding.confidence.toFixed(2)})
      </Fact>
      <Fact term="Evidence">
        {countText(finding.count)} {finding.count === 1 ? "event" : "events"}, {countText(finding.recordCount)}{" "}
        {finding.recordCount === 1 ? "record" : "records"}
      </Fact>
      {finding.attack.length > 0 && (
        <Fact term="ATT&CK">
          {finding.attack.map((id) => (
            <span key={id} className="line">
              <span className="mono">{id}</span> {ATTACK_NAMES[id] ?? ""}
            </span>
          ))}
        </Fact>
      )}
      {finding.also.length > 0 && (
        <Fact term="Also seen as">
          {finding.also.map(({ title, detection, basis }) => (
            <span key={detection} className="line">
              {wireText(title)} ({detection}, {basis})
            </span>
          ))}
        </Fact>
      )}
      {finding.adjustments.length > 0 && (
        <Fact term="Adjusted">
          {finding.adjustments.map((text) => (
            <span key={text} className="line">
              {visible(text)}
            </span>
          ))}
        </Fact>
      )}
      <Fact term="Finding">
        <span className="mono">{finding.id}</span>
      </Fact>
    </dl>
  );
}

export function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface RuleProps {
  readonly detection: string;
  readonly parameters: Finding["parameters"];
  /** What this finding can be mistaken for, where not all that its rule can be does fit. */
  readonly harmless: Finding["harmless"];
}

function Rule({ detection, parameters, harmless }: RuleProps) {
  const rule = useCall("detection.view", { detection });
  if (rule.state === "loading") return <p className="quiet">Looking up the rule…</p>;
  if (rule.state === "failed") return <p className="problem">{visible(rule.message)}</p>;
  const { title, falsePositives, references, blindTo, query, needs } = rule.value;
  const mistaken = harmless ?? falsePositives;
  return (
    <>
      <h3>
        Rule {detection}: {title}
      </h3>
      <dl className="facts">
        {Object.entries(parameters).map(([name, value]) => (
          <Fact key={name} term={name}>
            {String(value)}
          </Fact>
        ))}
        <Fact term="Reads">{needs.map((need) => need.replaceAll("|", " or ")).join(", ") || "any records"}</Fact>
      </dl>
      {mistaken.length > 0 && (
        <>
          <h3>What else it could be</h3>
          <ul>
            {mistaken.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </>
      )}
      {blindTo.length > 0 && (
        <>
          <h3>What it cannot see</h3>
          <ul>
            {blindTo.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </>
      )}
      <details>
        <summary>Query</summary>
        <pre className="mono code" tabIndex={0} aria-label="Query of the rule">
          {unindented(query)}
        </pre>
      </details>
      {references.length > 0 && (
        <details>
          <summary>References</summary>
          <ul className="mono">
            {references.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** Without the indentation that all lines have. */
function unindented(text: string): string {
  const lines = text.replace(/^\n+|\s+$/g, "").split("\n");
  const least = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => /^ */.exec(line)![0].length));
  return lines.map((line) => line.slice(least)).join("\n");
}
