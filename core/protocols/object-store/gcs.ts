import { pathBehind } from "../http-target.ts";
import { parseJson, textAt, valueAt } from "./json.ts";
import type { StoreCall } from "./row.ts";
import { LONGEST_SETTINGS, MOST_RULES, orNull } from "./row.ts";
import { readS3Answer, readS3Request } from "./s3.ts";

const JSON_PATH = /^\/(?:(?:resumable\/)?(upload)\/|(download)\/)?storage\/v1\/b(?=\/|$)/;

const OBJECT_VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  DELETE: "delete",
  PATCH: "patch",
  PUT: "update",
  POST: "insert",
};

/** Reads a request to the JSON interface, or to the XML one, which is S3's with other headers. [GCS] JSON API reference */
export function readGcsRequest(store: StoreCall): void {
  const { row, request, method, target } = store;
  const json = JSON_PATH.exec(target.path);
  if (json === null) {
    if (/^\/batch\//.test(target.path)) row.operation = "batch";
    else readS3Request(store, false);
    return;
  }
  const rest = target.path.slice(json[0].length);
  const [, bucket, what, object, verb, , toBucket, , toObject] = rest
    .split("/")
    .map((part) => pathBehind(`/${part}`, 0));
  row.is_virtual_host = false;
  row.bucket = orNull(bucket);
  row.key = orNull(what === "o" ? object : undefined) ?? orNull(target.query.get("name") ?? target.query.get("prefix"));
  row.version_id = orNull(target.query.get("generation"));
  const name = OBJECT_VERBS[method] ?? method;
  if (what === "o") {
    const ofAll = method === "GET" ? "list" : "insert";
    const isAct = /^(?:copyTo|rewriteTo|compose|restore)$/.test(verb ?? "");
    row.operation = `objects.${isAct ? verb!.replace("To", "") : object === undefined || object === "" ? ofAll : name}`;
    if (isAct && orNull(toObject) !== null) {
      row.source = `${bucket ?? ""}/${object ?? ""}`;
      row.bucket = orNull(toBucket);
      row.key = orNull(toObject);
    }
  } else if (what !== undefined && what !== "") {
    row.operation = what === "lockRetentionPolicy" ? "buckets.lockRetentionPolicy" : `${what}.${name}`;
  } else {
    row.operation = `buckets.${bucket === undefined || bucket === "" ? (method === "GET" ? "list" : "insert") : name}`;
  }
  if (method === "GET" || method === "DELETE" || json[1] === "upload") return;
  const body = parseJson(request.text());
  const versioning = textAt(body, "versioning", "enabled");
  if (versioning !== null) row.versioning = versioning === "true" ? "Enabled" : "Suspended";
  const seconds = textAt(body, "retentionPolicy", "retentionPeriod");
  row.retain_until = textAt(body, "retention", "retainUntilTime") ?? (seconds === null ? null : `${seconds} seconds`);
  row.lock_mode = textAt(body, "retention", "mode");
  const hold = textAt(body, "temporaryHold") ?? textAt(body, "eventBasedHold");
  if (hold !== null) row.legal_hold = hold === "true";
  const rules = valueAt(body, "lifecycle", "rule");
  if (Array.isArray(rules))
    row.lifecycle = rules.slice(0, MOST_RULES).map((rule) => JSON.stringify(rule).slice(0, 500));
  if (what === "iam" || what === "acl") row.settings = orNull(request.text().slice(0, LONGEST_SETTINGS));
}

export function readGcsAnswer(store: StoreCall): void {
  const { row, call } = store;
  const { response } = call;
  if (response === null) return;
  row.version_id ??= response.header("x-goog-generation");
  if (!/json/i.test(response.head.contentType ?? "")) {
    readS3Answer(store);
    return;
  }
  if ((row.status_code ?? 0) < 400) return;
  const errors = valueAt(parseJson(response.text()), "error", "errors");
  row.error_code = Array.isArray(errors) ? textAt(errors[0], "reason") : null;
}
