import { crc32 } from "node:zlib";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";

/**
 * Folder of the consumers' schemas: `BACKTRAIL_SCHEMAS`, or `../shared/schemas` beside the project; null if neither is there.
 * Checks against them are then skipped and say so.
 */
export function schemasDir(): string | null {
  const folder = process.env["BACKTRAIL_SCHEMAS"] ?? resolve(import.meta.dirname, "..", "..", "shared", "schemas");
  return existsSync(join(folder, "stix-2.1")) ? folder : null;
}

type Json = Record<string, unknown>;

/** What may stand in no export: controls but line feeds (and CR in CSV), direction changes, what cannot be seen. */
const UNSAFE =
  /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufff9-\ufffb]/;

/** Rules of each form, by its name; each throws (by `expect`) at the first thing its consumer would refuse. */
export const EXPORT_RULES: Readonly<Record<string, (text: string) => void>> = {
  pdf: (text) => expect(text).toMatch(/^%PDF-/),
  html: (text) => expect(text).toMatch(/^<!doctype html>/),
  json: (text) => void JSON.parse(text),
  csv: (text) => void csvObjects(text),
  "timesketch-csv": (text) => {
    for (const row of csvObjects(text)) checkTimesketch(row);
  },
  "timesketch-jsonl": (text) => {
    for (const row of jsonLines(text)) checkTimesketch(row);
  },
  l2tcsv: checkL2tcsv,
  tln: checkTln,
  bodyfile: checkBodyfile,
  stix: (text) => {
    const bundle = JSON.parse(text) as { objects: Json[] };
    const ids = bundle.objects.map(({ id }) => id as string);
    expect(new Set(ids).size).toBe(ids.length);
    for (const object of bundle.objects) {
      for (const [name, value] of Object.entries(object)) {
        if (!/_refs?$/.test(name)) continue;
        for (const id of [value].flat()) expect(ids, `${String(object["id"])}.${name}`).toContain(id);
      }
      for (const name of ["severity", "action", "username", "phone_numbers"]) expect(object).not.toHaveProperty(name);
    }
  },
  misp: checkMisp,
  navigator: checkNavigator,
  ecs: (text) => {
    for (const document of jsonLines(text)) checkEcs(document);
  },
  "ecs-bulk": (text) => {
    const lines = jsonLines(text);
    const ids = new Set<unknown>();
    for (let i = 0; i < lines.length; i += 2) {
      const { _id: id } = lines[i]!["create"] as Json;
      expect(ids.has(id)).toBe(false);
      ids.add(id);
      checkEcs(lines[i + 1]!);
    }
  },
  ocsf: (text) => {
    for (const event of jsonLines(text)) checkOcsf(event);
  },
  "case-uco": checkCaseUco,
  cef: (text) => lines(text).forEach(checkCef),
  syslog: (text) => lines(text).forEach((line) => void checkSyslog(line)),
  "syslog-cef": (text) => lines(text).forEach((line) => checkCef(checkSyslog(line).replace(/^\ufeff/, ""))),
  "timeline-svg": checkSvg,
  "movement-svg": checkSvg,
  "timeline-png": checkPng,
  "movement-png": checkPng,
};

/** The rules of a form, and what holds for all: UTF-8 with no character that steers a terminal or hides. */
export function checkExport(format: string, text: string): void {
  if (format === "pdf" || format.endsWith("-png")) return EXPORT_RULES[format]!(text);
  const mayHaveTabs = /^html$|-svg$|^(timesketch-)?csv$/.test(format);
  const at = (mayHaveTabs ? text.replaceAll("\t", " ") : text.replaceAll("\ufeff", "")).search(UNSAFE);
  expect(
    at,
    `${format}: U+${text.charCodeAt(at).toString(16)} near ${JSON.stringify(text.slice(at - 40, at + 10))}`,
  ).toBe(-1);
  EXPORT_RULES[format]!(text);
}

function lines(text: string): string[] {
  if (text === "") return [];
  expect(text.endsWith("\n")).toBe(true);
  return text.slice(0, -1).split("\n");
}

export function jsonLines(text: string): Json[] {
  return lines(text).map((line) => JSON.parse(line) as Json);
}

/** A strict reader of CSV (RFC 4180): CRLF, the same number of cells in each row, quotes only around whole cells, no formula. */
export function csvObjects(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  const refuse = (what: string, at: number): never => {
    throw new Error(`${what} at character ${at}: ${JSON.stringify(text.slice(Math.max(0, at - 40), at + 20))}`);
  };
  for (let at = 0; at < text.length;) {
    const quoted = /"(?:[^"]|"")*"/y;
    const bare = /[^",\r\n]*/y;
    const pattern = text[at] === '"' ? quoted : bare;
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? refuse("a quote that does not end", at);
    const cell = pattern === quoted ? found.slice(1, -1).replaceAll('""', '"') : found;
    if (/^[=+\-@\t\r]/.test(cell)) refuse("a formula", at);
    rows.at(-1)!.push(cell);
    at += found.length;
    if (text[at] === ",") at++;
    else if (text.startsWith("\r\n", at)) {
      at += 2;
      if (at < text.length) rows.push([]);
    } else refuse("neither a comma nor CRLF", at);
  }
  const [header = [], ...rest] = rows;
  expect(new Set(header).size).toBe(header.length);
  return rest.map((cells) => {
    expect(cells).toHaveLength(header.length);
    return Object.fromEntries(cells.map((cell, i) => [header[i]!, cell]));
  });
}

/** timesketch/lib/utils.py: three columns that must be set, a time it can read, no value beyond what its index takes. */
function checkTimesketch(row: Json): void {
  for (const name of ["message", "datetime", "timestamp_desc"]) expect(row[name], name).toBeTruthy();
  expect(row["datetime"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
  expect(String(row["timestamp"])).toMatch(/^-?\d+$/);
  const ns = BigInt(String(row["timestamp_ns"]));
  expect(BigInt(String(row["timestamp"]))).toBe((ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n);
  for (const [name, value] of Object.entries(row)) {
    expect(["_id", "_type", "_index", "_source", "__ts_timeline_id"]).not.toContain(name);
    expect(Buffer.byteLength(String(value))).toBeLessThan(32_766);
  }
  if (row["tag"]) expect(Array.isArray(JSON.parse(row["tag"] as string))).toBe(true);
}

/** plaso, Output-format-l2tcsv: 17 columns in this order, none quoted. */
function checkL2tcsv(text: string): void {
  const [header, ...rows] = lines(text);
  expect(header).toBe(
    "date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,version,filename,inode,notes,format,extra",
  );
  for (const row of rows) {
    expect(row).not.toContain('"');
    const cells = row.split(",");
    expect(cells).toHaveLength(17);
    expect(cells[0]).toMatch(/^(0[1-9]|1[0-2])\/([0-2]\d|3[01])\/\d{4}$/);
    expect(cells[1]).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(cells.slice(2, 5)).toEqual(["UTC", "....", "NET"]);
    expect(cells[11]).toBe("2");
    for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@]/);
  }
}

function checkTln(text: string): void {
  const [header, ...rows] = lines(text);
  expect(header).toBe("Time|Source|Host|User|Description|TZ|Notes");
  for (const row of rows) {
    const fields = row.split("|");
    expect(fields).toHaveLength(7);
    expect(fields[0]).toMatch(/^-?\d+$/);
    expect(fields[5]).toBe("UTC");
  }
}

/** Body file, version 3: eleven fields, whole numbers, at most one time set. */
function checkBodyfile(text: string): void {
  for (const line of lines(text)) {
    const fields = line.split("|");
    expect(fields).toHaveLength(11);
    expect(fields[0]).toBe("0");
    for (const field of fields.slice(2, 7)) expect(field).toMatch(/^\d+$/);
    for (const field of fields.slice(7)) expect(field).toMatch(/^\d+$/);
    expect(fields.slice(7).filter((field) => field !== "0").length).toBeLessThan(2);
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** draft-dulaunoy-misp-core-format, and the pairs of type and category that MISP knows. */
const MISP_PAIRS: Readonly<Record<string, readonly string[]>> = {
  "Network activity": ["ip-src", "ip-dst", "community-id"],
  "External analysis": ["text", "filename|sha256"],
  "Internal reference": ["comment"],
  "Targeting data": ["target-machine"],
};

function checkMisp(text: string): void {
  const { Event: event } = JSON.parse(text) as { Event: Json };
  expect(event["uuid"]).toMatch(UUID);
  expect(event["published"]).toBe(false);
  expect((event["info"] as string).length).toBeLessThanOrEqual(256);
  expect(event["info"]).not.toMatch(/[\r\n]/);
  expect(event["date"]).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(event["publish_timestamp"]).toBe("0");
  for (const name of [
    "id",
    "timestamp",
    "org_id",
    "orgc_id",
    "distribution",
    "threat_level_id",
    "analysis",
    "attribute_count",
  ])
    expect(event[name], name).toMatch(/^\d+$/);
  for (const name of ["Org", "Orgc"]) {
    const { id, name: label, uuid } = event[name] as Json;
    expect([typeof id, typeof label]).toEqual(["string", "string"]);
    expect(uuid).toMatch(UUID);
  }
  const attributes = event["Attribute"] as Json[];
  expect(event["attribute_count"]).toBe(String(attributes.length));
  expect(new Set(attributes.map(({ uuid }) => uuid)).size).toBe(attributes.length);
  for (const attribute of attributes) {
    expect(attribute["uuid"]).toMatch(UUID);
    expect(MISP_PAIRS[attribute["category"] as string], String(attribute["category"])).toContain(attribute["type"]);
    expect(attribute["value"]).toBeTruthy();
    expect(typeof attribute["to_ids"]).toBe("boolean");
    for (const name of ["distribution", "timestamp", "event_id"]) expect(attribute[name]).toMatch(/^\d+$/);
    for (const name of ["first_seen", "last_seen"])
      if (attribute[name] !== undefined) expect(attribute[name]).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}\+00:00$/);
  }
}

/** layerformat.md 4.5; with the schemas at hand, names beside its own are those that the Navigator's own layer has. */
function checkNavigator(text: string): void {
  const layer = JSON.parse(text) as Json;
  const known = [
    ...[
      "name",
      "versions",
      "domain",
      "description",
      "filters",
      "sorting",
      "layout",
      "hideDisabled",
      "techniques",
      "gradient",
    ],
    ...["legendItems", "showTacticRowBackground", "tacticRowBackground", "selectTechniquesAcrossTactics"],
    ...["selectSubtechniquesWithParent", "selectVisibleTechniques", "metadata", "links"],
  ];
  for (const name of Object.keys(layer)) expect(known).toContain(name);
  expect(layer["domain"]).toBe("enterprise-attack");
  expect(layer["versions"]).toEqual({ layer: "4.5", navigator: "4.9.0" });
  const gradient = layer["gradient"] as { colors: string[]; minValue: number; maxValue: number };
  expect(gradient.colors.length).toBeGreaterThanOrEqual(2);
  expect(gradient.minValue).toBeLessThan(gradient.maxValue);
  const ids = new Set<unknown>();
  for (const technique of layer["techniques"] as Json[]) {
    expect(technique["techniqueID"]).toMatch(/^T\d{4}(\.\d{3})?$/);
    expect(ids.has(technique["techniqueID"])).toBe(false);
    ids.add(technique["techniqueID"]);
    for (const { name, value } of (technique["metadata"] ?? []) as Json[])
      expect([typeof name, typeof value]).toEqual(["string", "string"]);
    for (const { url } of (technique["links"] ?? []) as Json[]) expect(url).toMatch(/^https:\/\//);
  }
}

let ecsFields: ReadonlySet<string> | null | undefined;

/** Names of ECS's own list and how it marks arrays; null where the list is not at hand. */
function fieldsOfEcs(): ReadonlySet<string> | null {
  if (ecsFields !== undefined) return ecsFields;
  const folder = schemasDir();
  if (folder === null) return (ecsFields = null);
  const rows = readFileSync(join(folder, "ecs", "fields.csv"), "utf8")
    .split("\n")
    .slice(1);
  return (ecsFields = new Set(rows.map((row) => row.split(",")[3] ?? "")));
}

function checkEcs(document: Json): void {
  expect(document["@timestamp"]).toMatch(/Z$/);
  expect(document).toHaveProperty(["ecs", "version"]);
  const fields = fieldsOfEcs();
  const visit = (value: Json, path: string) => {
    for (const [name, inner] of Object.entries(value)) {
      expect(name === "@timestamp" || !name.includes("."), "nested objects, no dotted names").toBe(true);
      const full = path === "" ? name : `${path}.${name}`;
      if (full === "backtrail" || full === "labels") continue;
      if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) visit(inner as Json, full);
      else if (fields !== null) expect(fields.has(full), `${full} is a field of ECS`).toBe(true);
    }
  };
  visit(document, "");
  const event = document["event"] as { kind: string; category: string[]; type: string[]; outcome?: string };
  expect(["alert", "event", "state"]).toContain(event.kind);
  const allowed: Readonly<Record<string, readonly string[]>> = {
    network: ["access", "allowed", "connection", "denied", "end", "info", "protocol", "start"],
    file: ["access", "change", "creation", "deletion", "info"],
    authentication: ["start", "end", "info"],
    intrusion_detection: ["allowed", "denied", "info"],
  };
  for (const category of event.category) for (const type of event.type) expect(allowed[category]).toContain(type);
  if (event.outcome !== undefined) expect(["success", "failure", "unknown"]).toContain(event.outcome);
}

function checkOcsf(event: Json): void {
  for (const name of ["activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time"])
    expect(Number.isInteger(event[name]), name).toBe(true);
  expect(event["type_uid"]).toBe((event["class_uid"] as number) * 100 + (event["activity_id"] as number));
  expect(event["severity_id"]).toBeGreaterThanOrEqual(0);
  expect(event).toHaveProperty(["metadata", "version"]);
  expect(event).toHaveProperty(["metadata", "product", "name"]);
  if (event["class_uid"] === 2004) {
    const info = event["finding_info"] as Json;
    expect([info["uid"], info["title"]].every((text) => typeof text === "string" && text !== "")).toBe(true);
    for (const evidence of event["evidences"] as Json[]) expect(Object.keys(evidence).length).toBeGreaterThan(0);
  } else {
    expect(event["class_uid"]).toBe(4001);
    for (const end of ["src_endpoint", "dst_endpoint"]) {
      const { ip, name } = event[end] as Json;
      expect(ip ?? name).toBeTruthy();
    }
    expect(event).toHaveProperty(["connection_info", "direction_id"]);
  }
}

/** Every node has an IRI of its own, every reference leads to a node, dates and hashes are typed. */
function checkCaseUco(text: string): void {
  const { "@context": context, "@graph": graph } = JSON.parse(text) as { "@context": Json; "@graph": Json[] };
  const ids = new Map<string, boolean>();
  const references: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const object = node as Json;
    if ("@value" in object) {
      const value = object["@value"];
      if (object["@type"] === "xsd:dateTime") expect(value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      if (object["@type"] === "xsd:hexBinary") expect(value).toMatch(/^([0-9a-f]{2})+$/);
      return;
    }
    const id = object["@id"] as string;
    expect(id).toMatch(/^kb:[a-z-]+-[0-9a-f-]{36}$/);
    if (Object.keys(object).length === 1) references.push(id);
    else {
      expect(ids.has(id), `${id} is there twice`).toBe(false);
      ids.set(id, true);
      for (const [name, inner] of Object.entries(object)) {
        if (name.startsWith("@")) continue;
        expect(context, name).toHaveProperty([name.split(":")[0]!]);
        visit(inner);
      }
    }
  };
  graph.forEach(visit);
  for (const id of references) expect(ids.has(id), `${id} leads nowhere`).toBe(true);
}

/** Seven fields of the header, then keys and values in which every backslash and equals sign is escaped. */
export function checkCef(line: string): Map<string, string> {
  const header = /^CEF:0\|((?:[^\\|]|\\[\\|])*\|){5}(10|\d)\|/.exec(line);
  expect(header, line).not.toBeNull();
  const extension = line.slice(header![0].length);
  const pairs = new Map<string, string>();
  // An equals sign inside a value has a backslash before it, so that no word of a value looks like a key.
  const starts = [...extension.matchAll(/(?:^| )([A-Za-z0-9]+)=/g)];
  for (const [i, match] of starts.entries()) {
    const value = extension.slice(match.index + match[0].length, starts[i + 1]?.index ?? extension.length);
    expect(value, `${match[1]!} of ${line}`).toMatch(/^([^\\=]|\\[\\=nr])*$/);
    expect(pairs.has(match[1]!), match[1]).toBe(false);
    pairs.set(match[1]!, value.replace(/\\([\\=])/g, "$1"));
  }
  for (const key of ["src", "dst"]) if (pairs.has(key)) expect(pairs.get(key)).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  return pairs;
}

/** RFC 5424, and that a line fits 2 kB of a datagram or, with CEF in it, 8 kB. @returns the message */
function checkSyslog(line: string): string {
  const value = String.raw`(?:[^"\\\]]|\\["\\\]])*`;
  const data = String.raw`(?:-|\[[!-~]{1,32}(?: [!-~]{1,32}="${value}")*\])`;
  const form = new RegExp(
    String.raw`^<(\d{1,3})>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [!-~]{1,255} [!-~]{1,48} [!-~]{1,128} [!-~]{1,32} ${data} (.*)$`,
  );
  const match = form.exec(line);
  expect(match, line).not.toBeNull();
  expect(Number(match![1])).toBeLessThan(192);
  expect(Buffer.byteLength(line)).toBeLessThan(match![2]!.includes("CEF:0|") ? 8192 : 4096);
  return match![2]!;
}

function checkSvg(text: string): void {
  expect(text).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
  expect(text).not.toContain("var(");
  expect(text.replace(/"[^"]*"/g, '""')).not.toMatch(/<(script|foreignObject|a)\b|<[^>]*\s(on[a-z]+|href)=/i);
  expect(text.match(/<svg[ >]/g)?.length).toBe(text.match(/<\/svg>/g)?.length);
}

/** Signature, whole chunks with their checks, and a description that says where it comes from. PNG (Third Edition) 5 */
function checkPng(text: string): void {
  const octets = Buffer.from(text, "latin1");
  expect(octets.toString("latin1", 0, 8)).toBe("\x89PNG\r\n\x1a\n");
  const chunks: string[] = [];
  for (let at = 8; at < octets.length;) {
    const length = octets.readUInt32BE(at);
    expect(crc32(octets.subarray(at + 4, at + 8 + length))).toBe(octets.readUInt32BE(at + 8 + length));
    chunks.push(octets.toString("latin1", at + 4, at + 8));
    if (chunks.at(-1) === "iTXt") expect(octets.toString("utf8", at + 8, at + 8 + length)).toContain("journal head");
    at += 12 + length;
  }
  expect(chunks.slice(0, 2)).toEqual(["IHDR", "iTXt"]);
  expect(chunks.at(-1)).toBe("IEND");
  expect(octets.readUInt32BE(16)).toBeGreaterThan(1000);
}

/** Without narrowing the object's type. */
function isValid(validate: (object: unknown) => unknown, object: unknown): boolean {
  return validate(object) === true;
}

/** Checks each object of a bundle, and the bundle, against the schemas of OASIS; gives what they say, empty if nothing. */
export function stixProblems(text: string, folder: string): string[] {
  const ajv = new Ajv2020({ strict: false, unicodeRegExp: false, validateFormats: false, allErrors: true });
  const byType = new Map<string, string>();
  const root = join(folder, "stix-2.1", "schemas");
  for (const part of readdirSync(root)) {
    for (const name of readdirSync(join(root, part))) {
      const schema = JSON.parse(readFileSync(join(root, part, name), "utf8")) as { $id: string };
      ajv.addSchema(schema);
      if (part !== "common" || /^(bundle|extension-definition|marking-definition)/.test(name))
        byType.set(name.replace(".json", ""), schema.$id);
    }
  }
  const bundle = JSON.parse(text) as { type: string; objects: { type: string; id: string }[] };
  // The bundle's schema knows some of the specification's own types neither by name nor as custom ones (both of its cores fit them).
  const unknown = ["extension-definition", "grouping", "incident", "note", "opinion", "location"];
  const known = { ...bundle, objects: bundle.objects.filter(({ type }) => !unknown.includes(type)) };
  const problems: string[] = [];
  for (const object of [known, ...bundle.objects]) {
    const id = byType.get(object.type);
    const validate = id === undefined ? undefined : ajv.getSchema(id);
    if (validate === undefined) problems.push(`no schema for ${object.type}`);
    else if (!isValid(validate, object))
      problems.push(`${object.type}: ${ajv.errorsText(validate.errors?.slice(0, 3))}`);
  }
  return problems;
}
