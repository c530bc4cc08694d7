import { z } from "zod";
import type { Finding } from "../../contracts/finding.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { CaptureSummary } from "../../contracts/story.ts";
import type { ReportModel } from "../model.ts";
import { csvRows } from "./csv-rows.ts";
import { FINDING } from "./finding-schema.ts";
import { REPORT_MODEL } from "./model-schema.ts";

/** What an export of ours gave back. */
export interface ReadExport {
  /** Name of the form, as `report --format` has it. */
  readonly format: string;
  /** As they were, each once, in the order of the file. */
  readonly findings: readonly Finding[];
  /** Findings that the file names and does not hold whole, because its form has no room. */
  readonly cut: readonly string[];
  /** The case that it came from; null where the form does not say. */
  readonly caseId: string | null;
  /** All that a report's `.json` says; null for the other forms, which hold findings only. */
  readonly report: ReportModel | null;
  /** The captures as forms without a report name them. */
  readonly captures: readonly CaptureSummary[];
  /** Connections that the file has beside findings. No form holds them whole. */
  readonly connections: number;
}

type Json = Record<string, unknown>;

/** A finding of the file, and what it is called there; `whole` is undefined where only its name is there. */
interface Held {
  readonly id: string;
  readonly whole: unknown;
}

interface Content {
  readonly format: string;
  readonly held: readonly Held[];
  readonly caseId: unknown;
  /** What a report's `.json` holds. */
  readonly model?: unknown;
  /** As `originObject` writes it. */
  readonly origin?: Json;
  readonly connections?: number;
}

/**
 * Reads an export back: report `.json`, STIX, ECS (also in bulk form), Timesketch JSONL and CSV. Recognised by content, not by name.
 * @param file Name for messages.
 * @throws BacktrailError `not-an-export` for anything else, `export-damaged` with the place of what is not as we write it.
 */
export function readExport(text: string, file: string): ReadExport {
  const content = contentOf(text);
  if (content === null)
    throw new BacktrailError(
      "not-an-export",
      `${file} is no export that holds findings whole: give a report as .json, or STIX, ECS, Timesketch JSONL or CSV as backtrail report writes them.`,
    );
  const findings = new Map<string, Finding>();
  const cut = new Set<string>();
  for (const { id, whole } of content.held) {
    if (whole === undefined) {
      cut.add(id);
      continue;
    }
    const finding = checked(FINDING, whole, `${file} has a finding (${id}) that`);
    findings.set(finding.id, finding);
  }
  const { format, caseId, model, origin, connections = 0 } = content;
  return {
    format,
    findings: [...findings.values()],
    cut: [...cut].filter((id) => !findings.has(id)),
    caseId: typeof caseId === "string" ? caseId : null,
    report: model === undefined ? null : checked(REPORT_MODEL, model, `${file} is a report that`),
    captures: capturesOf(origin),
    connections,
  };
}

/** The value as it is. @throws BacktrailError `export-damaged` with the place of what is not as we write it. */
function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return value as T; // not `data`, whose members are in the schema's order
  const [issue] = parsed.error.issues;
  throw new BacktrailError(
    "export-damaged",
    `${what} is not as Backtrail writes it: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}; export it again.`,
  );
}

const ORIGIN_CAPTURE = z.object({
  number: z.int().min(0),
  name: z.string(),
  sha256: z.string(),
  octets: z.int().min(0),
  packets: z.int().min(0),
});

function capturesOf(origin: Json | undefined): CaptureSummary[] {
  const { data = [] } = z.array(ORIGIN_CAPTURE).safeParse(origin?.["captures"]);
  return data.map(({ name, ...capture }) => ({
    ...capture,
    path: name,
    format: "not known",
    tsFirst: null,
    tsLast: null,
    damage: [],
  }));
}

function contentOf(text: string): Content | null {
  const whole = parsed(text);
  if (whole !== null) return objectContent(whole) ?? lineContent([whole]);
  const lines = text.split("\n").filter((line) => line !== "");
  const first = parsed(lines[0] ?? "");
  if (first !== null) return lineContent(lines.map(parsed));
  return text.includes("timestamp_desc") ? rowContent("timesketch-csv", csvRows(text)) : null;
}

/** A report's model, or a STIX bundle. */
function objectContent(value: Json): Content | null {
  const { story, type, objects } = value;
  if (isObject(story) && Array.isArray(story["findings"])) {
    const findings = story["findings"] as unknown[];
    const about = isObject(story["case"]) ? story["case"]["id"] : null;
    return { format: "json", held: findings.map((whole) => ({ id: idOf(whole), whole })), caseId: about, model: value };
  }
  if (type !== "bundle" || !Array.isArray(objects)) return null;
  const extensions = objects
    .filter(isObject)
    .flatMap((object) => (isObject(object["extensions"]) ? Object.values(object["extensions"]) : []))
    .filter(isObject);
  const origin = extensions.map((extension) => extension["origin"]).find(isObject);
  const held = extensions.map((extension) => extension["finding"]).filter(isObject);
  return origin === undefined
    ? null
    : { format: "stix", held: held.map((whole) => ({ id: idOf(whole), whole })), caseId: origin["case_id"], origin };
}

/** ECS documents, or rows of Timesketch. */
function lineContent(lines: readonly (Json | null)[]): Content | null {
  if (lines.includes(null)) return null;
  const documents = lines as readonly Json[];
  if (documents.some((row) => String(row["data_type"]).startsWith("backtrail:")))
    return rowContent("timesketch-jsonl", documents);
  const ours = documents.map(({ backtrail }) => backtrail).filter(isObject);
  if (ours.length === 0) return null;
  const labels = documents.map((document) => document["labels"]).find(isObject);
  const held = ours.map(({ finding }) => finding).filter(isObject);
  const format = documents.some((document) => "create" in document) ? "ecs-bulk" : "ecs";
  const origin = ours.map((own) => own["origin"]).find(isObject);
  const connections = documents.filter(
    ({ event }) => isObject(event) && event["dataset"] === "backtrail.session",
  ).length;
  return {
    format,
    held: held.map((whole) => ({ id: idOf(whole), whole })),
    caseId: labels?.["case_id"],
    connections,
    ...(origin === undefined ? {} : { origin }),
  };
}

function rowContent(format: string, rows: readonly Json[] | null): Content | null {
  const found = rows?.filter((row) => row["data_type"] === "backtrail:finding") ?? [];
  if (rows === null || !rows.some((row) => String(row["data_type"]).startsWith("backtrail:"))) return null;
  const held = found.map((row): Held => {
    const text = row["finding"];
    const whole = typeof text === "string" && text !== "" ? (parsed(text) ?? {}) : undefined;
    return { id: String(row["finding_id"]), whole };
  });
  const connections = new Set(rows.filter((row) => row["data_type"] === "backtrail:session").map(({ uid }) => uid))
    .size;
  return { format, held, caseId: rows[0]?.["case_id"], connections };
}

function idOf(value: unknown): string {
  return isObject(value) ? String(value["id"]) : "?";
}

function parsed(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null; // no JSON: the caller tries another form
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
