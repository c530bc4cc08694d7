import { useEffect, useRef } from "react";
import { ATTACK_NAMES } from "../../../core/contracts/attack-names.ts";
import type { Finding } from "../../../core/contracts/finding.ts";
import type { HostNames } from "../../../core/contracts/host-names.ts";
import type { Story } from "../../../core/contracts/story.ts";
import { confidenceWord, countText, dateTime, visible } from "../../../core/contracts/text-forms.ts";
import { PHASE_STYLES } from "../../../core/figures/phase-style.ts";
import { useCall } from "../../data/use-call.ts";
import { Message } from "../../message.tsx";
import { RecordTable } from "../../record-table.tsx";

interface Props {
  readonly story: Story;
  readonly hosts: HostNames;
  readonly selected: string | null;
  readonly onSelect: (finding: string) => void;
}

/** All findings in time order, and why beside them. */
export function FindingsView({ story, hosts, selected, onSelect }: Props) {
  const { findings } = story;
  const [first] = findings;
  if (first === undefined)
    return (
      <Message
        title="No findings"
        text="No detection found anything in this evidence; Story says what it could not show."
      />
    );
  return (
    <FindingsList
      findings={findings}
      shown={findings.find(({ id }) => id === selected) ?? first}
      hosts={hosts}
      onSelect={onSelect}
    />
  );
}

interface ListProps {
  readonly findings: readonly Finding[];
  readonly shown: Finding;
  readonly hosts: HostNames;
  readonly onSelect: Props["onSelect"];
}

function FindingsList({ findings, shown, hosts, onSelect }: ListProps) {
  const current = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    void current.current?.scrollIntoView({ block: "nearest" });
  }, [shown]);
  return (
    <div className="split">
      <ul className="list" aria-label="Findings">
        {findings.map((each) => (
          <li key={each.id}>
            <button
              className={`row phase-${each.phase}`}
              ref={each === shown ? current : undefined}
              aria-current={each === shown}
              onClick={() => onSelect(each.id)}
            >
              <span className="mono">{dateTime(each.tsFirst)}</span>
              <span className="phase">{PHASE_STYLES[each.phase].label}</span>
              <span className={`severity-${each.severity}`}>{each.severity}</span>
              <span className="sentence">{visible(each.title)}</span>
            </button>
          </li>
        ))}
      </ul>
      <Why finding={shown} hosts={hosts} />
    </div>
  );
}

function Why({ finding, hosts }: { finding: Finding; hosts: HostNames }) {
  const evidence = useCall("finding.evidence", { finding: finding.id });
  const facts: [string, string | null][] = [
    [
      "When (UTC)",
      finding.tsFirst === finding.tsLast
        ? dateTime(finding.tsFirst, 6)
        : `${dateTime(finding.tsFirst, 6)} to ${dateTime(finding.tsLast, 6)}`,
    ],
    ["From", finding.source === null ? null : hosts.full(finding.source)],
    ["To", finding.target === null ? null : hosts.full(finding.target)],
    ["Account", finding.user],
    ["Object", finding.object],
    ["Events", countText(finding.count)],
    [
      "Confidence",
      `${confidenceWord(finding.confidence)} (${finding.confidence.toFixed(2)}), ${finding.basis}, ${finding.outcome}`,
    ],
    ["ATT&CK", finding.attack.map((id) => `${id} ${ATTACK_NAMES[id] ?? ""}`).join(", ")],
    ["Rule", finding.detection],
    [
      "Also seen as",
      finding.also.map(({ title, detection, basis }) => `${title} (${detection}, ${basis})`).join("; ") || null,
    ],
    ["Adjusted", finding.adjustments.join("; ") || null],
  ];
  return (
    <aside className={`inspector phase-${finding.phase}`} aria-label="Why">
      <h2>{visible(finding.title)}</h2>
      <p className="lead">{visible(finding.explanation)}</p>
      <dl>
        {facts.map(([term, value]) =>
          value === null ? null : (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{visible(value)}</dd>
            </div>
          ),
        )}
      </dl>
      <h3>Evidence</h3>
      {evidence.state === "ready" ? (
        <RecordTable page={evidence.value} label="Evidence of the finding" />
      ) : (
        <p>{evidence.state === "failed" ? evidence.message : "Looking it up…"}</p>
      )}
    </aside>
  );
}
