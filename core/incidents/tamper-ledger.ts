import type { Estate, Role } from "../contracts/estate.ts";
import type { Finding, TimeNs } from "../contracts/finding.ts";
import type { Coverage, Incident, RepositoryState, TamperAct, TamperLedger } from "../contracts/story.ts";
import type { RecordDatabase } from "../records/record-database.ts";
import { jsonRows } from "../records/record-database.ts";
import { isAgainstBackups } from "./operations.ts";
import { counted, minuteText } from "./words.ts";

/** Lines of the ledger that are kept; more are counted. */
const ACTS_KEPT = 2000;
/** Records behind a line that are kept. */
const RECORDS_KEPT = 20;
/** Roles of machines that hold backups. */
const STORES: ReadonlySet<Role> = new Set(["repository", "object-store", "tape", "backup-server"]);

/** What the ledger is made from. */
export interface LedgerParts {
  readonly incidents: readonly Incident[];
  readonly findings: readonly Finding[];
  readonly estate: Estate;
  readonly coverage: Coverage;
}

/**
 * Object by object, what storage protocols say that the hosts of each incident did to backups while it tampered with them, and how long each
 * store of backups was untouched. Acts are those of the archive ledger between the same hosts within the times of the incident's findings.
 */
export async function tamperLedger(database: RecordDatabase, parts: LedgerParts): Promise<TamperLedger> {
  const spans = spansOf(parts);
  const acts = await actsIn(database, spans);
  return {
    acts: acts.slice(0, ACTS_KEPT),
    more: Math.max(0, acts.length - ACTS_KEPT),
    repositories: await repositoryStates(database, parts),
  };
}

/**
 * The ledger of a story whose findings changed and whose records are not at hand: what it says already, as far as it still fits the
 * incidents.
 */
export function keptLedger(kept: TamperLedger, parts: LedgerParts): TamperLedger {
  const spans = spansOf(parts);
  const acts = kept.acts.flatMap((act) => {
    const span = spans.find(
      ({ source, target, from, until }) =>
        source === act.source &&
        target === act.target &&
        BigInt(from) <= BigInt(act.tsLast) &&
        BigInt(act.tsFirst) <= BigInt(until),
    );
    return span === undefined ? [] : [{ ...act, incident: span.incident }];
  });
  const known = new Map(kept.repositories.map((state) => [state.address, state]));
  const repositories = watchedStores(parts).flatMap(({ address, touched }) => {
    const state = known.get(address);
    const until = touched?.ts ?? parts.coverage.tsLast;
    return state === undefined || until === null ? [] : [{ ...state, touched, untouchedUntil: until }];
  });
  return { acts, more: kept.more, repositories };
}

/** From when to when one host of an incident tampered with things on another. */
interface Span {
  readonly incident: string;
  readonly source: string;
  readonly target: string;
  readonly from: TimeNs;
  readonly until: TimeNs;
}

function spansOf({ incidents, findings }: LedgerParts): Span[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  return incidents.flatMap(({ id, tampering }) =>
    tampering.flatMap((entry) => {
      const finding = byId.get(entry.finding);
      if (finding === undefined) return [];
      const { source, target, tsFirst, tsLast } = finding;
      if (source === null || target === null) return [];
      return [{ incident: id, source, target, from: tsFirst, until: tsLast }];
    }),
  );
}

async function actsIn(database: RecordDatabase, spans: readonly Span[]): Promise<TamperAct[]> {
  if (spans.length === 0) return [];
  const rows = await jsonRows(
    database,
    `WITH span AS (
       SELECT span->>'incident' AS incident, span->>'source' AS source, span->>'target' AS target,
              CAST(span->>'from' AS BIGINT) AS begins, CAST(span->>'until' AS BIGINT) AS ends
       FROM (SELECT unnest(CAST(CAST($spans AS JSON) AS JSON[])) AS span)
     ), act AS (
       SELECT DISTINCT s.incident, a.* FROM archive_op a
       JOIN span s ON s.source = a."id.orig_h" AND s.target = a."id.resp_h" AND epoch_ns(a.ts) BETWEEN s.begins AND s.ends
       WHERE a.operation NOT IN ('read', 'list')
     )
     SELECT incident, min(ts) AS ts, max(ts) AS ts_last, operation, outcome, coalesce(object, '(whole storage)') AS object, min(new_object) AS new_object, share, min(archive_kind) AS kind,
            protocol, "id.orig_h" AS source, "id.resp_h" AS target, actor AS "user", count(*) AS count, CAST(sum(octets_written) AS DOUBLE) AS octets, min(status) AS status,
            min(detail) AS detail, list(rid ORDER BY ts)[:${RECORDS_KEPT}] AS records
     FROM act GROUP BY incident, operation, outcome, object, share, protocol, "id.orig_h", "id.resp_h", actor
     ORDER BY min(ts), object, operation`,
    { parameters: { spans: JSON.stringify(spans) }, times: ["ts", "ts_last"], limit: 10 * ACTS_KEPT },
  );
  return rows.map(actOf);
}

function actOf(row: Readonly<Record<string, unknown>>): TamperAct {
  const text = (name: string): string | null => (typeof row[name] === "string" ? row[name] : null);
  return {
    incident: text("incident") ?? "",
    tsFirst: text("ts") ?? "0",
    tsLast: text("ts_last") ?? "0",
    operation: text("operation") ?? "",
    outcome: OUTCOMES[text("outcome") ?? ""] ?? "attempted",
    object: text("object") ?? "",
    newObject: text("new_object"),
    share: text("share"),
    kind: text("kind"),
    protocol: text("protocol") ?? "",
    source: text("source"),
    target: text("target"),
    user: text("user"),
    count: Number(row["count"]),
    octets: typeof row["octets"] === "number" ? row["octets"] : null,
    status: text("status"),
    detail: text("detail"),
    records: Array.isArray(row["records"]) ? row["records"].map(String) : [],
  };
}

const OUTCOMES: Readonly<Record<string, Finding["outcome"]>> = {
  granted: "confirmed",
  refused: "refused",
  asked: "attempted",
};

/** A store and the first act of an incident against it. */
interface Watched {
  readonly address: string;
  readonly touched: { readonly ts: TimeNs; readonly finding: string; readonly what: string } | null;
}

async function repositoryStates(database: RecordDatabase, parts: LedgerParts): Promise<RepositoryState[]> {
  const watched = watchedStores(parts);
  const end = parts.coverage.tsLast;
  if (watched.length === 0 || end === null) return [];
  const moments = watched.map(({ address, touched }) => ({ address, until: touched?.ts ?? end }));
  const intruders = [...new Set(parts.incidents.flatMap(({ steps }) => steps.map(({ source }) => source)))];
  const parameters = { moments: JSON.stringify(moments), intruders: JSON.stringify(intruders) };
  const backups = byAddress(await jsonRows(database, LAST_BACKUP, { parameters, times: ["ts"] }));
  const hidden = byAddress(await jsonRows(database, HIDDEN, { parameters, times: ["ts"] }));
  return watched.map(({ address, touched }) => {
    const backup = backups.get(address);
    const until = touched?.ts ?? end;
    return {
      address,
      untouchedUntil: until,
      touched,
      lastBackup: backup === undefined ? null : { ts: String(backup["ts"]), object: String(backup["object"]) },
      caveats: caveatsOf(until, hidden.get(address), parts),
    };
  });
}

/** Stores of the estate, and whatever else has backups that an incident tampered with, by address. */
function watchedStores({ incidents, findings, estate }: LedgerParts): Watched[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const first = new Map<string, NonNullable<Watched["touched"]>>();
  const others = new Set<string>();
  for (const { ts, target, finding, outcome, operation } of incidents.flatMap(({ tampering }) => tampering)) {
    if (target === null || outcome === "refused") continue;
    if (isAgainstBackups(operation)) others.add(target);
    const before = first.get(target);
    if (before === undefined || BigInt(ts) < BigInt(before.ts))
      first.set(target, { ts, finding, what: byId.get(finding)?.title ?? "tampering" });
  }
  const stores = estate.assets
    .filter(({ roles }) => roles.some(({ role, confidence }) => STORES.has(role) && confidence >= 0.6))
    .map(({ address }) => address);
  return [...new Set([...stores, ...others])]
    .sort()
    .map((address) => ({ address, touched: first.get(address) ?? null }));
}

const MOMENTS = `(
  SELECT moment->>'address' AS address, CAST(moment->>'until' AS BIGINT) AS ends
  FROM (SELECT unnest(CAST(CAST($moments AS JSON) AS JSON[])) AS moment))`;
const INTRUDERS = "(SELECT unnest(CAST(CAST($intruders AS JSON) AS VARCHAR[])))";

/** The last archive that somebody else wrote to each store before. */
const LAST_BACKUP = `
  SELECT m.address, max(a.ts) AS ts, arg_max(a.object, a.ts) AS object FROM archive_op a JOIN ${MOMENTS} m ON m.address = a."id.resp_h"
  WHERE a.operation IN ('write', 'create') AND a.outcome = 'granted' AND a.object IS NOT NULL AND epoch_ns(a.ts) < m.ends AND a."id.orig_h" NOT IN ${INTRUDERS}
  GROUP BY m.address`;

/** Connections to each store before that hide what was done: encrypted ones, and lost octets. */
const HIDDEN = `
  SELECT m.address, count(*) FILTER (c.sealed_bytes > 0) AS sealed, count(*) FILTER (c.sealed_bytes > 0 AND c."id.orig_h" IN ${INTRUDERS}) AS sealed_intruder,
         min(c.ts) FILTER (c.sealed_bytes > 0 AND c."id.orig_h" IN ${INTRUDERS}) AS ts, CAST(coalesce(sum(c.missed_bytes), 0) AS DOUBLE) AS missed
  FROM conn c JOIN ${MOMENTS} m ON m.address = c."id.resp_h" WHERE epoch_ns(c.ts) < m.ends AND (c.sealed_bytes > 0 OR c.missed_bytes > 0) GROUP BY m.address`;

function byAddress(
  rows: readonly Readonly<Record<string, unknown>>[],
): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map(rows.map((row) => [String(row["address"]), row]));
}

/** What could have happened to a store before, unseen; each a sentence. */
function caveatsOf(
  until: TimeNs,
  hidden: Readonly<Record<string, unknown>> | undefined,
  { coverage }: LedgerParts,
): string[] {
  const caveats: string[] = [];
  if (coverage.tsFirst !== null)
    caveats.push(`The evidence begins at ${minuteText(coverage.tsFirst)}; what came before is not known.`);
  const gaps = coverage.gaps.filter(({ from }) => BigInt(from) < BigInt(until));
  const [longest] = gaps;
  if (longest !== undefined) {
    const others = gaps.length > 1 ? `, and in ${counted(gaps.length - 1, "other gap")}` : "";
    caveats.push(`Nothing was captured between ${minuteText(longest.from)} and ${minuteText(longest.to)}${others}.`);
  }
  if (hidden === undefined) return caveats;
  const sealed = Number(hidden["sealed"]);
  const own = Number(hidden["sealed_intruder"]);
  if (own > 0)
    caveats.push(
      `${counted(own, "encrypted connection")} came from hosts of the incident before, the first at ${minuteText(String(hidden["ts"]))}; what they did is not readable.`,
    );
  if (sealed > own)
    caveats.push(
      `${counted(sealed - own, "encrypted connection")} of other hosts reached it before; what they did is not readable.`,
    );
  if (Number(hidden["missed"]) > 0)
    caveats.push(`${counted(Number(hidden["missed"]), "octet")} of its connections before were never captured.`);
  return caveats;
}
