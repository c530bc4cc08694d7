import type { Phase, Severity } from "../contracts/finding.ts";
import type { Svg } from "../figures/svg.ts";

/**
 * The report as a document: what it says and in which order, without how it looks. Every form for people is made from
 * this, so that page and PDF cannot say different things. Text is as it came from the wire; the forms make it harmless.
 */
export interface ReportDocument {
  readonly title: string;
  readonly caseName: string;
  readonly caseId: string;
  readonly version: string;
  readonly journalHead: string;
  /** The day that the document bears, ISO 8601: that of the last entry of the journal that it shows. */
  readonly date: string;
  readonly verdict: string;
  readonly facts: readonly { readonly value: string; readonly label: string }[];
  readonly sections: readonly Section[];
}

/** A part of the report: its anchor, heading and content. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** A piece of running text. `to` is the anchor that it leads to. */
export type Piece =
  | string
  | {
      readonly text: string;
      readonly code?: boolean;
      readonly strong?: boolean;
      readonly soft?: boolean;
      readonly to?: string;
      readonly phase?: Phase;
      readonly severity?: Severity;
    };
export type Rich = string | readonly Piece[];

/** Content of a table's cell: running text, or several lines of it. */
export type Cell = Rich | { readonly lines: readonly Rich[] };

export interface Column {
  readonly title: string;
  /** `number` is set right, `time` is not broken, `code` may be broken anywhere, `wide` gets the most room. */
  readonly kind: "text" | "number" | "time" | "code" | "wide";
}

export interface StepBlock {
  readonly number: number;
  readonly time: string;
  readonly phase: Phase;
  readonly label: string;
  readonly way: string;
  readonly sentence: string;
  readonly meta: Rich;
}

export interface FindingBlock {
  readonly id: string;
  readonly title: string;
  readonly phase: Phase;
  readonly severity: Severity;
  readonly basis: "fact" | "inference";
  /** "Seen in the packets" or "Concluded". */
  readonly basisLabel: string;
  readonly explanation: string;
  readonly tags: readonly Piece[];
  readonly rows: readonly { readonly label: string; readonly value: Cell }[];
}

export type Block =
  | { readonly kind: "text"; readonly text: Rich; readonly role?: "lead" | "meta" | "empty" }
  | { readonly kind: "heading"; readonly level: 3 | 4; readonly text: string; readonly id?: string }
  | { readonly kind: "list"; readonly items: readonly Rich[] }
  | { readonly kind: "facts"; readonly rows: readonly { readonly label: string; readonly value: Rich }[] }
  | { readonly kind: "table"; readonly columns: readonly Column[]; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: "figure"; readonly figure: Svg; readonly title: string; readonly caption: string }
  | { readonly kind: "phases"; readonly phases: readonly { phase: Phase; label: string; text: string }[] }
  | { readonly kind: "steps"; readonly steps: readonly StepBlock[] }
  | { readonly kind: "finding"; readonly finding: FindingBlock };

/** A column by its title; text unless said otherwise. */
export function column(title: string, kind: Column["kind"] = "text"): Column {
  return { title, kind };
}

/** An id or a short name is not broken. */
export function isShortCode(text: string): boolean {
  return text.length <= 18;
}

/** Text in the fixed font, where it leads to given. */
export function code(text: string, to?: string): Piece {
  return to === undefined ? { text, code: true } : { text, code: true, to };
}

/** Ids of findings, each leading to its finding, the rest counted. */
export function findingLinks(ids: readonly string[], most: number): Piece[] {
  const shown = ids.slice(0, most).flatMap((id, i) => (i === 0 ? [code(id, id)] : [" ", code(id, id)]));
  return ids.length > most ? [...shown, ` and ${ids.length - most} more`] : shown;
}
