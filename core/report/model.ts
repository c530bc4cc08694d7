import type { Note, OpenConflict } from "../contracts/annotations.ts";
import { addTo } from "../contracts/grouping.ts";
import type { VolumeBucket } from "../contracts/volume.ts";
import type { Finding } from "../contracts/finding.ts";
import { isDismissed } from "../contracts/finding.ts";
import type { Story } from "../contracts/story.ts";

/** Where the proof of a finding lies in the evidence. */
export interface EvidenceRow {
  readonly finding: string;
  /** Record table and id. */
  readonly table: string;
  readonly rid: string;
  readonly ts: string;
  readonly uid: string;
  /** Capture number of the evidence ledger, and frames in it as Wireshark counts. */
  readonly capture: number;
  readonly frame: number;
  readonly lastCapture: number;
  readonly lastFrame: number;
  /** Where `frame` begins in the capture (in the uncompressed stream where it is compressed); null if unknown. */
  readonly fileOffset: number | null;
}

/** One line of the custody journal. */
export interface CustodyRow {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  /** Machine; "" where that is not known. */
  readonly host: string;
  readonly action: string;
  readonly object: string;
  readonly hash: string;
}

/** A case whose report was imported into this one: what it said of itself. */
export interface ReportOrigin {
  /** Name of the file that was imported, and its SHA-256. */
  readonly file: string;
  readonly sha256: string;
  readonly case: Story["case"];
  readonly custody: readonly CustodyRow[];
  readonly journalHead: string;
  readonly journalIntact: boolean;
  readonly versions: Readonly<Record<string, string>>;
}

/** What the connections behind a finding that carried data out moved. */
export interface Flow {
  readonly finding: string;
  readonly source: string;
  readonly target: string;
  readonly connections: number;
  readonly octetsOut: number;
  readonly octetsIn: number;
  readonly tsFirst: string;
  readonly tsLast: string;
}

/** All that any form of the report says. Two runs over the same evidence and journal give the same model. */
export interface ReportModel {
  readonly story: Story;
  readonly evidence: readonly EvidenceRow[];
  /** Records behind the findings that `evidence` leaves out because a finding lists only its first ones. */
  readonly evidenceLeftOut: number;
  /** Octets of the estate over the whole capture, and over the span of the findings. */
  readonly volume: { readonly whole: readonly VolumeBucket[]; readonly incident: readonly VolumeBucket[] };
  /** By octets sent, the most first. */
  readonly flows: readonly Flow[];
  /** What people noted, in the order in which they did. */
  readonly notes: readonly Note[];
  /** What copies that were merged said differently. */
  readonly conflicts: readonly OpenConflict[];
  readonly custody: readonly CustodyRow[];
  /** Cases that this one was imported from, the last first; usually none. */
  readonly origins: readonly ReportOrigin[];
  /** Hash of the journal's last entry. */
  readonly journalHead: string;
  readonly journalIntact: boolean;
  /** Detections that ran. */
  readonly evaluated: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Techniques that findings which count show, with the findings of each, in the order of their ids. */
export function techniques(
  findings: readonly Finding[],
): { readonly id: string; readonly findings: readonly Finding[] }[] {
  const byId = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (isDismissed(finding)) continue;
    for (const id of finding.attack) addTo(byId, id, finding);
  }
  return [...byId].map(([id, list]) => ({ id, findings: list })).sort((a, b) => (a.id < b.id ? -1 : 1));
}
