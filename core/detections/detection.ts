import type { Finding, Phase, Severity } from "../contracts/finding.ts";

/**
 * A detection is data: a query over the records and the words that explain its rows.
 *
 * The query is DuckDB SQL over the record tables (core/records; every table also has `rid`), `assets(address, name,
 * in_estate, internal)`, `asset_roles(address, role, confidence, source, reasons)` and `job_windows`. `$name` is a parameter. It gives one row a finding with at least:
 *
 * - `ts` and, where it spans time, `ts_last` (TIMESTAMP_NS),
 * - `records`: list of `rid`, in time order,
 * - `source`, `target`: addresses; may be NULL,
 *
 * and optionally
 *
 * - `user`, `object`, `count` (events joined), `record_count` (records behind it when `records` was cut),
 * - `outcome`, `basis`, `severity`, `confidence`, `title`, which override the detection's,
 * - `role_confidence`: confidence of the least sure role that the row rests on,
 * - `explained`: why the row is what the backup software does anyway; such a finding is set aside with this reason,
 * - `note`: a sentence that says why the row's severity or confidence differs; it enters the finding's adjustments.
 *
 * Other columns serve the explanation.
 */
export interface Detection {
  /** Catalogue id, "BT-<phase>-<nnn>". */
  readonly id: string;
  readonly title: string;
  readonly phase: Phase;
  readonly attack: readonly string[];
  readonly severity: Severity;
  readonly confidence: number;
  readonly basis: Finding["basis"];
  /** Record tables that must exist and hold at least one row for the detection to mean anything. */
  readonly needs: readonly string[];
  /**
   * Days at the start of the evidence from which it learns what is usual; the evidence must be longer than that. Bound
   * as `$learning_days`. 0 for a detection that needs no baseline.
   */
  readonly learningDays: number;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly query: string;
  /** `{name}` is a column of the row or a parameter. Says what was seen, not what it must mean. */
  readonly explanation: string;
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
  /** What cannot be seen, and so makes it "not evaluated" rather than absent. */
  readonly blindTo: readonly Blindness[];
  /**
   * Samples with the number of findings each gives; at least one fires and one does not. "x.pcapng" is a generated or recorded
   * capture of `samples/`, "x.rows" a story told in records (`test/row-stories`).
   */
  readonly samples: readonly { readonly capture: string; readonly findings: number }[];
}

/** What a detection cannot see. */
export interface Blindness {
  /** A phrase that follows "Not seen:". */
  readonly text: string;
  /** Query whose first row's `n` counts what was hidden in this evidence; null if it cannot be counted. */
  readonly query: string | null;
}
