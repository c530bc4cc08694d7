import type { Finding, Phase, Severity } from "../contracts/finding.ts";

/**
 * A detection is data: a query over the records and the words that explain its rows.
 *
 * The query is DuckDB SQL over the record tables (core/records; every table also has `rid`), `assets(address, name,
 * in_estate, internal)`, `asset_roles(address, role, confidence, source)` and `job_windows`. `$name` is a parameter. It gives one row a finding with at least:
 *
 * - `ts` and, where it spans time, `ts_last` (TIMESTAMP_NS),
 * - `records`: list of `rid`, in time order,
 * - `source`, `target`: addresses; may be NULL,
 *
 * and optionally `user`, `object`, `count`, `outcome`, `basis`, `severity`, `confidence`, `title`, which override the detection's; other columns serve the explanation.
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
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly query: string;
  /** `{name}` is a column of the row or a parameter. Says what was seen, not what it must mean. */
  readonly explanation: string;
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
  /** What cannot be seen, and so makes it "not evaluated" rather than absent. */
  readonly blindTo: readonly string[];
  /** Captures of `samples/` with the number of findings each gives; at least one fires and one does not. */
  readonly samples: readonly { readonly capture: string; readonly findings: number }[];
}
