import type { Incident, Step } from "../contracts/story.ts";
import { clockTime, confidenceWord, countOf, dateOf, dateTime, visible } from "../contracts/text-forms.ts";
import { movementInput } from "../figures/movement-input.ts";
import { movementSvg } from "../figures/movement.ts";
import { PHASE_STYLES } from "../figures/phase-style.ts";
import type { VolumeBucket } from "../contracts/volume.ts";
import { timelineSvg } from "../figures/timeline.ts";
import type { HostNames } from "../contracts/host-names.ts";
import type { Html } from "./html.ts";
import { html, svgHtml } from "./html.ts";
import type { ReportModel } from "./model.ts";
import type { Section } from "./section.ts";

const FIGURE_WIDTH = 1032;

/** The chain of each incident, in time order. */
export function chainSection(model: ReportModel, hosts: HostNames): Section {
  const { incidents } = model.story;
  const content =
    incidents.length === 0
      ? html`<p class="empty">No incident: ${nothingFound(model)}</p>`
      : html`${incidents.map((incident) => incidentHtml(incident, model, hosts))}${unknowns(model)}`;
  return { id: "chain", title: incidents.length > 1 ? "The incidents" : "The chain of events", content };
}

function nothingFound(model: ReportModel): string {
  const apart = model.story.findings.length;
  const rest = apart === 0 ? "no detection found anything" : `${countOf(apart, "finding")} did not join into one`;
  return `${rest}. ${countOf(model.evaluated, "detection")} ran over the evidence; "Coverage and limits" says what it could not show.`;
}

function incidentHtml(incident: Incident, model: ReportModel, hosts: HostNames): Html {
  const several = model.story.incidents.length > 1;
  const confidence = `${confidenceWord(incident.confidence)} (${incident.confidence.toFixed(2)})`;
  return html`${several && html`<h3>Incident ${incident.id}</h3>`}
    <p>
      ${several && html`${visible(incident.verdict)} `}From ${dateTime(incident.tsFirst)} to
      ${dateTime(incident.tsLast)} UTC; ${countOf(incident.hosts.length, "host")},
      ${countOf(incident.accounts.length, "account")}; ${confidence}.
    </p>
    <ol class="chain">
      ${incident.steps.map((step, i) => stepHtml(step, i + 1, hosts))}
    </ol>
    ${
      incident.open.length > 0 &&
      html`<h3>Open questions</h3>
        <ul>
          ${incident.open.map((question) => html`<li>${visible(question)}</li>`)}
        </ul>`
    }`;
}

function stepHtml(step: Step, number: number, hosts: HostNames): Html {
  const way =
    step.target === null ? hosts.full(step.source) : `${hosts.full(step.source)} → ${hosts.full(step.target)}`;
  return html`<li class="phase-${step.phase}">
    <span class="when">${number}. ${dateOf(step.tsFirst)} ${clockTime(step.tsFirst, 3)}</span>
    <span class="phase">${PHASE_STYLES[step.phase].label}</span>
    <span class="who"
      >${way}${step.user !== null && ` as ${visible(step.user)}`} · ${confidenceWord(step.confidence)}
      (${step.confidence.toFixed(2)})</span
    >
    <p>
      ${visible(step.sentence)} ${step.findings.slice(0, 6).map((id) => html` <a class="mono" href="#${id}">${id}</a>`)}
    </p>
  </li>`;
}

function unknowns(model: ReportModel): Html | null {
  const list = model.story.unknowns;
  if (list.length === 0) return null;
  return html`<h3>What is not known</h3>
    <ul>
      ${list.map((unknown) => html`<li>${visible(unknown)}</li>`)}
    </ul>`;
}

/** Timeline of the incident, of the whole capture, and the movement between hosts. */
export function figuresSection(model: ReportModel, hosts: HostNames): Section {
  const { story } = model;
  const { tsFirst, tsLast, gaps } = story.coverage;
  const steps = story.incidents.flatMap((incident) => incident.steps);
  const boxes: Html[] = [];
  if (story.findings.length > 0) {
    const [from, to] = spanOf(story.findings.map((f) => [f.tsFirst, f.tsLast] as const));
    boxes.push(
      timelineBox("The findings over the time they span", {
        ...base(model),
        from,
        to,
        volume: model.volume.incident,
        gaps,
      }),
    );
    if (tsFirst !== null && tsLast !== null && isMuchLonger(tsFirst, tsLast, from, to)) {
      boxes.push(
        timelineBox("The same in the whole capture", {
          ...base(model),
          from: tsFirst,
          to: tsLast,
          volume: model.volume.whole,
          gaps,
        }),
      );
    }
  }
  const movement = movementInput(steps, hosts, story.incidents[0]?.foothold?.source ?? null, FIGURE_WIDTH);
  if (movement.edges.length > 0) {
    boxes.push(
      html`<figure class="figure-box">
        ${svgHtml(movementSvg(movement))}
        <figcaption>
          Movement between hosts. Numbers are the steps of the chain; the backup estate has square corners and a bar at
          its left, hosts outside the site a dashed border.
        </figcaption>
      </figure>`,
    );
  }
  return { id: "figures", title: "Timeline and movement", content: boxes.length > 0 ? html`${boxes}` : null };
}

interface TimelineParts {
  readonly findings: ReportModel["story"]["findings"];
  readonly width: number;
  readonly from: string;
  readonly to: string;
  readonly volume: readonly VolumeBucket[];
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
}

function base(model: ReportModel): Pick<TimelineParts, "findings" | "width"> {
  return { findings: model.story.findings, width: FIGURE_WIDTH };
}

function timelineBox(caption: string, input: TimelineParts): Html {
  const clipped = input.gaps.filter(
    (gap) => BigInt(gap.to) > BigInt(input.from) && BigInt(gap.from) < BigInt(input.to),
  );
  return html`<figure class="figure-box">
    ${svgHtml(timelineSvg({ ...input, gaps: clipped }))}
    <figcaption>
      ${caption}, UTC. Size of a mark is its severity, shape and colour its phase. Below: octets into and out of the
      backup estate.
    </figcaption>
  </figure>`;
}

function spanOf(spans: readonly (readonly [string, string])[]): [from: string, to: string] {
  let from = BigInt(spans[0]![0]);
  let to = BigInt(spans[0]![1]);
  for (const [first, last] of spans) {
    if (BigInt(first) < from) from = BigInt(first);
    if (BigInt(last) > to) to = BigInt(last);
  }
  const margin = (to - from) / 40n + 1_000_000_000n;
  return [(from - margin).toString(), (to + margin).toString()];
}

function isMuchLonger(first: string, last: string, from: string, to: string): boolean {
  return (BigInt(last) - BigInt(first)) * 2n > (BigInt(to) - BigInt(from)) * 3n;
}

/** What was done to the backups, object by object. */
export function tamperSection(model: ReportModel, hosts: HostNames): Section {
  const entries = model.story.incidents.flatMap((incident) => incident.tampering);
  if (entries.length === 0) return { id: "tampering", title: "What was done to the backups", content: null };
  const rows = entries.map(
    (entry) =>
      html`<tr>
        <td class="t">${dateTime(entry.ts, 3)}</td>
        <td class="mono">${visible(entry.object)}</td>
        <td>${visible(entry.operation)}</td>
        <td>${entry.outcome}</td>
        <td>${hosts.full(entry.source)}</td>
        <td>${hosts.full(entry.target)}</td>
        <td>${visible(entry.user ?? "not seen")}</td>
        <td><a class="mono" href="#${entry.finding}">${entry.finding}</a></td>
      </tr>`,
  );
  const content = html`<p>
      “Confirmed” means that the target's answer was captured and says it was done; “attempted” that only the request
      was; “refused” that the target declined.
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Time (UTC)</th>
            <th>Object</th>
            <th>Operation</th>
            <th>Outcome</th>
            <th>From</th>
            <th>On</th>
            <th>Account</th>
            <th>Finding</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
  return { id: "tampering", title: "What was done to the backups", content };
}
