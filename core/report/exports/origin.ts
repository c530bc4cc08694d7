import type { TimeNs } from "../../contracts/finding.ts";
import type { CaptureSummary } from "../../contracts/story.ts";
import { isoTime, visible } from "../../contracts/text-forms.ts";

/** Where an export comes from: what each carries as its format allows. */
export interface Origin {
  readonly tool: string;
  readonly version: string;
  readonly caseId: string;
  readonly caseName: string;
  readonly captures: readonly CaptureSummary[];
  /** What was chosen, in words. */
  readonly filter: string;
  /** First and last packet; null without any. */
  readonly span: { readonly from: TimeNs; readonly to: TimeNs } | null;
  /** Time of the journal's last entry that changes what is said, ISO 8601 UTC: the export's only "now". */
  readonly asOf: string;
  /** Hash of that entry. */
  readonly journalHead: string;
}

/** Every time in every export is in this zone. */
export const TIME_ZONE = "UTC";

/** Name of the file without its folders: other parties need not learn how the investigator's disks are laid out. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** As names and values, for forms that are JSON. */
export function originObject(origin: Origin): Record<string, unknown> {
  return {
    tool: origin.tool,
    version: origin.version,
    case_id: origin.caseId,
    case_name: origin.caseName,
    captures: origin.captures.map(({ number, path, sha256, octets, packets }) => ({
      number,
      name: fileName(path),
      sha256,
      octets,
      packets,
    })),
    filter: origin.filter,
    first_packet: origin.span === null ? null : isoTime(origin.span.from),
    last_packet: origin.span === null ? null : isoTime(origin.span.to),
    time_zone: TIME_ZONE,
    as_of: origin.asOf,
    journal_head: origin.journalHead,
  };
}

/** As sentences, for forms that have room for text; the captures are said apart (`captureText`). */
export function originText(origin: Origin): string {
  const span =
    origin.span === null ? "no packets" : `packets from ${isoTime(origin.span.from)} to ${isoTime(origin.span.to)}`;
  return visible(
    `Exported by ${origin.tool} ${origin.version} from case ${origin.caseName} (${origin.caseId}) as of ${origin.asOf}, ` +
      `journal head ${origin.journalHead}; ${span}; ${origin.filter}; all times ${TIME_ZONE}.`,
  );
}

export function captureText({ number, path, sha256, octets, packets }: CaptureSummary): string {
  return visible(
    `Capture ${number}: ${fileName(path)}, ${octets} octets, ${packets} packets, SHA-256 ${sha256 === "" ? "unknown (not read to its end)" : sha256}`,
  );
}
