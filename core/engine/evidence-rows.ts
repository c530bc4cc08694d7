import type { Case } from "../case/case.ts";
import type { Finding } from "../contracts/finding.ts";
import { placesOfRecords } from "../case/query.ts";
import type { EvidenceRow } from "../report/model.ts";

/** Most records of one finding that a report's evidence table lists. */
const RECORDS_LISTED = 12;

/** Where the records behind findings lie in the evidence. */
export async function evidenceRows(
  source: Case,
  findings: readonly Finding[],
): Promise<{ rows: EvidenceRow[]; leftOut: number }> {
  const wanted = findings.flatMap((finding) =>
    finding.records.slice(0, RECORDS_LISTED).map((rid) => ({ finding: finding.id, rid })),
  );
  const leftOut = findings.reduce(
    (sum, finding) => sum + Math.max(0, finding.recordCount - Math.min(finding.records.length, RECORDS_LISTED)),
    0,
  );
  const found = await placesOfRecords(source.store, [...new Set(wanted.map(({ rid }) => rid))]);
  const places = new Map(found.map((place) => [place.rid, place]));
  const index = await source.packetIndex();
  const rows: EvidenceRow[] = [];
  for (const { finding, rid } of wanted) {
    const place = places.get(rid);
    if (place === undefined) continue;
    const capture = source.ledger.get(place.capture);
    const compressed = capture?.detail?.["compression"] !== undefined && capture.detail["compression"] !== "none";
    const offset = compressed ? undefined : index.locate(place.capture, [place.frame]).offsets[0];
    rows.push({ finding, ...place, ts: place.ts.toString(), fileOffset: offset ?? null });
  }
  return { rows, leftOut };
}
