import { useMemo } from "react";
import type { CaseView } from "../../../core/contracts/api.ts";
import type { HostNames } from "../../../core/contracts/host-names.ts";
import type { Incident, Step } from "../../../core/contracts/story.ts";
import { clockTime, confidenceWord, dateOf, dateTime, visible } from "../../../core/contracts/text-forms.ts";
import { PHASE_STYLES } from "../../../core/figures/phase-style.ts";
import { findingsTimeline, incidentMovement } from "../../../core/figures/story-figures.ts";
import { SvgFigure } from "../../svg-figure.tsx";

const FIGURE_WIDTH = 1080;

interface Props {
  readonly view: CaseView;
  readonly hosts: HostNames;
  readonly onSelect: (finding: string) => void;
}

/** What happened, how sure are we: verdict, figures, the chain, what is not known. */
export function StoryView({ view, hosts, onSelect }: Props) {
  const { story, volume } = view;
  const timeline = useMemo(() => findingsTimeline(story, volume.incident, FIGURE_WIDTH), [story, volume]);
  return (
    <article className="page">
      <p className="verdict">{visible(story.verdict)}</p>
      {timeline !== null && <SvgFigure figure={timeline} caption="Findings by phase over the time they span, UTC." />}
      {story.incidents.length === 0 && (
        <p className="lead">
          {story.findings.length === 0
            ? "No detection found anything in this evidence. What it could not show is below."
            : "No finding joined with another into an incident; Findings lists them."}
        </p>
      )}
      {story.incidents.map((incident) => (
        <Chain key={incident.id} incident={incident} hosts={hosts} onSelect={onSelect} />
      ))}
      {story.unknowns.length > 0 && (
        <section>
          <h2>What is not known</h2>
          <ul>
            {story.unknowns.map((unknown) => (
              <li key={unknown}>{visible(unknown)}</li>
            ))}
          </ul>
        </section>
      )}
    </article>
  );
}

function Chain({ incident, hosts, onSelect }: { incident: Incident; hosts: HostNames; onSelect: Props["onSelect"] }) {
  const movement = useMemo(() => incidentMovement(incident, hosts, FIGURE_WIDTH), [incident, hosts]);
  return (
    <section>
      <h2>
        {incident.id}: {dateTime(incident.tsFirst)} to {dateTime(incident.tsLast)} UTC,{" "}
        {confidenceWord(incident.confidence)} ({incident.confidence.toFixed(2)})
      </h2>
      {movement !== null && (
        <SvgFigure figure={movement} caption={`Movement in ${incident.id}; the numbers are the steps of its chain.`} />
      )}
      <ol className="chain">
        {incident.steps.map((step, i) => (
          <StepLine key={`${step.tsFirst} ${i}`} step={step} number={i + 1} hosts={hosts} onSelect={onSelect} />
        ))}
      </ol>
    </section>
  );
}

function StepLine({
  step,
  number,
  hosts,
  onSelect,
}: {
  step: Step;
  number: number;
  hosts: HostNames;
  onSelect: Props["onSelect"];
}) {
  const way =
    step.target === null ? hosts.full(step.source) : `${hosts.full(step.source)} → ${hosts.full(step.target)}`;
  return (
    <li className={`phase-${step.phase}`}>
      <button className="step" onClick={() => onSelect(step.findings[0]!)}>
        <span className="when">
          <span className="number">{number}</span> {dateOf(step.tsFirst)} {clockTime(step.tsFirst, 3)}
        </span>
        <span>
          <span className="phase">{PHASE_STYLES[step.phase].label}</span>{" "}
          <span className="who">
            {way}
            {step.user !== null && ` as ${visible(step.user)}`} · {confidenceWord(step.confidence)}{" "}
            {step.confidence.toFixed(2)}
          </span>
        </span>
        <span className="sentence">{visible(step.sentence)}</span>
      </button>
    </li>
  );
}
