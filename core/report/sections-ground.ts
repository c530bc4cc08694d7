import { countText, dateTime, octetsText, visible } from "../contracts/text-forms.ts";
import { coverageFacts } from "./coverage-text.ts";
import type { HostNames } from "../contracts/host-names.ts";
import { ROLE_WORDS } from "../contracts/host-names.ts";
import { html } from "./html.ts";
import type { ReportModel } from "./model.ts";
import type { Section } from "./section.ts";
import { table } from "./table.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Which machines are the backup estate, and why that is thought. */
export function estateSection(model: ReportModel, hosts: HostNames): Section {
  const { estate } = model.story;
  const assets = estate.assets.filter((asset) => asset.inEstate || asset.roles.some((role) => role.confidence >= 0.5));
  if (assets.length === 0) {
    return {
      id: "estate",
      title: "The backup estate",
      content: html`<p class="empty">No machine of a backup estate was recognised and no scope file named one.</p>`,
    };
  }
  const rows = assets.map(
    (asset) =>
      html`<tr>
        <td>${hosts.full(asset.address)}</td>
        <td>${asset.inEstate ? "yes" : "no"}</td>
        <td>
          ${asset.roles.map((role) => html`<div>${ROLE_WORDS[role.role]} (${role.source === "scope" ? "given" : role.confidence.toFixed(2)})</div>`)}
        </td>
        <td>${asset.roles.map((role) => html`<div>${visible(role.reasons.join("; "))}</div>`)}</td>
      </tr>`,
  );
  const windows = estate.windows.map((window) => {
    const days = window.days.map((day) => DAYS[day - 1] ?? "?").join(", ");
    return html`<tr>
      <td>${visible(window.name)}</td>
      <td>${days}</td>
      <td>${clock(window.startMinute)} to ${clock(window.endMinute)} ${window.zone}</td>
      <td>${window.source === "scope" ? "given" : "found in the traffic"}</td>
    </tr>`;
  });
  const content = html`${table(["Machine", "In the estate", "Role (confidence)", "Because"], rows)}
    ${
      windows.length > 0 &&
      html`<h3>Job windows</h3>
        ${table(["Job", "Days", "Time", "Source"], windows)}`
    }`;
  return { id: "estate", title: "The backup estate", content };
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** What the evidence could and could not show. */
export function coverageSection(model: ReportModel): Section {
  const { coverage } = model.story;
  const facts = coverageFacts(coverage).map(
    ([label, value]) =>
      html`<tr>
        <th>${label}</th>
        <td>${visible(value)}</td>
      </tr>`,
  );
  const missing = coverage.notEvaluated.map(
    (row) =>
      html`<tr>
        <td class="mono">${row.detection}</td>
        <td>${row.title}</td>
        <td>${visible(row.reason)}</td>
      </tr>`,
  );
  const aside = model.story.setAside.map(
    ({ finding, reason }) =>
      html`<tr>
        <td class="mono">${finding.id}</td>
        <td>${visible(finding.explanation)}</td>
        <td>${visible(reason)}</td>
      </tr>`,
  );
  const content = html`<div class="scroll">
      <table>
        <tbody>
          ${facts}
        </tbody>
      </table>
    </div>
    <p>
      That nothing was found says something only about what was captured and readable. The following detections were not
      evaluated; their absence from the findings is not evidence of absence.
    </p>
    ${
      missing.length === 0
        ? html`<p class="empty">None: every detection had the traffic that it reads.</p>`
        : html`${table(["Detection", "Looks for", "Not evaluated because"], missing)}`
    }
    ${
      aside.length > 0 &&
      html`<h3>Explained, and set aside</h3>
        ${table(["Finding", "What was seen", "Why it was set aside"], aside)}`
    }`;
  return { id: "coverage", title: "Coverage and limits", content };
}

/** The evidence files with their hashes. */
export function captureSection(model: ReportModel): Section {
  const rows = model.story.coverage.captures.map(
    (capture) =>
      html`<tr>
          <td class="n">${capture.number}</td>
          <td class="mono wide">${visible(capture.path)}</td>
          <td>${capture.format}</td>
          <td class="n">${countText(capture.octets)}</td>
          <td class="n">${countText(capture.packets)}</td>
          <td class="t">
            ${capture.tsFirst === null ? "no packet" : `${dateTime(capture.tsFirst, 6)} to ${dateTime(capture.tsLast ?? capture.tsFirst, 6)}`}
          </td>
          <td class="mono wide">${capture.sha256 === "" ? "not known" : capture.sha256}</td>
        </tr>
        ${
          capture.damage.length > 0 &&
          html`<tr>
            <td></td>
            <td colspan="6">${visible(capture.damage.join(" "))}</td>
          </tr>`
        }`,
  );
  const content = html`${table([{ number: "Capture" }, "File", "Format", { number: "Octets" }, { number: "Packets" }, "First and last packet (UTC)", "SHA-256"], rows)}`;
  return { id: "captures", title: "Captures", content };
}

/** Who did what with the case. */
export function custodySection(model: ReportModel): Section {
  const rows = model.custody.map(
    (row) =>
      html`<tr>
        <td class="n">${row.seq}</td>
        <td class="t">${row.at}</td>
        <td>${visible(row.actor)}</td>
        <td>${visible(row.action)}</td>
        <td class="mono">${visible(row.object)}</td>
        <td class="mono">${row.hash.slice(0, 16)}…</td>
      </tr>`,
  );
  const content = html`<p>
      ${model.journalIntact ? "The journal's hash chain is intact." : "The journal's hash chain is broken: run backtrail verify for the entry."}
      Each entry's hash covers the one before it.
    </p>
    ${table([{ number: "Entry" }, "Time (UTC)", "Who", "Action", "Object", "Hash"], rows)}`;
  return { id: "custody", title: "Custody", content };
}

/** With what, and how to check it. */
export function methodSection(model: ReportModel): Section {
  const versions = Object.entries(model.versions).map(
    ([name, version]) =>
      html`<tr>
        <td>${name}</td>
        <td class="mono">${version}</td>
      </tr>`,
  );
  const stored = model.story.coverage.captures.reduce((sum, capture) => sum + capture.octets, 0);
  const content = html`<p>
      Backtrail read ${octetsText(stored)} of captured traffic once, hashing it as it read; it reconstructed connections
      with the meaning of Zeek's conn log, decoded the protocols it recognised by their content, and ran
      ${countText(model.evaluated)} detections as queries over the resulting records. Nothing was sent to any network.
    </p>
    <p>
      To check a row of the evidence table without Backtrail: compute the SHA-256 of the capture, compare it with the
      table “Captures”, open the file in Wireshark and go to the frame number.
    </p>
    ${table(["Component", "Version"], versions)}`;
  return { id: "method", title: "Method and versions", content };
}
