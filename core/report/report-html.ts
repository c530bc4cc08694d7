import { createHash } from "node:crypto";
import { visible } from "../contracts/text-forms.ts";
import type { Block, Cell, Column, FindingBlock, Piece, ReportDocument, Rich, StepBlock } from "./document.ts";
import { isShortCode } from "./document.ts";
import type { Html } from "./html.ts";
import { html, Html as SafeHtml, svgHtml } from "./html.ts";
import type { ReportModel } from "./model.ts";
import { reportDocument } from "./report-document.ts";
import { REPORT_STYLE } from "./report-style.ts";
import type { ReportTemplate } from "./templates.ts";
import { FULL_TEMPLATE } from "./templates.ts";
import { TEXTS } from "./texts.ts";

const FIGURE_WIDTH = 1032;

/**
 * The report as one HTML document: no script, no remote asset, and a policy that forbids both. The same model gives
 * the same octets.
 */
export function reportHtml(model: ReportModel, template: ReportTemplate = FULL_TEMPLATE): string {
  const report = reportDocument(model, template, FIGURE_WIDTH);
  const styleHash = createHash("sha256").update(REPORT_STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${visible(report.caseName)}: ${visible(report.title)}</title>
        ${STYLE}
      </head>
      <body>
        <main>
          ${headHtml(report)}
          ${report.sections.map(
            (section) =>
              html`<section id="${section.id}">
                <h2>${visible(section.title)}</h2>
                ${section.blocks.map(blockHtml)}
              </section>`,
          )}
          <footer>
            Backtrail ${report.version} · case ${report.caseId} · journal head
            <span class="mono">${report.journalHead}</span>
          </footer>
        </main>
      </body>
    </html> `;
  return page.text;
}

// One piece, so that its octets are those that the policy's hash is of.
const STYLE = new SafeHtml(`<style>${REPORT_STYLE}</style>`);

function headHtml(report: ReportDocument): Html {
  return html`<header>
    <p class="eyebrow">${TEXTS.eyebrow}</p>
    <h1>${visible(report.title)}</h1>
    <p class="sub">
      Case <b>${visible(report.caseName)}</b> · <span class="mono">${report.caseId}</span> · all times UTC
    </p>
    <p class="verdict">${visible(report.verdict)}</p>
    <ul class="facts">
      ${report.facts.map(({ value, label }) => html`<li><b>${value}</b><span>${label}</span></li>`)}
    </ul>
    <nav aria-label="${TEXTS.contents}">
      <p class="contents">${TEXTS.contents}</p>
      <ol>
        ${report.sections.map((section) => html`<li><a href="#${section.id}">${visible(section.title)}</a></li>`)}
      </ol>
    </nav>
  </header>`;
}

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case "text":
      return block.role === undefined
        ? html`<p>${richHtml(block.text)}</p>`
        : html`<p class="${block.role}">${richHtml(block.text)}</p>`;
    case "heading":
      return headingHtml(block);
    case "list":
      return html`<ul>
        ${block.items.map((item) => html`<li>${richHtml(item)}</li>`)}
      </ul>`;
    case "facts":
      return html`<div class="scroll">
        <table>
          <tbody>
            ${block.rows.map(
              ({ label, value }) =>
                html`<tr>
                  <th>${visible(label)}</th>
                  <td>${richHtml(value)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
    case "table":
      return tableHtml(block.columns, block.rows);
    case "figure":
      return html`<figure class="figure-box">
        <div class="figure-scroll" tabindex="0">${svgHtml(block.figure)}</div>
        <figcaption>${block.caption}</figcaption>
      </figure>`;
    case "phases":
      return html`<ul class="strip">
        ${block.phases.map(
          ({ phase, label, text }) => html`<li class="phase-${phase}"><span class="tag">${label}</span> ${text}</li>`,
        )}
      </ul>`;
    case "steps":
      return html`<ol class="chain" start="${block.steps[0]?.number ?? 1}">
        ${block.steps.map(stepHtml)}
      </ol>`;
    case "finding":
      return findingHtml(block.finding);
  }
}

function headingHtml({ level, text, id }: Extract<Block, { kind: "heading" }>): Html {
  if (level === 4) return html`<h4 class="day">${visible(text)}</h4>`;
  return id === undefined
    ? html`<h3>${visible(text)}</h3>`
    : html`<h3 class="incident" id="${id}">${visible(text)}</h3>`;
}

/** A table that scrolls by itself where it is too wide for the page. */
function tableHtml(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Html {
  const classes = columns.map(({ kind }) => COLUMN_CLASSES[kind]);
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${columns.map(({ title }, i) => html`<th class="${classes[i]!}">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, i) => html`<td class="${classes[i] ?? ""}">${cellHtml(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const COLUMN_CLASSES: Readonly<Record<Column["kind"], string>> = {
  text: "",
  number: "n",
  time: "t",
  code: "mono",
  wide: "wide",
};

function cellHtml(cell: Cell): Html {
  return typeof cell === "object" && "lines" in cell
    ? html`${cell.lines.map((line) => html`<div>${richHtml(line)}</div>`)}`
    : richHtml(cell);
}

function richHtml(text: Rich): Html {
  return typeof text === "string" ? html`${visible(text)}` : html`${text.map(pieceHtml)}`;
}

function pieceHtml(piece: Piece): Html {
  if (typeof piece === "string") return html`${visible(piece)}`;
  const text = visible(piece.text);
  const kind =
    piece.code === true ? (isShortCode(piece.text) ? "mono whole" : "mono") : piece.soft === true ? "soft" : "";
  if (piece.to !== undefined) return html`<a class="${kind}" href="#${piece.to}">${text}</a>`;
  if (piece.phase !== undefined)
    return html`<span class="phase-${piece.phase}"><span class="tag">${text}</span></span>`;
  if (piece.severity !== undefined) return html`<span class="severity-${piece.severity}">${text}</span>`;
  if (piece.strong === true) return html`<b>${text}</b>`;
  return html`<span class="${kind}">${text}</span>`;
}

function stepHtml(step: StepBlock): Html {
  return html`<li class="phase-${step.phase}">
    <span class="number">${step.number}</span>
    <span class="when">${step.time}</span>
    <div>
      <p class="who"><span class="tag">${step.label}</span> ${visible(step.way)}</p>
      <p>${visible(step.sentence)}</p>
      <p class="meta">${richHtml(step.meta)}</p>
    </div>
  </li>`;
}

function findingHtml(finding: FindingBlock): Html {
  return html`<article class="finding phase-${finding.phase}" id="${finding.id}">
    <h3>${visible(finding.title)}</h3>
    <p class="meta">${richHtml(finding.tags)} · <span class="mono">${finding.id}</span></p>
    <p class="says ${finding.basis}"><b>${finding.basisLabel}.</b> ${visible(finding.explanation)}</p>
    <dl>
      ${finding.rows.map(
        ({ label, value }) =>
          html`<dt>${label}</dt>
            <dd>${cellHtml(value)}</dd>`,
      )}
    </dl>
  </article>`;
}
