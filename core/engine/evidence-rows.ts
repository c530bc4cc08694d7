import type { Case } from "../case/case.ts";
import type { Finding } from "../contracts/finding.ts";
import { placesOfRecords } from "../case/query.ts";
import type { EvidenceRow } from "../report/model.ts";

/** Most records of one finding that a report's evidence table lists. */
const RECORDS_LISTED = 12;

/** Rows of the evidence table beyond which each finding lists fewer records, the first of each always. */
const MOST_ROWS = 6000;

/** Where the records behind findings lie in the evidence. */
export async function evidenceRows(
  source: Case,
  findings: readonly Finding[],
): Promise<{ rows: EvidenceRow[]; leftOut: number }> {
  const listed = Math.max(1, Math.min(RECORDS_LISTED, Math.floor(MOST_ROWS / Math.max(1, findings.length))));
  const wanted = findings.flatMap((finding) =>
    finding.records.slice(0, listed).map((rid) => ({ finding: finding.id, rid })),
  );
  const leftOut = findings.reduce(
    (sum, finding) => sum + Math.max(0, finding.recordCount - Math.min(finding.records.length, listed)),
    0,
  );
  const found = await placesOfRecords(source.store, [...new Set(wanted.map(({ rid }) => rid))]);
  const places = new Map(found.map((place) => [place.rid, place]));
  const offsets = await fileOffsets(source, found);
  const rows: EvidenceRow[] = [];
  for (const { finding, rid } of wanted) {
    const place = places.get(rid);
    if (place === undefined) continue;
    const fileOffset = offsets.get(place.capture)?.get(place.frame) ?? null;
    rows.push({ finding, ...place, ts: place.ts.toString(), fileOffset });
  }
  return { rows: inTimeOrder(rows, findings), leftOut };
}

/** The findings in their order, the records of each in time. */
function inTimeOrder(rows: readonly EvidenceRow[], findings: readonly Finding[]): EvidenceRow[] {
  const order = new Map(findings.map(({ id }, i) => [id, i]));
  return rows.toSorted((a, b) => order.get(a.finding)! - order.get(b.finding)! || Number(BigInt(a.ts) - BigInt(b.ts)));
}

/** Where frames begin in their files, by capture and frame; all of a file at once, as each look-up reads a part of the index. */
async function fileOffsets(
  source: Case,
  places: readonly { readonly capture: number; readonly frame: number }[],
): Promise<Map<number, Map<number, number>>> {
  const index = await source.packetIndex();
  const offsets = new Map<number, Map<number, number>>();
  for (const capture of new Set(places.map((place) => place.capture))) {
    const compression = source.ledger.get(capture)?.detail?.["compression"] ?? "none";
    if (compression !== "none") continue;
    const wanted = places.filter((place) => place.capture === capture).map(({ frame }) => frame);
    const located = index.locate(capture, wanted);
    offsets.set(capture, new Map(Array.from(located.frames, (frame, i) => [frame, located.offsets[i]!])));
  }
  return offsets;
}
