import type { Svg } from "../../figures/svg.ts";
import { PHASE_STYLES } from "../../figures/phase-style.ts";
import type { Block, Cell, Piece, ReportDocument, Rich } from "../document.ts";
import { isShortCode } from "../document.ts";
import { TEXTS } from "../texts.ts";
import { cellText, columnWidths } from "./column-widths.ts";
import { printedFigure } from "./figure-print.ts";
import { drawable, printable } from "./printable.ts";

/** JSON as the setter reads it. */
type Data = null | boolean | number | string | readonly Data[] | { readonly [name: string]: Data };

/** More findings than these are not bookmarked one by one. */
const BOOKMARKED = 300;

/**
 * A document as data for the setter: every string printable, every link one that leads somewhere, figures as SVG. The
 * setter takes all of it as values, never as markup.
 */
export function printedDocument(
  report: ReportDocument,
  characters: ReadonlySet<number>,
  paper: string,
): { readonly [name: string]: Data } {
  const text = (value: string) => printable(value, characters);
  const anchors = anchorsOf(report);
  const writer = new Writer(characters, anchors, paper === "a4" ? 482 : 499, report.sections.length > 1);
  return {
    paper,
    title: text(report.title),
    eyebrow: TEXTS.eyebrow,
    contents: TEXTS.contents,
    caseName: text(report.caseName),
    caseId: text(report.caseId),
    version: text(report.version),
    journalHead: text(report.journalHead),
    date: dateParts(report.date),
    verdict: text(report.verdict),
    facts: report.facts.map(({ value, label }) => ({ value: text(value), label: text(label) })),
    sections: report.sections.map(({ id, title, blocks }) => ({
      anchor: anchors.get(id) ?? null,
      title: text(title),
      blocks: placed(blocks).map((place) => writer.block(place)),
    })),
    bookmarked:
      report.sections.flatMap(({ blocks }) => blocks).filter(({ kind }) => kind === "finding").length <= BOOKMARKED,
    colours: Object.fromEntries(Object.entries(PHASE_STYLES).map(([phase, { light }]) => [phase, light])),
  };
}

/** A block and how it stands among the others. */
interface Placed {
  readonly block: Block;
  /** Of a heading: no level is left out, as readers of tagged documents need it. */
  readonly level: number;
  /** Text that is not to stand at the foot of a page without what it introduces. */
  readonly keep: boolean;
}

function placed(blocks: readonly Block[]): Placed[] {
  let hasUpper = false;
  return blocks.map((block, i) => {
    if (block.kind !== "heading") {
      const next = blocks[i + 1]?.kind;
      return { block, level: 0, keep: block.kind === "text" && next !== undefined && next !== "text" };
    }
    hasUpper ||= block.level === 3;
    return { block, level: block.level === 4 && hasUpper ? 3 : 2, keep: true };
  });
}

/** A name of our own for every place that can be led to: an id may hold what a label cannot. */
function anchorsOf({ sections }: ReportDocument): ReadonlyMap<string, string> {
  const anchors = new Map<string, string>();
  const add = (id: string) => anchors.set(id, anchors.get(id) ?? `a${anchors.size}`);
  for (const { id, blocks } of sections) {
    add(id);
    for (const block of blocks) {
      if (block.kind === "finding") add(block.finding.id);
      else if (block.kind === "heading" && block.id !== undefined) add(block.id);
    }
  }
  return anchors;
}

/** Year, month and day; 1970 for what is no time. */
function dateParts(iso: string): readonly [number, number, number] {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)T/.exec(iso) ?? ["", "1970", "1", "1"];
  return [Number(year), Number(month), Number(day)];
}

/** A cell of more characters may be broken between pages. */
const LONG_CELL = 1200;

/** Height of a figure, in widths of the page's text, above which it is set smaller; on an upright page and on a turned one. */
const MOST_HEIGHT = { upright: 1.2, turned: 0.52 } as const;

const SMALL_ROWS = 6;
const SMALL_CELL = 200;

/** A figure laid out wider than this is too small on an upright page. */
const WIDEST_UPRIGHT = 900;

function sizeOf(figure: Svg, mayTurn: boolean): { readonly landscape: boolean; readonly width: number } {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(figure.svg) ?? ["", "1", "1"];
  const landscape = mayTurn && Number(width) > WIDEST_UPRIGHT && Number(width) > Number(height);
  const most = landscape ? MOST_HEIGHT.turned : MOST_HEIGHT.upright;
  return { landscape, width: Math.min(1, most / (Number(height) / Number(width))) };
}

class Writer {
  readonly #characters: ReadonlySet<number>;
  readonly #anchors: ReadonlyMap<string, string>;
  /** Points between the margins. */
  readonly #pageWidth: number;
  /** Whether a wide figure may have a page of its own, turned. */
  readonly #mayTurn: boolean;
  /** Anchors that were set already: one place each. */
  readonly #set = new Set<string>();

  constructor(
    characters: ReadonlySet<number>,
    anchors: ReadonlyMap<string, string>,
    pageWidth: number,
    mayTurn: boolean,
  ) {
    this.#characters = characters;
    this.#pageWidth = pageWidth;
    this.#mayTurn = mayTurn;
    this.#anchors = anchors;
  }

  block({ block, level, keep }: Placed): Data {
    switch (block.kind) {
      case "text":
        return { kind: "text", role: block.role ?? "", keep, text: this.#rich(block.text) };
      case "heading":
        return {
          kind: "heading",
          level,
          small: block.level === 4,
          text: this.#text(block.text),
          anchor: this.#anchor(block.id),
        };
      case "list":
        return { kind: "list", items: block.items.map((item) => this.#rich(item)) };
      case "facts":
        return {
          kind: "facts",
          labels: Math.min(150, Math.max(60, ...block.rows.map(({ label }) => label.length * 4.9 + 10))),
          long: block.rows.some(({ value }) => cellText(value).length > LONG_CELL),
          rows: block.rows.map(({ label, value }) => [this.#text(label), this.#rich(value)]),
        };
      case "table":
        return {
          kind: "table",
          columns: columnWidths(block, this.#pageWidth).map((width, i) => {
            const { title, kind } = block.columns[i]!;
            return { title: this.#text(title), kind, width };
          }),
          long: block.rows.some((row) => row.some((cell) => cellText(cell).length > LONG_CELL)),
          together: isSmall(block.rows),
          rows: block.rows.map((row) => row.map((cell) => this.#cell(cell))),
        };
      case "figure":
        return {
          kind: "figure",
          svg: printedFigure(block.figure, (value) => drawable(value, this.#characters)),
          ...sizeOf(block.figure, this.#mayTurn),
          title: block.title,
          caption: this.#text(block.caption),
        };
      case "phases":
        return { kind: "phases", phases: block.phases.map(({ phase, label, text }) => ({ phase, label, text })) };
      case "steps":
        return {
          kind: "steps",
          steps: block.steps.map(({ number, time, phase, label, way, sentence, meta }) => ({
            number,
            time,
            phase,
            label,
            way: this.#text(way),
            sentence: this.#text(sentence),
            meta: this.#rich(meta),
          })),
        };
      case "finding": {
        const { id, title, phase, basis, basisLabel, explanation, tags, rows } = block.finding;
        return {
          kind: "finding",
          anchor: this.#anchor(id),
          id: this.#text(id),
          title: this.#text(title),
          phase,
          basis,
          basisLabel,
          explanation: this.#text(explanation),
          tags: this.#rich(tags),
          rows: rows.map(({ label, value }) => [this.#text(label), this.#cell(value)]),
          length: explanation.length + JSON.stringify(rows).length,
        };
      }
    }
  }

  #anchor(id: string | undefined): string | null {
    const anchor = id === undefined ? undefined : this.#anchors.get(id);
    if (anchor === undefined || this.#set.has(anchor)) return null;
    this.#set.add(anchor);
    return anchor;
  }

  #text(value: string): string {
    return printable(value, this.#characters);
  }

  /** Lines of pieces. */
  #cell(cell: Cell): Data {
    const lines = typeof cell === "object" && "lines" in cell ? cell.lines : [cell];
    return lines.map((line) => this.#rich(line));
  }

  #rich(text: Rich): Data {
    return typeof text === "string" ? this.#text(text) : text.map((piece) => this.#piece(piece));
  }

  #piece(piece: Piece): Data {
    if (typeof piece === "string") return this.#text(piece);
    const to = piece.to === undefined ? undefined : this.#anchors.get(piece.to);
    return {
      text: this.#text(piece.text),
      code: piece.code === true,
      short: isShortCode(piece.text),
      strong: piece.strong === true || piece.severity === "high" || piece.severity === "critical",
      soft: piece.soft === true,
      to: to ?? null,
      phase: piece.phase ?? null,
    };
  }
}

/** A table that is not parted by the end of a page. */
function isSmall(rows: readonly (readonly Cell[])[]): boolean {
  return rows.length <= SMALL_ROWS && rows.every((row) => row.every((cell) => cellText(cell).length < SMALL_CELL));
}
