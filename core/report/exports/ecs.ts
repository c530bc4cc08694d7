import { isIP } from "node:net";
import type { Finding, Phase } from "../../contracts/finding.ts";
import type { CaptureSummary } from "../../contracts/story.ts";
import { isoTime, visible } from "../../contracts/text-forms.ts";
import { terminalSafeJson } from "../../records/log-values.ts";
import type { Behind } from "./evidence.ts";
import { endsOf, evidenceOf, hasPorts } from "./evidence.ts";
import type { Export, ExportModel, Session } from "./export.ts";
import { captureText, fileName, originObject, TIME_ZONE } from "./origin.ts";
import { TACTICS } from "./phases.ts";
import { findingText, fitting, sessionText, SEVERITY_RANK, techniqueName, techniqueUrl } from "./words.ts";

/** Version of the Elastic Common Schema that the names are of. */
const ECS_VERSION = "9.0.0";

/** Longest text: keywords beyond 32,766 octets are refused by the index. */
const LONGEST_TEXT = 32_000;

export const ecs: Export = {
  format: "ecs",
  endings: [".ecs.ndjson"],
  text: "Elastic Common Schema, a document a line",
  holds: "sessions",
  async *write(model) {
    for await (const [, document] of documentsOf(model)) yield `${terminalSafeJson(document)}\n`;
  },
};

export const ecsBulk: Export = {
  format: "ecs-bulk",
  endings: [".ecs-bulk.ndjson"],
  text: "the same for POST <index>/_bulk; sent twice it makes nothing double",
  holds: "sessions",
  async *write(model) {
    for await (const [id, document] of documentsOf(model))
      yield `${JSON.stringify({ create: { _id: id } })}\n${terminalSafeJson(document)}\n`;
  },
};

type Document = Readonly<Record<string, unknown>>;

async function* documentsOf(model: ExportModel): AsyncGenerator<[id: string, document: Document], void> {
  const { caseId, captures } = model.origin;
  for (const capture of captures) yield [`${caseId}-capture-${capture.number}`, captureDocument(model, capture)];
  const behind = evidenceOf(model);
  for (const finding of model.findings)
    yield [`${caseId}-${finding.id}`, findingDocument(model, finding, behind(finding))];
  if (model.sessions === null) return;
  for await (const batch of model.sessions())
    for (const session of batch) yield [`${caseId}-${session.uid}`, sessionDocument(model, session)];
}

function base({ origin }: ExportModel, at: bigint | string): Document {
  return {
    "@timestamp": isoTime(at),
    ecs: { version: ECS_VERSION },
    observer: { product: "Backtrail", vendor: "Backtrail", version: origin.version },
    labels: { case_id: origin.caseId },
  };
}

/** What the documents rest on; `backtrail.origin` has all that a document cannot say in ECS's names. */
function captureDocument(model: ExportModel, capture: CaptureSummary): Document {
  const at = capture.tsFirst ?? BigInt(Date.parse(model.origin.asOf)) * 1_000_000n;
  return {
    ...base(model, at),
    message: captureText(capture),
    event: {
      kind: "state",
      category: ["file"],
      type: ["info"],
      module: "backtrail",
      dataset: "backtrail.capture",
      timezone: TIME_ZONE,
      created: model.origin.asOf,
      ...(capture.tsFirst === null || capture.tsLast === null
        ? {}
        : { start: isoTime(capture.tsFirst), end: isoTime(capture.tsLast) }),
    },
    file: {
      name: fitting(visible(fileName(capture.path)), LONGEST_TEXT),
      size: capture.octets,
      ...(capture.sha256 === "" ? {} : { hash: { sha256: capture.sha256 } }),
    },
    backtrail: { origin: originObject(model.origin) },
  };
}

function findingDocument(model: ExportModel, finding: Finding, { session, captures, rows }: Behind): Document {
  const ends = endsOf(finding, session);
  const users = finding.user === null ? [] : [fitting(visible(finding.user), LONGEST_TEXT)];
  const addresses = [finding.source, finding.target].filter((address) => address !== null && isIP(address) !== 0);
  return {
    ...base(model, finding.tsFirst),
    message: fitting(findingText(finding), LONGEST_TEXT),
    event: {
      id: finding.id,
      kind: "alert",
      category: categoriesOf(finding.phase),
      type: ["info"],
      action: finding.detection.toLowerCase(),
      module: "backtrail",
      dataset: "backtrail.finding",
      start: isoTime(finding.tsFirst),
      end: isoTime(finding.tsLast),
      duration: Number(BigInt(finding.tsLast) - BigInt(finding.tsFirst)),
      severity: SEVERITY_RANK[finding.severity],
      risk_score: Math.round(finding.confidence * 100),
      outcome: finding.outcome === "confirmed" ? "success" : finding.outcome === "refused" ? "failure" : "unknown",
      timezone: TIME_ZONE,
      created: model.origin.asOf,
    },
    rule: { id: finding.detection, name: finding.title, category: finding.phase, version: model.origin.version },
    ...(finding.attack.length === 0 ? {} : { threat: threatOf(finding) }),
    ...(ends.source === null ? {} : { source: endpoint(ends.source, ends.sourcePort) }),
    ...(ends.target === null ? {} : { destination: endpoint(ends.target, ends.targetPort) }),
    ...(session === null ? {} : { network: networkOf(session) }),
    ...(users.length === 0 ? {} : { user: { name: users[0] } }),
    related: { ip: [...new Set(addresses)], user: users },
    tags: ["backtrail", finding.severity],
    backtrail: {
      finding,
      capture_sha256: captures,
      frame_first: rows[0]?.frame ?? null,
      frame_last: rows.at(-1)?.lastFrame ?? null,
    },
  };
}

function categoriesOf(phase: Phase): string[] {
  const kinds: Partial<Record<Phase, string>> = { tampering: "file", "credential-access": "authentication" };
  const own = kinds[phase];
  return ["intrusion_detection", "network", ...(own === undefined ? [] : [own])];
}

function threatOf({ attack, phase }: Finding): Document {
  const parents = [...new Set(attack.map((id) => id.split(".")[0]!))];
  const subs = attack.filter((id) => id.includes("."));
  const named = (ids: readonly string[]) => ({
    id: ids,
    name: ids.map(techniqueName),
    reference: ids.map(techniqueUrl),
  });
  const tactic = TACTICS[phase];
  return {
    framework: "MITRE ATT&CK",
    ...(tactic === undefined ? {} : { tactic: { id: [tactic.id], name: [tactic.name] } }),
    technique: { ...named(parents), ...(subs.length === 0 ? {} : { subtechnique: named(subs) }) },
  };
}

/** `ip` only for what is an IP address: the index refuses a whole document for another. */
function endpoint(address: string, port: number | null): Document {
  return {
    address,
    ...(isIP(address) === 0 ? {} : { ip: address }),
    ...(port === null ? {} : { port }),
  };
}

function networkOf(session: Session): Document {
  const { sourceOctets, targetOctets, sourcePackets, targetPackets } = session;
  return {
    transport: session.proto,
    type: session.source.includes(":") ? "ipv6" : "ipv4",
    ...(session.services.length === 0 ? {} : { protocol: session.services[0] }),
    ...(session.communityId === null ? {} : { community_id: session.communityId }),
    ...(sourceOctets === null || targetOctets === null ? {} : { bytes: sourceOctets + targetOctets }),
    ...(sourcePackets === null || targetPackets === null ? {} : { packets: sourcePackets + targetPackets }),
  };
}

function sessionDocument(model: ExportModel, session: Session): Document {
  const ports = hasPorts(session);
  return {
    ...base(model, session.first),
    message: sessionText(session),
    event: {
      id: session.uid,
      kind: "event",
      category: ["network"],
      type: ["connection"],
      module: "backtrail",
      dataset: "backtrail.session",
      start: isoTime(session.first),
      end: isoTime(session.last),
      duration: Number(session.last - session.first),
      timezone: TIME_ZONE,
      created: model.origin.asOf,
    },
    source: sideOf(
      session.source,
      ports ? session.sourcePort : null,
      session.sourceMac,
      session.sourceOctets,
      session.sourcePackets,
    ),
    destination: sideOf(
      session.target,
      ports ? session.targetPort : null,
      session.targetMac,
      session.targetOctets,
      session.targetPackets,
    ),
    network: networkOf(session),
    related: { ip: [session.source, session.target].filter((address) => isIP(address) !== 0) },
    backtrail: {
      services: session.services,
      state: session.state,
      capture: session.capture,
      frame_first: session.frame,
      last_capture: session.lastCapture,
      frame_last: session.lastFrame,
    },
  };
}

function sideOf(
  address: string,
  port: number | null,
  mac: string | null,
  octets: number | null,
  packets: number | null,
): Document {
  return {
    ...endpoint(address, port),
    // ECS writes MAC addresses in capitals with hyphens (RFC 7042).
    ...(mac === null ? {} : { mac: mac.toUpperCase().replaceAll(":", "-") }),
    ...(octets === null ? {} : { bytes: octets }),
    ...(packets === null ? {} : { packets }),
  };
}
