import type { Finding } from "../../contracts/finding.ts";
import { groupBy } from "../../contracts/grouping.ts";
import type { EvidenceRow } from "../model.ts";
import type { ExportModel, Session } from "./export.ts";

/** What lies behind one finding. */
export interface Behind {
  readonly rows: readonly EvidenceRow[];
  /** The first of its connections between the finding's own two hosts; null if none is known. */
  readonly session: Session | null;
  /** All of its connections that are known. */
  readonly sessions: readonly Session[];
  /** SHA-256 of each capture that holds it. */
  readonly captures: readonly string[];
}

/** Looks up what lies behind findings. */
export function evidenceOf(model: ExportModel): (finding: Finding) => Behind {
  const byFinding = groupBy(model.report.evidence, ({ finding }) => finding);
  const hashes = new Map(model.origin.captures.map(({ number, sha256 }) => [number, sha256]));
  return (finding) => {
    const rows = byFinding.get(finding.id) ?? [];
    const uids = [...new Set(rows.map(({ uid }) => uid))];
    const sessions = uids.map((uid) => model.behind.get(uid)).filter((session) => session !== undefined);
    const captures = new Set(rows.flatMap(({ capture, lastCapture }) => [capture, lastCapture]));
    return {
      rows,
      sessions,
      session: sessions.find((session) => isBetween(session, finding)) ?? null,
      captures: [...captures].map((number) => hashes.get(number) ?? "").filter((hash) => hash !== ""),
    };
  };
}

function isBetween({ source, target }: Session, finding: Finding): boolean {
  return (
    (source === finding.source && target === finding.target) || (source === finding.target && target === finding.source)
  );
}

/** Source, target and their ports as the finding sees them: its source may be the side that was connected to. */
export interface Ends {
  readonly source: string | null;
  readonly sourcePort: number | null;
  readonly target: string | null;
  readonly targetPort: number | null;
}

export function endsOf(finding: Finding, session: Session | null): Ends {
  const { source, target } = finding;
  if (session === null || !hasPorts(session)) return { source, sourcePort: null, target, targetPort: null };
  const isTurned = session.source !== source;
  return {
    source,
    sourcePort: isTurned ? session.targetPort : session.sourcePort,
    target,
    targetPort: isTurned ? session.sourcePort : session.targetPort,
  };
}

/** True where the numbers are ports: of ICMP they are type and code. */
export function hasPorts({ proto }: Session): boolean {
  return proto === "tcp" || proto === "udp";
}
