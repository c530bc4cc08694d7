import { annotationsOf } from "../case/annotations.ts";
import type { Case } from "../case/case.ts";
import type { JournalEntry } from "../case/journal.ts";
import { takenFrom } from "../case/taken-entry.ts";
import type { Finding } from "../contracts/finding.ts";
import { isDismissed } from "../contracts/finding.ts";
import { ATTACK_VERSION } from "../contracts/attack-names.ts";
import { DETECTIONS } from "../detections/index.ts";
import type { Story } from "../contracts/story.ts";
import type { VolumeBucket } from "../contracts/volume.ts";
import { jsonRows } from "../records/record-database.ts";
import type { CustodyRow, Flow, ReportModel } from "../report/model.ts";
import { conflictsOf } from "./open-conflicts.ts";
import { evidenceRows } from "./evidence-rows.ts";
import type { ImportedParts } from "./imported.ts";
import { importedParts } from "./imported.ts";
import { storyOf } from "./story-of.ts";
import { TOOL } from "./version.ts";

const BUCKETS = 240;

/** Journal actions that change nothing in what the report says; leaving them out keeps two reports of one state identical. */
const NOT_REPORTED: readonly string[] = [
  "report-written",
  "pack-written",
  "packets-carved",
  "exported",
  "verified",
  "case-opened",
];

/**
 * All that a report of the case says.
 * @param before Entries of the journal from this number on are left out: what a report said that was written then.
 */
export async function reportModel(source: Case, before = Infinity): Promise<ReportModel> {
  const written = source.journal.entries.filter(({ seq }) => seq < before);
  const annotations = annotationsOf(written);
  const story = await storyOf(source, annotations);
  const parts = (await importedParts(source, story)) ?? (await derivedParts(source, story));
  const entries = written.filter((entry) => !NOT_REPORTED.includes(entry.action));
  return {
    story,
    ...parts,
    notes: annotations.notes,
    conflicts: [...parts.conflicts, ...conflictsOf(written)],
    custody: entries.map(custodyRow),
    journalHead: entries.at(-1)?.hash ?? "",
    journalIntact: source.checkJournal().ok,
    versions: {
      Backtrail: TOOL.version,
      "Case format": String(source.info.format),
      "ATT&CK for Enterprise": ATTACK_VERSION,
      Detections: String(DETECTIONS.length),
    },
  };
}

/** What the case's own records say beside the story. */
async function derivedParts(source: Case, story: Story): Promise<ImportedParts> {
  const { rows, leftOut } = await evidenceRows(source, story.findings);
  return {
    evidence: rows,
    evidenceLeftOut: leftOut,
    volume: await storyVolume(source, story),
    flows: await flowsOf(source, story.findings),
    conflicts: [],
    evaluated: DETECTIONS.length - story.coverage.notEvaluated.length,
    origins: [],
  };
}

function custodyRow(entry: JournalEntry): CustodyRow {
  const { seq, at, actor, host, action, object, hash } = entry;
  const of = takenFrom(entry);
  const by = of === null ? [] : [`as ${of.actor} said at ${of.at} (entry ${of.entry} of another journal)`];
  return { seq, at, actor, host, action, object: [object ?? "", ...by].join(" ").trim(), hash };
}

/** What the connections behind findings of data carried out moved, as their own records count it. */
async function flowsOf(source: Case, findings: readonly Finding[]): Promise<Flow[]> {
  const out = findings.filter(
    (finding) => finding.phase === "exfiltration" && finding.outcome !== "refused" && !isDismissed(finding),
  );
  const uids = new Set(out.flatMap(({ records }) => records.map(uidOf)));
  if (uids.size === 0) return [];
  const rows = await jsonRows(
    source.store,
    `SELECT uid, CAST(epoch_ns(ts) AS VARCHAR) AS first, CAST(epoch_ns(ts) + coalesce(duration, 0) AS VARCHAR) AS last,
       "id.orig_h" AS source, "id.resp_h" AS target, coalesce(orig_bytes, 0) AS sent, coalesce(resp_bytes, 0) AS received
     FROM conn WHERE uid IN (SELECT unnest(string_split($uids, ' ')))`,
    { parameters: { uids: [...uids].join(" ") } },
  );
  const conns = new Map(rows.map((row) => [String(row["uid"]), row]));
  const flows: Flow[] = [];
  for (const { id, records } of out) {
    const ways = new Map<string, Flow>();
    for (const uid of new Set(records.map(uidOf))) {
      const conn = conns.get(uid);
      if (conn === undefined) continue;
      const way = `${String(conn["source"])} ${String(conn["target"])}`;
      const known = ways.get(way);
      ways.set(way, {
        finding: id,
        source: String(conn["source"]),
        target: String(conn["target"]),
        connections: (known?.connections ?? 0) + 1,
        octetsOut: (known?.octetsOut ?? 0) + Number(conn["sent"]),
        octetsIn: (known?.octetsIn ?? 0) + Number(conn["received"]),
        tsFirst: least(known?.tsFirst, String(conn["first"])),
        tsLast: greatest(known?.tsLast, String(conn["last"])),
      });
    }
    flows.push(...ways.values());
  }
  return flows.sort((a, b) => b.octetsOut - a.octetsOut);
}

function uidOf(rid: string): string {
  return rid.slice(0, rid.lastIndexOf("."));
}

function least(known: string | undefined, ts: string): string {
  return known !== undefined && BigInt(known) < BigInt(ts) ? known : ts;
}

function greatest(known: string | undefined, ts: string): string {
  return known !== undefined && BigInt(known) > BigInt(ts) ? known : ts;
}

/** Octets of the estate over the whole capture, and over the span of the findings that count. */
async function storyVolume(source: Case, { coverage, findings }: Story): Promise<ReportModel["volume"]> {
  const { tsFirst, tsLast } = coverage;
  const times = findings
    .filter((finding) => !isDismissed(finding))
    .flatMap(({ tsFirst: first, tsLast: last }) => [BigInt(first), BigInt(last)]);
  const span =
    times.length === 0
      ? null
      : { from: times.reduce((a, b) => (b < a ? b : a)), to: times.reduce((a, b) => (b > a ? b : a)) };
  return {
    whole: tsFirst === null || tsLast === null ? [] : await estateVolume(source, BigInt(tsFirst), BigInt(tsLast)),
    incident: span === null ? [] : await estateVolume(source, span.from, span.to),
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
