import { createHash } from "node:crypto";
import { countOf, countText, dateOf, octetsText, visible } from "../contracts/text-forms.ts";
import type { Html } from "./html.ts";
import { html, Html as SafeHtml } from "./html.ts";
import { HostNames } from "../contracts/host-names.ts";
import type { ReportModel } from "./model.ts";
import { techniques } from "./model.ts";
import { REPORT_STYLE } from "./report-style.ts";
import type { Section } from "./section.ts";
import { chainSection, figuresSection, tamperSection } from "./sections-incident.ts";
import { attackSection, evidenceSection, findingsSection } from "./sections-findings.ts";
import { captureSection, coverageSection, custodySection, estateSection, methodSection } from "./sections-ground.ts";

/**
 * The report as one HTML document: no script, no remote asset, and a policy that forbids both. The same model gives
 * the same octets.
 */
export function reportHtml(model: ReportModel): string {
  const hosts = new HostNames(model.story.estate);
  const sections: Section[] = [
    chainSection(model, hosts),
    figuresSection(model, hosts),
    tamperSection(model, hosts),
    findingsSection(model, hosts),
    attackSection(model),
    estateSection(model, hosts),
    coverageSection(model),
    evidenceSection(model),
    captureSection(model),
    custodySection(model),
    methodSection(model),
  ].filter((section) => section.content !== null);
  const styleHash = createHash("sha256").update(REPORT_STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  const { story } = model;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${visible(story.case.name)}: what was done to the backups</title>
        ${STYLE}
      </head>
      <body>
        <main>
          <header>
            <p class="eyebrow">Backtrail · forensic report</p>
            <h1>What was done to the backups</h1>
            <p class="sub">
              Case <b>${visible(story.case.name)}</b> · <span class="mono">${story.case.id}</span> · all times UTC
            </p>
            <p class="verdict">${visible(story.verdict)}</p>
            ${keyFacts(model)}
            <nav aria-label="Contents">
              <p class="contents">Contents</p>
              <ol>
                ${sections.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}
              </ol>
            </nav>
          </header>
          ${sections.map(
            (section) =>
              html`<section id="${section.id}">
                <h2>${section.title}</h2>
                ${section.content}
              </section>`,
          )}
          <footer>
            Backtrail ${story.case.version} · case ${story.case.id} · journal head
            <span class="mono">${model.journalHead}</span>
          </footer>
        </main>
      </body>
    </html> `;
  return page.text;
}

// One piece, so that its octets are those that the policy's hash is of.
const STYLE = new SafeHtml(`<style>${REPORT_STYLE}</style>`);

function keyFacts(model: ReportModel): Html {
  const { story } = model;
  const { coverage } = story;
  const severe = story.findings.filter(
    (finding) => finding.severity === "high" || finding.severity === "critical",
  ).length;
  const stored = coverage.captures.reduce((sum, capture) => sum + capture.octets, 0);
  const facts: [string, string][] = [
    [countText(story.incidents.length), story.incidents.length === 1 ? "incident" : "incidents"],
    [countText(story.findings.length), `findings, ${countText(severe)} high or critical`],
    [countText(techniques(story.findings).length), "ATT&CK techniques"],
    [octetsText(stored), `in ${countOf(coverage.captures.length, "capture")}, ${countOf(coverage.packets, "packet")}`],
    [countText(coverage.connections), "connections reconstructed"],
    [
      coverage.tsFirst === null ? "none" : dateOf(coverage.tsFirst),
      coverage.tsLast === null ? "no packet" : `first packet; the last on ${dateOf(coverage.tsLast)}`,
    ],
  ];
  return html`<ul class="facts">
    ${facts.map(([value, label]) => html`<li><b>${value}</b><span>${label}</span></li>`)}
  </ul>`;
}
