import type { Finding } from "../../contracts/finding.ts";
import { dateOf, visible } from "../../contracts/text-forms.ts";
import { terminalSafeJson } from "../../records/log-values.ts";
import { techniques } from "../model.ts";
import { evidenceOf } from "./evidence.ts";
import type { Export, ExportModel } from "./export.ts";
import { indicators } from "./indicators.ts";
import { fileName, originText } from "./origin.ts";
import { microsecondTime } from "./times.ts";
import { caseUuid, uuid5 } from "./uuid.ts";
import { findingText, fitting, plain, SEVERITY_RANK, techniqueName } from "./words.ts";

/** Longest comment and text of an attribute. */
const LONGEST_TEXT = 32_000;

/** Longest `info` of an event. draft-dulaunoy-misp-core-format 2.2.1 */
const LONGEST_INFO = 256;

/** One event of MISP's core format. Only hosts outside the site are for detection (`to_ids`). */
export const misp: Export = {
  format: "misp",
  endings: [".misp.json"],
  text: "a MISP event",
  holds: "findings",
  *write(model) {
    yield `${terminalSafeJson({ Event: eventOf(model) })}\n`;
  },
};

interface Attribute {
  readonly type: string;
  readonly category: string;
  readonly value: string;
  readonly toIds?: boolean;
  readonly comment: string;
  readonly first?: string | null;
  readonly last?: string | null;
  readonly attack?: readonly string[];
}

function eventOf(model: ExportModel): Record<string, unknown> {
  const { origin, findings } = model;
  const { story } = model.report;
  const uuid = caseUuid(origin.caseId, "misp", "event");
  const seconds = String(Math.floor(Date.parse(origin.asOf) / 1000));
  const attributes = attributesOf(model);
  const worst = Math.max(0, ...findings.map(({ severity }) => SEVERITY_RANK[severity]));
  const first = findings[0]?.tsFirst ?? origin.span?.from;
  const org = { id: "0", name: origin.tool, uuid: uuid5("00000000-0000-0000-0000-000000000000", origin.tool) };
  return {
    id: "0",
    uuid,
    info: infoText(`Backtrail: ${story.case.name}: ${story.verdict}`),
    date: first === undefined ? origin.asOf.slice(0, 10) : dateOf(first),
    timestamp: seconds,
    published: false,
    publish_timestamp: "0",
    threat_level_id: worst >= 4 ? "1" : worst === 3 ? "2" : worst === 2 ? "3" : "4",
    analysis: "2",
    distribution: "0",
    sharing_group_id: "0",
    org_id: "0",
    orgc_id: "0",
    attribute_count: String(attributes.length),
    Org: org,
    Orgc: org,
    Tag: techniques(findings).map(({ id }) => tagOf(id)),
    Attribute: attributes.map((attribute) => ({
      id: "0",
      event_id: "0",
      object_id: "0",
      object_relation: null,
      uuid: caseUuid(
        origin.caseId,
        "misp/attribute",
        JSON.stringify([attribute.type, attribute.value, attribute.comment]),
      ),
      type: attribute.type,
      category: attribute.category,
      value: fitting(visible(attribute.value), LONGEST_TEXT),
      to_ids: attribute.toIds ?? false,
      distribution: "5",
      sharing_group_id: "0",
      timestamp: seconds,
      comment: fitting(visible(attribute.comment), LONGEST_TEXT),
      deleted: false,
      disable_correlation: false,
      ...(attribute.first === undefined || attribute.first === null ? {} : { first_seen: mispTime(attribute.first) }),
      ...(attribute.last === undefined || attribute.last === null ? {} : { last_seen: mispTime(attribute.last) }),
      ...(attribute.attack === undefined ? {} : { Tag: attribute.attack.map(tagOf) }),
    })),
  };
}

function infoText(text: string): string {
  const line = plain(visible(text));
  return line.length <= LONGEST_INFO ? line : `${line.slice(0, LONGEST_INFO - 1)}…`;
}

function attributesOf(model: ExportModel): Attribute[] {
  const { origin, findings, report } = model;
  const inEstate = new Set(report.story.estate.assets.filter((asset) => asset.inEstate).map(({ address }) => address));
  const behind = evidenceOf(model);
  const list: Attribute[] = [
    {
      type: "comment",
      category: "Internal reference",
      value: originText(origin),
      comment: "Where this event comes from",
    },
  ];
  for (const { number, path, sha256, tsFirst, tsLast } of origin.captures) {
    if (sha256 === "") continue;
    const value = `${fileName(path)}|${sha256}`;
    list.push({
      type: "filename|sha256",
      category: "External analysis",
      value,
      comment: `Capture ${number}`,
      first: tsFirst,
      last: tsLast,
    });
  }
  for (const { address, acted, first, last, why } of indicators(model)) {
    list.push({
      type: acted ? "ip-src" : "ip-dst",
      category: "Network activity",
      value: address,
      toIds: true,
      comment: why,
      first,
      last,
    });
  }
  const outside = new Set(indicators(model).map(({ address }) => address));
  const told = new Set<string>();
  for (const finding of findings) {
    const seen = { first: finding.tsFirst, last: finding.tsLast, attack: finding.attack };
    list.push({
      type: "text",
      category: "External analysis",
      value: findingText(finding),
      comment: commentOf(finding),
      ...seen,
    });
    for (const [type, address] of [
      ["ip-src", finding.source],
      ["ip-dst", finding.target],
    ] as const) {
      if (address === null || outside.has(address) || !isOnce(told, type, address)) continue;
      list.push({ type, category: "Network activity", value: address, comment: `${finding.id}: host of the site` });
      if (type === "ip-dst" && inEstate.has(address))
        list.push({
          type: "target-machine",
          category: "Targeting data",
          value: address,
          comment: `${finding.id}: part of the backup estate`,
        });
    }
    for (const { communityId, first, last } of behind(finding).sessions) {
      if (communityId === null || !isOnce(told, "community-id", communityId)) continue;
      list.push({
        type: "community-id",
        category: "Network activity",
        value: communityId,
        comment: finding.id,
        first: String(first),
        last: String(last),
      });
    }
  }
  return list;
}

function isOnce(told: Set<string>, type: string, value: string): boolean {
  const key = `${type} ${value}`;
  if (told.has(key)) return false;
  told.add(key);
  return true;
}

function commentOf({ id, detection, severity, confidence, basis, outcome }: Finding): string {
  return `${id}: ${detection}, ${severity}, confidence ${confidence.toFixed(2)}, ${basis}, ${outcome}`;
}

function tagOf(id: string): { name: string } {
  return { name: `misp-galaxy:mitre-attack-pattern="${techniqueName(id)} - ${id}"` };
}

/** Microseconds, the most that MISP keeps. */
function mispTime(ns: string): string {
  return microsecondTime(ns).replace("Z", "+00:00");
}
