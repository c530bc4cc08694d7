import type { Case } from "../case/case.ts";
import type { Finding } from "../contracts/finding.ts";
import { quoteIdentifier, quoteLiteral } from "../records/duckdb-schema.ts";
import { jsonRows } from "../records/record-database.ts";
import type { EvidenceRow } from "../report/model.ts";
import { RECORD_TYPES } from "./record-types.ts";

/** Most records of one finding that a report's evidence table lists. */
const RECORDS_LISTED = 12;

/** Where the records behind findings lie in the evidence. */
export async function evidenceRows(source: Case, findings: readonly Finding[]): Promise<{ rows: EvidenceRow[]; leftOut: number }> {
  const wanted = findings.flatMap((finding) => finding.records.slice(0, RECORDS_LISTED).map((rid) => ({ finding: finding.id, rid })));
  const leftOut = findings.reduce((sum, finding) => sum + Math.max(0, finding.recordCount - Math.min(finding.records.length, RECORDS_LISTED)), 0);
  const places = await recordPlaces(source, [...new Set(wanted.map(({ rid }) => rid))]);
  const index = await source.packetIndex();
  const rows: EvidenceRow[] = [];
  for (const { finding, rid } of wanted) {
    const place = places.get(rid);
    if (place === undefined) continue;
    const capture = source.ledger.get(place.capture);
    const compressed = capture?.detail?.["compression"] !== undefined && capture.detail["compression"] !== "none";
    const offset = compressed ? undefined : index.locate(place.capture, [place.frame]).offsets[0];
    rows.push({ finding, rid, ...place, fileOffset: offset ?? null });
  }
  return { rows, leftOut };
}

type Place = Omit<EvidenceRow, "finding" | "rid" | "fileOffset">;

/** Table and frames of records, by id. */
export async function recordPlaces(source: Case, rids: readonly string[]): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  for (let at = 0; at < rids.length; at += RIDS_AT_ONCE) {
    const wanted = rids
      .slice(at, at + RIDS_AT_ONCE)
      .map((rid) => /^(\w+)\.(\d+)$/.exec(rid))
      .filter((match) => match !== null)
      .map((match) => `(${quoteLiteral(match[1]!)}, ${match[2]!}::UBIGINT)`);
    if (wanted.length === 0) continue;
    const each = RECORD_TYPES.map(
      ({ name }) =>
        `SELECT ${quoteLiteral(name)} AS "table", t.rid, t.ts, t.uid, t.capture, t.frame, t.last_capture, t.last_frame FROM ${quoteIdentifier(name)} t JOIN wanted w ON t.uid = w.uid AND t.n = w.n`,
    );
    const query = `WITH wanted(uid, n) AS (VALUES ${wanted.join(", ")}) ${each.join(" UNION ALL ")}`;
    for (const row of await jsonRows(source.store, query, { times: ["ts"] })) {
      places.set(String(row["rid"]), {
        table: String(row["table"]),
        ts: String(row["ts"]),
        uid: String(row["uid"]),
        capture: Number(row["capture"]),
        frame: Number(row["frame"]),
        lastCapture: Number(row["last_capture"]),
        lastFrame: Number(row["last_frame"]),
      });
    }
  }
  return places;
}

const RIDS_AT_ONCE = 1000;
