import type { Finding, Phase, Severity } from "../contracts/finding.ts";

/**
 * A detection is data: a query over the records and the words that explain its rows.
 *
 * The query is DuckDB SQL over the record tables (core/records; every table also has `rid`) and what the estate made of them:
 *
 * - `assets(address, name, in_estate, internal)`, `asset_roles(address, role, confidence, source, reasons)`, `job_windows`.
 * - `transfers`: what a machine of the estate and another host moved over one channel without a pause of ten minutes. `client` opened it,
 *   `server` listened (`port`, `protocol`: one word, NULL if nothing was recognised); `sender` is the side that sent more: `octets`, against
 *   `returned_octets`. `way` is one of: to store, from store, between stores (repositories, object stores, tape), to estate, from estate, within (the
 *   estate's other machines and hosts inside), to outside, from outside. `in_window`: it touches a declared window, or if there is none, the window
 *   of a job in which one of the two has part; NULL where no window is known. `job` and `night` if it belongs to a job. `records`: rids of its largest
 *   connections. Connections under 4 kB are left out.
 * - `jobs`: transfers that come back at about the same time of day on three nights or more: what one `receiver` gets one `way` in one slot of
 *   the day, from `senders`. `start_minute`, `window_start`, `window_end`: minutes of the day in `zone`; `days` (1 = Monday); `regularity`: share of the nights of
 *   those days on which it ran; medians `seconds` and `octets` of its `runs`; `spread`: MAD of ln(octets).
 * - `job_runs(job, night, ts, ts_last, octets, senders, type, records, ...)`: each run; `night` counts from noon to noon; `type` is full or increment where
 *   the volumes fall into two groups.
 * - `estate_conn`, `failed_conn`, `ssh_conn`, `visit_conn` and `service_visits`: parts of the records that many detections ask for (slices.ts).
 * - `learning`: use `LEARNED_UNTIL` of sql.ts; say "{learned}" in the explanation ("the first 7 days", "the reference capture").
 *
 * `$name` is a parameter. The query gives one row a finding with at least:
 *
 * - `ts` and, where it spans time, `ts_last` (TIMESTAMP_NS),
 * - `records`: list of `rid`, in time order,
 * - `source`, `target`: addresses; may be NULL,
 *
 * and optionally
 *
 * - `user`, `object`, `count` (events joined), `record_count` (records behind it when `records` was cut),
 * - `outcome`, `basis`, `severity`, `confidence`, `title`, which override the detection's,
 * - `refused_count`, `unanswered_count`: how many of the calls that a row tells as one act were not done, where others were; the finding says so,
 * - `role_confidence`: confidence of the least sure role that the row rests on,
 * - `explained`: why the row is what the backup software does anyway; such a finding is set aside with this reason,
 * - `attack`: list of further ATT&CK ids that this row shows,
 * - `techniques`: list of those that this row shows instead of the detection's, where it shows not all of them,
 * - `ran`: command line or list of them that the row saw run: what they do adds their ATT&CK ids,
 * - `chance`, `tests`: how likely the row would be under the baseline, and among how many such tests of its day; what the false discovery rate does
 *   not let pass becomes an indication (false-discovery.ts),
 * - `note`: a sentence that says why the row's severity or confidence differs; it enters the finding's adjustments,
 * - `unread`: true if the act was answered and nobody can read how, so that the sentence says that it was asked for and no more; false if what
 *   came of it is known otherwise. Without it, the sentence decides: it says "sealed" or "not readable",
 * - `harmless`: list of what the row can be instead of an attack, where not all `falsePositives` fit it.
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
  /** Record tables that must exist and hold at least one row for the detection to mean anything; "a|b" is met by either. */
  readonly needs: readonly string[];
  /**
   * Days at the start of the evidence from which it learns what is usual, if there is no reference capture; the evidence must then be
   * longer than that. Bound as `$learning_days`. 0 for a detection that needs no baseline; one that only says more with a baseline has a
   * parameter `learning_days` instead. Both may name `$learned`: from what was learned, in words that follow "in".
   */
  readonly learningDays: number;
  /** True where the finding is of whole connections (a session, a transfer), not of acts in them: it lasts as long as they do. */
  readonly ofConnections?: true;
  /** True where it tells that too little came, as which what is under way looks, too. */
  readonly tellsLack?: true;
  /** True where a host is measured against all others, so that what another one does may show it. */
  readonly comparesHosts?: true;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly query: string;
  /**
   * `{name}` is a column of the row or a parameter, `{learned}` what it learned from, `{created|to create}` an act by the row's outcome: done, or asked
   * for. Says what was seen, not what it must mean.
   */
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
