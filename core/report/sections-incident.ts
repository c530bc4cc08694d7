import type { Incident, Step } from "../contracts/story.ts";
import { clockTime, confidenceWord, countOf, dateOf, dateTime, visible } from "../contracts/text-forms.ts";
import { PHASE_STYLES } from "../figures/phase-style.ts";
import { captureTimeline, findingsTimeline, incidentMovement } from "../figures/story-figures.ts";
import type { Svg } from "../figures/svg.ts";
import type { HostNames } from "../contracts/host-names.ts";
import type { Html } from "./html.ts";
import { html, svgHtml } from "./html.ts";
import type { ReportModel } from "./model.ts";
import type { Section } from "./section.ts";
import { actText, repositoryText } from "./ledger-text.ts";
import { table } from "./table.ts";

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
  return html`${several && html`<h3 class="incident" id="${incident.id}">Incident ${incident.id}</h3>`}
    ${several && html`<p class="lead">${visible(incident.verdict)}</p>`}
    <p class="meta">
      ${dateTime(incident.tsFirst)} to ${dateTime(incident.tsLast)} UTC ·
      ${countOf(incident.steps.length, "step")} · ${countOf(incident.hosts.length, "host")} ·
      ${countOf(incident.accounts.length, "account")} · ${confidence}
    </p>
    ${phaseStrip(incident.steps)} ${days(incident.steps).map(([day, steps]) => dayHtml(day, steps, hosts))}
    ${
      incident.open.length > 0 &&
      html`<h4>Open questions</h4>
        <ul>
          ${incident.open.map((question) => html`<li>${visible(question)}</li>`)}
        </ul>`
    }`;
}

/** The phases of a chain with their first step, in the order in which they began. */
function phaseStrip(steps: readonly Step[]): Html | null {
  const count = new Map<Step["phase"], number>();
  for (const { phase } of steps) count.set(phase, (count.get(phase) ?? 0) + 1);
  if (count.size < 2) return null;
  return html`<ul class="strip">
    ${[...count].map(
      ([phase, n]) => html`<li class="phase-${phase}">
        <span class="tag">${PHASE_STYLES[phase].label}</span> ${countOf(n, "step")}
      </li>`,
    )}
  </ul>`;
}

/** Steps by the UTC day on which they began, each with its number in the chain. */
function days(steps: readonly Step[]): [day: string, steps: [number: number, step: Step][]][] {
  const byDay = new Map<string, [number, Step][]>();
  for (const [i, step] of steps.entries()) {
    const day = dateOf(step.tsFirst);
    byDay.set(day, [...(byDay.get(day) ?? []), [i + 1, step]]);
  }
  return [...byDay];
}

function dayHtml(day: string, steps: readonly [number, Step][], hosts: HostNames): Html {
  return html`<h4 class="day">${day}</h4>
    <ol class="chain" start="${steps[0]![0]}">
      ${steps.map(([number, step]) => stepHtml(step, number, hosts))}
    </ol>`;
}

function stepHtml(step: Step, number: number, hosts: HostNames): Html {
  const way =
    step.target === null ? hosts.full(step.source) : `${hosts.full(step.source)} → ${hosts.full(step.target)}`;
  const more = step.findings.length - FINDINGS_LINKED;
  return html`<li class="phase-${step.phase}">
    <span class="number">${number}</span>
    <span class="when">${clockTime(step.tsFirst, 3)}</span>
    <div>
      <p class="who">
        <span class="tag">${PHASE_STYLES[step.phase].label}</span> ${way}${step.user !== null && ` as ${visible(step.user)}`}
      </p>
      <p>${visible(step.sentence)}</p>
      <p class="meta">
        ${confidenceWord(step.confidence)} (${step.confidence.toFixed(2)}) ·
        ${step.findings.slice(0, FINDINGS_LINKED).map((id) => html`<a class="mono" href="#${id}">${id}</a> `)}${more > 0 && `and ${more} more`}
      </p>
    </div>
  </li>`;
}

const FINDINGS_LINKED = 6;

function unknowns(model: ReportModel): Html | null {
  const list = model.story.unknowns;
  if (list.length === 0) return null;
  return html`<h3 class="incident">What is not known</h3>
    <ul>
      ${list.map((unknown) => html`<li>${visible(unknown)}</li>`)}
    </ul>`;
}

/** Timeline of the findings, of the whole capture, and the movement between hosts of each incident. */
export function figuresSection(model: ReportModel, hosts: HostNames): Section {
  const { story, volume } = model;
  const boxes: (Html | null)[] = [
    figureBox(
      findingsTimeline(story, volume.incident, FIGURE_WIDTH),
      `The findings over the time they span. ${TIMELINE_KEY}`,
    ),
    figureBox(captureTimeline(story, volume.whole, FIGURE_WIDTH), `The same in the whole capture. ${TIMELINE_KEY}`),
  ];
  const several = story.incidents.length > 1;
  for (const incident of story.incidents) {
    const of = several ? ` of incident ${incident.id}` : "";
    boxes.push(
      figureBox(
        incidentMovement(incident, hosts, FIGURE_WIDTH),
        `Movement between the hosts${of}. Numbers are the steps of its chain; the backup estate has square corners and a bar at its left, hosts outside the site a dashed border.`,
      ),
    );
  }
  const drawn = boxes.some((box) => box !== null);
  return { id: "figures", title: "Timeline and movement", content: drawn ? html`${boxes}` : null };
}

const TIMELINE_KEY =
  "Times are UTC. The size of a mark is its severity, its shape and colour its phase; hatching is time without packets. Below: octets into and out of the backup estate, on a square-root scale.";

function figureBox(figure: Svg | null, caption: string): Html | null {
  if (figure === null) return null;
  return html`<figure class="figure-box">
    <div class="figure-scroll" tabindex="0">${svgHtml(figure)}</div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** What was done to the backups, object by object. */
export function tamperSection(model: ReportModel, hosts: HostNames): Section {
  const entries = model.story.incidents.flatMap((incident) => incident.tampering);
  if (entries.length === 0) return { id: "tampering", title: "What was done to the backups", content: null };
  const rows = entries.map(
    (entry) =>
      html`<tr>
        <td class="t">${dateTime(entry.ts, 3)}</td>
        <td class="mono wide">${visible(entry.object)}</td>
        <td>${visible(entry.operation)}</td>
        <td>${entry.outcome}</td>
        <td>${hosts.full(entry.source)}</td>
        <td>${hosts.full(entry.target)}</td>
        <td>${visible(entry.user ?? "not seen")}</td>
        <td><a class="mono" href="#${entry.finding}">${entry.finding}</a></td>
      </tr>`,
  );
  const content = html`${storesHtml(model, hosts)}
    <p>
      “Confirmed” means that the target's answer was captured and says it was done; “attempted” that only the request
      was; “refused” that the target declined.
    </p>
    ${table(["Time (UTC)", "Object", "Operation", "Outcome", "From", "On", "Account", "Finding"], rows)}
    ${ledgerHtml(model, hosts)}`;
  return { id: "tampering", title: "What was done to the backups", content };
}

const ACTS_SHOWN = 500;

/** Until when each store of backups was untouched, with what could have happened unseen. */
function storesHtml(model: ReportModel, hosts: HostNames): Html | null {
  const stores = model.story.ledger?.repositories ?? [];
  if (stores.length === 0) return null;
  return html`<ul>
    ${stores.map(
      (state) =>
        html`<li>
          ${repositoryText(state, hosts)}
          ${state.caveats.length > 0 && html`<span class="meta">${visible(state.caveats.join(" "))}</span>`}
        </li>`,
    )}
  </ul>`;
}

/** Each object with what was done to it, as the storage protocols tell it. */
function ledgerHtml(model: ReportModel, hosts: HostNames): Html | null {
  const { acts, more } = model.story.ledger ?? { acts: [], more: 0 };
  if (acts.length === 0) return null;
  const rows = acts.slice(0, ACTS_SHOWN).map(
    (act) =>
      html`<tr>
        <td class="t">${dateTime(act.tsFirst, 3)}</td>
        <td class="wide">${actText(act, hosts)}</td>
        <td>${visible(act.kind ?? "")}</td>
        <td>${visible(act.status ?? "")}</td>
        <td class="mono">${visible(act.records[0] ?? "")}</td>
      </tr>`,
  );
  const left = acts.length + more - rows.length;
  return html`<h3>Object by object</h3>
    ${table(["First (UTC)", "Act", "Kind of archive", "Answer", "Record"], rows)}
    ${left > 0 && html`<p class="meta">${countOf(left, "more act")} in the case's table archive_op.</p>`}`;
}
