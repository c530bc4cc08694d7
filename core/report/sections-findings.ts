import { ATTACK_NAMES, ATTACK_VERSION } from "../contracts/attack-names.ts";
import type { Finding, OtherReason } from "../contracts/finding.ts";
import { confidenceWord, countOf, countText, dateTime, isoTime, visible } from "../contracts/text-forms.ts";
import { PHASE_STYLES } from "../figures/phase-style.ts";
import type { HostNames } from "../contracts/host-names.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { ReportModel } from "./model.ts";
import { techniques } from "./model.ts";
import type { Section } from "./section.ts";
import { table } from "./table.ts";

/** Every finding in time order, fact and inference marked apart. */
export function findingsSection(model: ReportModel, hosts: HostNames): Section {
  const { findings } = model.story;
  if (findings.length === 0) return { id: "findings", title: "Findings", content: null };
  const content = html`<p>
      “Fact” was seen in clear in the packets. “Inference” was concluded from sizes, times, names or certificates.
      Confidence is the detection's, adjusted by what is known of the capture and the hosts.
    </p>
    ${findings.map((finding) => findingHtml(finding, hosts))}`;
  return { id: "findings", title: "Findings", content };
}

function findingHtml(finding: Finding, hosts: HostNames): Html {
  const same = finding.tsFirst === finding.tsLast;
  const when = same
    ? dateTime(finding.tsFirst, 6)
    : `${dateTime(finding.tsFirst, 6)} to ${dateTime(finding.tsLast, 6)}`;
  const parameters = Object.entries(finding.parameters).map(([name, value]) => `${name} = ${value}`);
  const row = (term: string, value: Html | string | null) =>
    value !== null &&
    html`<dt>${term}</dt>
      <dd>${value}</dd>`;
  return html`<article class="finding phase-${finding.phase}" id="${finding.id}">
    <h3>${visible(finding.title)}</h3>
    <p>${visible(finding.explanation)}</p>
    <p class="meta">
      <span class="tag">${PHASE_STYLES[finding.phase].label}</span> ·
      <span class="severity-${finding.severity}">${finding.severity}</span> · ${confidenceWord(finding.confidence)}
      (${finding.confidence.toFixed(2)}) · <span class="basis">${finding.basis}</span>
      <span class="basis">${finding.outcome}</span>
    </p>
    <dl>
      ${row("When (UTC)", when)}${row("From", finding.source === null ? null : hosts.full(finding.source))}${row("To", finding.target === null ? null : hosts.full(finding.target))}${row("Account", finding.user === null ? null : visible(finding.user))}${row("Object", finding.object === null ? null : html`<code>${visible(finding.object)}</code>`)}${row("Events", countText(finding.count))}${row("ATT&CK", finding.attack.map((id) => `${id} ${ATTACK_NAMES[id] ?? ""}`.trim()).join(", ") || null)}${row("Rule", html`${finding.detection}${parameters.length > 0 && ` (${parameters.join(", ")})`}`)}${row("Also seen as", finding.also.length > 0 ? html`${finding.also.map(alsoHtml)}` : null)}${row("Adjusted", finding.adjustments.length > 0 ? finding.adjustments.join("; ") : null)}${row("Finding", html`<span class="mono">${finding.id}</span>, ${countOf(finding.recordCount, "record")}`)}
    </dl>
  </article>`;
}

function alsoHtml({ detection, title, basis, explanation }: OtherReason): Html {
  return html`<div>${visible(title)} (${detection}, ${basis}): ${visible(explanation)}</div>`;
}

/** Techniques seen, with the findings that show them. */
export function attackSection(model: ReportModel): Section {
  const seen = techniques(model.story.findings);
  if (seen.length === 0) return { id: "attack", title: "ATT&CK techniques", content: null };
  const rows = seen.map(({ id, findings }) => {
    const best = Math.max(...findings.map((finding) => finding.confidence));
    return html`<tr>
      <td class="mono">${id}</td>
      <td>${ATTACK_NAMES[id] ?? ""}</td>
      <td class="n">${countText(findings.length)}</td>
      <td class="n">${best.toFixed(2)}</td>
      <td class="t">${dateTime(findings[0]!.tsFirst)}</td>
      <td>
        ${findings.slice(0, 12).map((finding) => html`<a class="mono" href="#${finding.id}">${finding.id}</a> `)}${findings.length > 12 && `and ${countText(findings.length - 12)} more`}
      </td>
    </tr>`;
  });
  const content = html`${table(["Technique", "Name", { number: "Findings" }, { number: "Confidence" }, "First seen (UTC)", "Findings"], rows)}
    <p class="empty">Names of ATT&amp;CK for Enterprise v${ATTACK_VERSION}.</p>`;
  return { id: "attack", title: "ATT&CK techniques", content };
}

/** Finding → records → frames → place in the file → hash of the file. */
export function evidenceSection(model: ReportModel): Section {
  if (model.evidence.length === 0) return { id: "evidence", title: "Evidence of each finding", content: null };
  const hashes = new Map(model.story.coverage.captures.map((capture) => [capture.number, capture.sha256]));
  const rows = model.evidence.map((row) => {
    const frames =
      row.frame === row.lastFrame && row.capture === row.lastCapture
        ? `${row.frame}`
        : `${row.frame} to ${row.lastFrame}`;
    return html`<tr>
      <td><a class="mono" href="#${row.finding}">${row.finding}</a></td>
      <td class="mono">${row.table} ${row.rid}</td>
      <td class="t mono">${isoTime(row.ts)}</td>
      <td class="n">${row.capture}</td>
      <td class="n">${frames}</td>
      <td class="n mono">${row.fileOffset === null ? "in a compressed file" : countText(row.fileOffset)}</td>
      <td class="mono">${(hashes.get(row.capture) ?? "").slice(0, 16)}…</td>
    </tr>`;
  });
  const left = model.evidenceLeftOut;
  const content = html`<p>
      Frames are numbered from 1 within their capture, as Wireshark numbers them; the offset is where the frame's octets
      begin in the capture file. The full hashes are under
      “Captures”.${left > 0 && ` ${countOf(left, "further record")} behind findings of many events are in the case, not in this table.`}
    </p>
    ${table(["Finding", "Record", "Time (UTC)", { number: "Capture" }, { number: "Frames" }, { number: "File offset" }, "SHA-256 of the capture"], rows)}`;
  return { id: "evidence", title: "Evidence of each finding", content };
}
