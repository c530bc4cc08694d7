import { isIP } from "node:net";
import type { Finding, Severity } from "../../contracts/finding.ts";
import { isoTime, visible } from "../../contracts/text-forms.ts";
import { terminalSafeJson } from "../../records/log-values.ts";
import type { Behind } from "./evidence.ts";
import { evidenceOf, hasPorts } from "./evidence.ts";
import type { Export, ExportModel, Session } from "./export.ts";
import { TACTICS } from "./phases.ts";
import { epochMs } from "./times.ts";
import { findingText, fitting, SEVERITY_RANK, techniqueName, techniqueUrl } from "./words.ts";
import { TIME_ZONE } from "./origin.ts";

/** Version of the OCSF schema that the events are of. */
const SCHEMA = "1.4.0";

const LONGEST_TEXT = 32_000;

/** OCSF events, one a line: a Detection Finding for each finding, a Network Activity for each connection. Milliseconds; the nine digits are in `unmapped`. */
export const ocsf: Export = {
  format: "ocsf",
  endings: [".ocsf.ndjson", ".ocsf.jsonl"],
  text: "OCSF events, one a line",
  holds: "sessions",
  async *write(model) {
    const behind = evidenceOf(model);
    const direction = directions(model);
    for (const finding of model.findings) yield line(detectionFinding(model, finding, behind(finding), direction));
    if (model.sessions === null) return;
    for await (const batch of model.sessions())
      for (const session of batch) yield line(networkActivity(model, session, direction));
  },
};

type Event = Readonly<Record<string, unknown>>;

function line(event: Event): string {
  return `${terminalSafeJson(event)}\n`;
}

const SEVERITY_NAMES: Readonly<Record<Severity, string>> = {
  info: "Informational",
  low: "Low",
  medium: "Medium",
  high: "High",
  critical: "Critical",
};

interface Class {
  readonly category: number;
  readonly categoryName: string;
  readonly uid: number;
  readonly name: string;
  readonly activity: number;
  readonly activityName: string;
}

const DETECTION_FINDING: Class = {
  category: 2,
  categoryName: "Findings",
  uid: 2004,
  name: "Detection Finding",
  activity: 1,
  activityName: "Create",
};

const NETWORK_ACTIVITY: Class = {
  category: 4,
  categoryName: "Network Activity",
  uid: 4001,
  name: "Network Activity",
  activity: 6,
  activityName: "Traffic",
};

function base({ origin }: ExportModel, kind: Class, id: string, at: bigint | string): Event {
  return {
    category_uid: kind.category,
    category_name: kind.categoryName,
    class_uid: kind.uid,
    class_name: kind.name,
    activity_id: kind.activity,
    activity_name: kind.activityName,
    type_uid: kind.uid * 100 + kind.activity,
    type_name: `${kind.name}: ${kind.activityName}`,
    time: epochMs(at),
    timezone_offset: 0,
    metadata: {
      version: SCHEMA,
      product: { name: "Backtrail", vendor_name: "Backtrail", version: origin.version },
      uid: id,
      original_time: isoTime(at),
      logged_time: Date.parse(origin.asOf),
    },
  };
}

function detectionFinding(model: ExportModel, finding: Finding, behind: Behind, direction: Directions): Event {
  const confidence = finding.confidence >= 0.8 ? 3 : finding.confidence >= 0.5 ? 2 : 1;
  return {
    ...base(model, DETECTION_FINDING, finding.id, finding.tsFirst),
    severity_id: SEVERITY_RANK[finding.severity],
    severity: SEVERITY_NAMES[finding.severity],
    confidence_id: confidence,
    confidence: ["", "Low", "Medium", "High"][confidence],
    confidence_score: Math.round(finding.confidence * 100),
    status_id: 1,
    status: "New",
    start_time: epochMs(finding.tsFirst),
    end_time: epochMs(finding.tsLast),
    count: finding.count,
    message: fitting(findingText(finding), LONGEST_TEXT),
    finding_info: {
      uid: finding.id,
      title: finding.title,
      desc: fitting(visible(finding.explanation), LONGEST_TEXT),
      types: [finding.phase],
      first_seen_time: epochMs(finding.tsFirst),
      last_seen_time: epochMs(finding.tsLast),
      analytic: {
        uid: finding.detection,
        name: finding.title,
        type_id: 1,
        type: "Rule",
        version: model.origin.version,
      },
      ...(finding.attack.length === 0 ? {} : { attacks: finding.attack.map((id) => attackOf(id, finding)) }),
    },
    evidences: evidencesOf(finding, behind, direction),
    unmapped: {
      ...unmapped(model),
      first_ns: finding.tsFirst,
      last_ns: finding.tsLast,
      outcome: finding.outcome,
      basis: finding.basis,
      object: finding.object === null ? null : fitting(visible(finding.object), LONGEST_TEXT),
      records: finding.records,
      capture_sha256: behind.captures,
    },
  };
}

function attackOf(id: string, { phase }: Finding): Event {
  const [parent = id] = id.split(".");
  const tactic = TACTICS[phase];
  const named = (uid: string) => ({ uid, name: techniqueName(uid), src_url: techniqueUrl(uid) });
  return {
    ...(tactic === undefined ? {} : { tactic: { uid: tactic.id, name: tactic.name } }),
    technique: named(parent),
    ...(parent === id ? {} : { sub_technique: named(id) }),
  };
}

/** The connections behind it; without any, the two hosts alone. */
function evidencesOf(finding: Finding, { sessions }: Behind, direction: Directions): Event[] {
  const user = finding.user === null ? {} : { actor: { user: { name: fitting(visible(finding.user), LONGEST_TEXT) } } };
  if (sessions.length > 0) return sessions.map((session) => ({ ...connectionOf(session, direction), ...user }));
  const hosts = {
    ...(finding.source === null ? {} : { src_endpoint: endpoint(finding.source, null) }),
    ...(finding.target === null ? {} : { dst_endpoint: endpoint(finding.target, null) }),
    ...user,
  };
  return Object.keys(hosts).length === 0 ? [] : [hosts];
}

function networkActivity(model: ExportModel, session: Session, direction: Directions): Event {
  const { sourceOctets, targetOctets, sourcePackets, targetPackets } = session;
  return {
    ...base(model, NETWORK_ACTIVITY, session.uid, session.first),
    severity_id: 1,
    severity: SEVERITY_NAMES.info,
    start_time: epochMs(session.first),
    end_time: epochMs(session.last),
    duration: Number((session.last - session.first) / 1_000_000n),
    ...connectionOf(session, direction),
    traffic: {
      ...(sourceOctets === null ? {} : { bytes_out: sourceOctets }),
      ...(targetOctets === null ? {} : { bytes_in: targetOctets }),
      ...(sourceOctets === null || targetOctets === null ? {} : { bytes: sourceOctets + targetOctets }),
      ...(sourcePackets === null ? {} : { packets_out: sourcePackets }),
      ...(targetPackets === null ? {} : { packets_in: targetPackets }),
      ...(sourcePackets === null || targetPackets === null ? {} : { packets: sourcePackets + targetPackets }),
    },
    ...(session.services.length === 0 ? {} : { app_name: session.services.join(",") }),
    unmapped: {
      ...unmapped(model),
      first_ns: String(session.first),
      last_ns: String(session.last),
      state: session.state,
      capture: session.capture,
      frame_first: session.frame,
      last_capture: session.lastCapture,
      frame_last: session.lastFrame,
      capture_sha256: model.origin.captures.find(({ number }) => number === session.capture)?.sha256 ?? null,
    },
  };
}

function connectionOf(session: Session, direction: Directions): Event {
  const ports = hasPorts(session);
  return {
    src_endpoint: endpoint(session.source, ports ? session.sourcePort : null, session.sourceMac),
    dst_endpoint: endpoint(session.target, ports ? session.targetPort : null, session.targetMac),
    connection_info: {
      uid: session.uid,
      ...direction(session.source, session.target),
      protocol_name: session.proto,
      ...(session.ipProto === null ? {} : { protocol_num: session.ipProto }),
      ...(session.communityId === null ? {} : { community_uid: session.communityId }),
    },
  };
}

/** A host without an IP address is named by what it is known as. */
function endpoint(address: string, port: number | null, mac: string | null = null): Event {
  return {
    ...(isIP(address) === 0 ? { name: address } : { ip: address }),
    ...(port === null ? {} : { port }),
    ...(mac === null ? {} : { mac }),
  };
}

type Directions = (source: string, target: string) => { readonly direction_id: number; readonly direction: string };

/** Inbound, outbound or lateral by which of the two is inside the site. */
function directions({ report }: ExportModel): Directions {
  const inside = new Map(report.story.estate.assets.map(({ address, internal }) => [address, internal]));
  return (source, target) => {
    const [from, to] = [inside.get(source), inside.get(target)];
    if (from === undefined || to === undefined || (!from && !to)) return { direction_id: 0, direction: "Unknown" };
    if (from && to) return { direction_id: 3, direction: "Lateral" };
    return from ? { direction_id: 2, direction: "Outbound" } : { direction_id: 1, direction: "Inbound" };
  };
}

function unmapped({ origin }: ExportModel): Event {
  return {
    case_id: origin.caseId,
    as_of: origin.asOf,
    filter: origin.filter,
    first_packet: origin.span === null ? null : isoTime(origin.span.from),
    last_packet: origin.span === null ? null : isoTime(origin.span.to),
    time_zone: TIME_ZONE,
  };
}
