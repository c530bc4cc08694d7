import type { Case } from "../case/case.ts";
import { ATTACK_VERSION } from "../contracts/attack-names.ts";
import { DETECTIONS } from "../detections/index.ts";
import type { VolumeBucket } from "../contracts/volume.ts";
import { jsonRows } from "../records/record-database.ts";
import type { ReportModel } from "../report/model.ts";
import { evidenceRows } from "./evidence-rows.ts";
import { storyOf } from "./story-of.ts";
import { TOOL } from "./version.ts";

const BUCKETS = 240;

/** Journal actions that change nothing in what the report says; leaving them out keeps two reports of one state identical. */
const NOT_REPORTED: readonly string[] = ["report-written", "exported", "verified", "case-opened"];

/** All that a report of the case says. */
export async function reportModel(source: Case): Promise<ReportModel> {
  const story = await storyOf(source);
  const { rows, leftOut } = await evidenceRows(source, story.findings);
  const { tsFirst, tsLast } = story.coverage;
  const times = story.findings.flatMap(({ tsFirst: first, tsLast: last }) => [BigInt(first), BigInt(last)]);
  const span =
    times.length === 0
      ? null
      : { from: times.reduce((a, b) => (b < a ? b : a)), to: times.reduce((a, b) => (b > a ? b : a)) };
  const entries = source.journal.entries.filter((entry) => !NOT_REPORTED.includes(entry.action));
  return {
    story,
    evidence: rows,
    evidenceLeftOut: leftOut,
    volume: {
      whole: tsFirst === null || tsLast === null ? [] : await estateVolume(source, BigInt(tsFirst), BigInt(tsLast)),
      incident: span === null ? [] : await estateVolume(source, span.from, span.to),
    },
    custody: entries.map(({ seq, at, actor, action, object, hash }) => ({
      seq,
      at,
      actor,
      action,
      object: object ?? "",
      hash,
    })),
    journalHead: entries.at(-1)?.hash ?? "",
    journalIntact: source.checkJournal().ok,
    evaluated: DETECTIONS.length - story.coverage.notEvaluated.length,
    versions: {
      Backtrail: TOOL.version,
      "Case format": String(source.info.format),
      "ATT&CK for Enterprise": ATTACK_VERSION,
      Detections: String(DETECTIONS.length),
    },
  };
}

/** Octets into and out of the estate in even spans; a connection counts where it began. */
async function estateVolume(source: Case, from: bigint, to: bigint): Promise<VolumeBucket[]> {
  const width = (to - from) / BigInt(BUCKETS) + 1n;
  const rows = await jsonRows(
    source.store,
    `WITH estate AS (SELECT address FROM assets WHERE in_estate),
     sides AS (
       SELECT (epoch_ns(ts) - ${from}) // ${width} AS bucket, coalesce(orig_bytes, 0) AS sent, coalesce(resp_bytes, 0) AS answered,
         "id.orig_h" IN (FROM estate) AS from_estate, "id.resp_h" IN (FROM estate) AS to_estate
       FROM conn WHERE epoch_ns(ts) BETWEEN ${from} AND ${to})
     SELECT bucket, sum(CASE WHEN to_estate THEN sent ELSE answered END) AS octets_in,
       sum(CASE WHEN to_estate THEN answered ELSE sent END) AS octets_out
     FROM sides WHERE from_estate <> to_estate GROUP BY bucket ORDER BY bucket`,
  );
  if (rows.length === 0) return [];
  const buckets: VolumeBucket[] = Array.from({ length: BUCKETS }, (_, i) => ({
    from: (from + width * BigInt(i)).toString(),
    octetsIn: 0,
    octetsOut: 0,
  }));
  for (const row of rows) {
    const at = Math.min(BUCKETS - 1, Number(row["bucket"]));
    buckets[at] = { from: buckets[at]!.from, octetsIn: Number(row["octets_in"]), octetsOut: Number(row["octets_out"]) };
  }
  return buckets;
}
