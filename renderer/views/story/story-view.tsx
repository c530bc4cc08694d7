import { useMemo, useState } from "react";
import type { Finding } from "../../../core/contracts/finding.ts";
import { PHASES } from "../../../core/contracts/finding.ts";
import { beforeText, roleNotes } from "../../../core/contracts/incident-notes.ts";
import type { ConfidenceSum, Incident, Step } from "../../../core/contracts/story.ts";
import { accountWords, stepMarks, stepText, weighed } from "../../../core/contracts/story.ts";
import {
  clockTime,
  confidenceWord,
  countOf,
  countText,
  dateOf,
  dateTime,
  untilText,
  visible,
} from "../../../core/contracts/text-forms.ts";
import { PHASE_STYLES } from "../../../core/figures/phase-style.ts";
import { useBench } from "../../bench.ts";
import { Message } from "../../frame/message.tsx";
import { usePivots } from "../../frame/pivots.ts";
import { PhaseMark } from "../../frame/phase-mark.tsx";
import { Wire, wireText } from "../../wire.tsx";

/** Findings apart from incidents that are listed at once. */
const APART_AT_ONCE = 100;

/** What happened, how sure are we: verdict, phases, the chain of findings, what stands apart, what is not known. */
export function StoryView() {
  const { story, findings, narrowing, narrow, conflicts, go } = useBench();
  const kept = useMemo(() => new Set(findings.map(({ id }) => id)), [findings]);
  const inIncidents = useMemo(
    () => new Set(story.incidents.flatMap(({ steps }) => steps.flatMap((step) => step.findings))),
    [story],
  );
  const [most, setMost] = useState(APART_AT_ONCE);
  const apart = findings.filter(({ id }) => !inIncidents.has(id));
  const dismissed = story.findings.filter(({ review }) => review?.verdict === "dismissed").length;
  const confirmed = story.findings.filter(({ review }) => review?.verdict === "confirmed").length;
  const isNarrowed = narrowing.filter !== "" || narrowing.from !== null || narrowing.to !== null;
  return (
    <article className="page story">
      <p className="verdict">
        <Wire text={story.verdict} />
      </p>
      {(dismissed > 0 || confirmed > 0) && (
        <p className="quiet">
          {[
            confirmed > 0 && `${countOf(confirmed, "finding")} confirmed`,
            dismissed > 0 && `${countOf(dismissed, "finding")} dismissed`,
          ]
            .filter(Boolean)
            .join(", ")}{" "}
          by investigators.
        </p>
      )}
      {conflicts.length > 0 && (
        <p className="notice">
          Merged copies of this case disagree in {countOf(conflicts.length, "point")}: what this copy says stands.{" "}
          <button className="link" onClick={() => go({ view: "Evidence" })}>
            Look at what the other said
          </button>
        </p>
      )}
      <PhaseStrip />
      {story.findings.length === 0 && (
        <Message
          title="Nothing found"
          text="No detection found anything in this evidence. What it could not show is below; Evidence lists what was captured, Sessions everything that was read."
        />
      )}
      {story.findings.length > 0 && findings.length === 0 && (
        <Message title="Nothing left" text="No finding fits the filter and the time range.">
          <button onClick={() => narrow({ filter: "", from: null, to: null })}>Show all {story.findings.length}</button>
        </Message>
      )}
      {story.incidents.map((incident) => (
        <Chain key={incident.id} incident={incident} kept={isNarrowed ? kept : null} />
      ))}
      {apart.length > 0 && (
        <section>
          <h2>Apart from the incidents</h2>
          <ol className="chain">
            {apart.slice(0, most).map((finding) => (
              <FindingLine key={finding.id} finding={finding} />
            ))}
          </ol>
          {apart.length > most && (
            <p>
              <button onClick={() => setMost(most + APART_AT_ONCE)}>
                Show more of the {countText(apart.length - most)} that follow
              </button>{" "}
              <span className="quiet">Timeline shows all, filter and time range narrow them.</span>
            </p>
          )}
        </section>
      )}
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

/** Phases that have findings, in the order of an intrusion, with their counts. */
function PhaseStrip() {
  const { findings, story, select } = useBench();
  const present = PHASES.filter((phase) => story.findings.some((finding) => finding.phase === phase));
  if (present.length === 0) return null;
  return (
    <ol className="phases" aria-label="Phases">
      {present.map((phase) => {
        const own = findings.filter((finding) => finding.phase === phase);
        return (
          <li key={phase} className={`phase-${phase}`}>
            <button disabled={own.length === 0} onClick={() => select({ kind: "finding", id: own[0]!.id })}>
              <PhaseMark phase={phase} size={12} />
              <b>{own.length}</b> {PHASE_STYLES[phase].label}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function Chain({ incident, kept }: { incident: Incident; kept: ReadonlySet<string> | null }) {
  const { story, hosts } = useBench();
  const before = beforeText(incident, hosts);
  const steps = incident.steps
    .map((step, i) => ({ step, number: i + 1 }))
    .filter(({ step }) => kept === null || step.findings.some((id) => kept.has(id)));
  if (steps.length === 0) return null;
  const days = new Set<string>();
  const [first, last] = [dateTime(incident.tsFirst).slice(0, 16), dateTime(incident.tsLast).slice(0, 16)];
  return (
    <section>
      <h2>
        {incident.id}: {first === last ? first : `${first} to ${last}`} UTC{" "}
        <span className="quiet">
          an intrusion: {confidenceWord(incident.confidence)} ({incident.confidence.toFixed(2)}),{" "}
          {countOf(incident.steps.length, "step")}
          {kept !== null && `, ${steps.length} shown`}
        </span>
      </h2>
      {story.incidents.length > 1 && (
        <p>
          <Wire text={incident.verdict} />
        </p>
      )}
      {incident.confidenceText !== undefined && <p className="quiet">{visible(incident.confidenceText)}</p>}
      {before !== null && (
        <p>
          <b>Before the first step:</b> <Wire text={before} />
        </p>
      )}
      <ol className="chain">
        {steps.map(({ step, number }) => {
          const day = dateOf(step.tsFirst);
          const isNew = !days.has(day);
          days.add(day);
          return <StepLine key={number} incident={incident} step={step} number={number} day={isNew ? day : null} />;
        })}
      </ol>
      <Notes title="What these machines are taken for" notes={roleNotes(incident, hosts)} />
      <Notes title="What else it could be" notes={incident.orElse ?? []} />
      <Notes title="Open in this incident" notes={incident.open} />
      {incident.confidenceSum !== undefined && <Sum sum={incident.confidenceSum} total={incident.confidence} />}
    </section>
  );
}

/** The sum that the confidence of an incident is, closed until it is asked for. */
function Sum({ sum, total }: { sum: ConfidenceSum; total: number }) {
  const { select } = useBench();
  return (
    <details>
      <summary>How the confidence comes to {total.toFixed(2)}</summary>
      <p className="quiet">{sum.rule}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">Finding</th>
            <th scope="col">Its confidence</th>
            <th scope="col">Severity</th>
            <th scope="col">Phase</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {sum.parts.map(({ finding, title, confidence, severity, phase, weights, share }) => (
            <tr key={finding}>
              <td>
                <button className="link" onClick={() => select({ kind: "finding", id: finding })}>
                  {wireText(title)}
                </button>
              </td>
              <td>{confidence.toFixed(2)}</td>
              <td>{weighed(severity, weights?.severity)}</td>
              <td>{weighed(PHASE_STYLES[phase].label, weights?.phase)}</td>
              <td>{share.toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Sentences under a heading; nothing where there is none. */
function Notes({ title, notes }: { title: string; notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {notes.map((note) => (
          <li key={note}>{visible(note)}</li>
        ))}
      </ul>
    </>
  );
}

function StepLine({
  incident,
  step,
  number,
  day,
}: {
  incident: Incident;
  step: Step;
  number: number;
  day: string | null;
}) {
  const { place, select, hosts, story } = useBench();
  const pivot = usePivots();
  const { pick } = place;
  const own = step.findings
    .map((id) => story.findings.find((finding) => finding.id === id))
    .filter((each) => each !== undefined);
  const isCurrent =
    (pick?.kind === "finding" && step.findings.includes(pick.id)) ||
    (pick?.kind === "host" && (step.source === pick.id || step.target === pick.id));
  const marks = [...new Set(own.map(({ review }) => review?.verdict).filter((each) => each !== undefined))];
  const isDismissed = own.length > 0 && own.every(({ review }) => review?.verdict === "dismissed");
  const until = untilText(step.tsFirst, step.tsLast);
  const way =
    step.target === null ? hosts.full(step.source) : `${hosts.full(step.source)} → ${hosts.full(step.target)}`;
  return (
    <>
      {day !== null && <li className="day">{day}</li>}
      <li className={`phase-${step.phase}${isDismissed ? " dismissed" : ""}`}>
        <button
          className="step"
          aria-current={isCurrent}
          onContextMenu={(event) => pivot(event, { kind: "finding", id: step.findings[0]! })}
          onClick={() => select({ kind: "finding", id: step.findings[0]! })}
        >
          <span className="number">{number}</span>
          <span className="when mono" title={dateTime(step.tsFirst, 9)}>
            {clockTime(step.tsFirst)}
          </span>
          <PhaseMark phase={step.phase} size={12} />
          <span className="words">
            <span className="head">
              <span className="phase">{PHASE_STYLES[step.phase].label}</span>
              <span className="who">
                {way}
                {step.user !== null && (
                  <>
                    {` ${accountWords(step)} `}
                    <Wire text={step.user} />
                  </>
                )}
              </span>
              {marks.map((verdict) => (
                <span key={verdict} className={`verdict-mark ${verdict}`}>
                  {verdict}
                </span>
              ))}
              <span className="sure">
                {[
                  ...(until === null ? [] : [until]),
                  ...stepMarks(step),
                  `this step: ${confidenceWord(step.confidence)} ${step.confidence.toFixed(2)}`,
                  countOf(
                    own.reduce((sum, each) => sum + each.recordCount, 0),
                    "record",
                  ),
                ].join(" · ")}
              </span>
            </span>
            <span className="sentence">
              <Wire text={stepText(step, incident, story.findings)} most={600} />
            </span>
          </span>
        </button>
        {step.findings.length > 1 && (
          <p className="members">
            {own.map(({ id, title }) => (
              <button
                key={id}
                className={pick?.kind === "finding" && pick.id === id ? "link picked" : "link"}
                onClick={() => select({ kind: "finding", id })}
                onContextMenu={(event) => pivot(event, { kind: "finding", id })}
              >
                {wireText(title)}
              </button>
            ))}
          </p>
        )}
      </li>
    </>
  );
}

function FindingLine({ finding }: { finding: Finding }) {
  const { place, select } = useBench();
  const pivot = usePivots();
  const isDismissed = finding.review?.verdict === "dismissed";
  return (
    <li className={`phase-${finding.phase}${isDismissed ? " dismissed" : ""}`}>
      <button
        className="step"
        aria-current={place.pick?.kind === "finding" && place.pick.id === finding.id}
        onContextMenu={(event) => pivot(event, { kind: "finding", id: finding.id })}
        onClick={() => select({ kind: "finding", id: finding.id })}
      >
        <span className="number" />
        <span className="when mono">
          {dateOf(finding.tsFirst).slice(5)} {clockTime(finding.tsFirst).slice(0, 5)}
        </span>
        <PhaseMark phase={finding.phase} size={12} />
        <span className="words">
          <span className="head">
            <span className="phase">{PHASE_STYLES[finding.phase].label}</span>
            <span className={`severity-${finding.severity}`}>{finding.severity}</span>
            {finding.review !== undefined && (
              <span className={`verdict-mark ${finding.review.verdict}`}>{finding.review.verdict}</span>
            )}
            <span className="sure">
              {confidenceWord(finding.confidence)} {finding.confidence.toFixed(2)}
            </span>
          </span>
          <span className="sentence">
            <Wire text={finding.explanation} most={600} />
          </span>
        </span>
      </button>
    </li>
  );
}
