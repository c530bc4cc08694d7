import { pathBehind } from "../http-target.ts";
import { readXml } from "../../bytes/xml.ts";
import type { StoreCall } from "./row.ts";
import { LONGEST_SETTINGS, MOST_KEYS, MOST_RULES, VERSION, orNull } from "./row.ts";
import { s3Operation } from "./s3-operation.ts";

/** Hosts that name a bucket before the service's own name. */
const BUCKET_HOST = /^([^/]+?)\.(?:s3[.-]|s3-|obs\.|oss-|cos\.|storage\.googleapis\.com)/i;

/** Reads what an S3 request asks for. @param isBucketHost True if the host is known to name a bucket. */
export function readS3Request(store: StoreCall, isBucketHost: boolean): void {
  const { row, request, method, target } = store;
  const { path, segments, query } = target;
  const ofHost = bucketOfHost(row.host, isBucketHost);
  row.is_virtual_host = ofHost !== null;
  row.bucket = ofHost ?? orNull(segments[0]);
  row.key = orNull(pathBehind(path, ofHost === null ? 1 : 0));
  const copied = request.header("x-amz-copy-source") ?? request.header("x-goog-copy-source");
  row.source = copied === null ? null : copied.replace(/^\//, "");
  const hasKey = row.key !== null;
  row.operation = s3Operation({ method, hasBucket: row.bucket !== null, hasKey, query, isCopy: copied !== null });
  if (!hasKey) row.key = orNull(query.get("prefix"));
  row.version_id = orNull(query.get("versionId") ?? query.get("generation"));
  row.upload_id = orNull(query.get("uploadId"));
  const part = query.get("partNumber");
  row.part_number = part !== undefined && /^\d{1,6}$/.test(part) ? Number(part) : null;
  readS3Headers(store);
  if (method === "PUT" || method === "POST") readS3Body(store);
}

/** True if such a request shows that the host names the bucket: a setting of a bucket, but no path. */
export function showsBucketHost({ row, target, method }: StoreCall): boolean {
  if (target.path !== "/" || row.host === null || /^[\d.:[\]]+$/.test(row.host)) return false;
  const { query } = target;
  if (method === "GET" || method === "HEAD")
    return query.has("list-type") || query.has("versions") || query.has("prefix");
  return method === "PUT" || method === "DELETE" || query.has("delete");
}

function bucketOfHost(host: string | null, isBucketHost: boolean): string | null {
  if (host === null) return null;
  const named = BUCKET_HOST.exec(host)?.[1];
  if (named !== undefined) return named;
  return isBucketHost ? (host.split(".", 1)[0] ?? null) : null;
}

function readS3Headers({ row, request }: StoreCall): void {
  const header = (name: string): string | null => request.header(`x-amz-${name}`) ?? request.header(`x-goog-${name}`);
  row.lock_mode = header("object-lock-mode");
  row.retain_until = header("object-lock-retain-until-date");
  const hold = header("object-lock-legal-hold");
  if (hold !== null) row.legal_hold = hold.toUpperCase() === "ON";
  const bypass = header("bypass-governance-retention");
  if (bypass !== null) row.bypasses_governance = bypass.toLowerCase() === "true";
  row.tier = header("storage-class");
  const customer = header("server-side-encryption-customer-algorithm");
  const server = header("server-side-encryption");
  const key = header("server-side-encryption-aws-kms-key-id");
  if (customer !== null) row.encryption = `SSE-C ${customer}`;
  else if (server !== null) row.encryption = key === null ? server : `${server} ${key}`;
}

/** Settings and lists that a request carries. Framing of chunks does not occur with them. */
function readS3Body({ row, request }: StoreCall): void {
  switch (row.operation) {
    case "DeleteObjects":
      row.keys = keysOf(request.text(), "Object");
      return;
    case "PutBucketVersioning":
      row.versioning = elementsOf(request.text()).get("Status") ?? null;
      return;
    case "PutBucketLifecycleConfiguration":
      row.lifecycle = lifecycleOf(request.text());
      return;
    case "PutObjectLockConfiguration":
    case "PutObjectRetention": {
      const found = elementsOf(request.text());
      row.lock_mode = found.get("Mode") ?? null;
      const [days, years] = [found.get("Days"), found.get("Years")];
      row.retain_until =
        found.get("RetainUntilDate") ??
        (days !== undefined ? `${days} days` : years !== undefined ? `${years} years` : null);
      return;
    }
    case "PutObjectLegalHold":
      row.legal_hold = elementsOf(request.text()).get("Status") === "ON";
      return;
    case "PutBucketEncryption":
      row.encryption = elementsOf(request.text()).get("SSEAlgorithm") ?? null;
      return;
    case "PutBucketPolicy":
    case "PutBucketReplication":
    case "PutBucketAcl":
    case "PutObjectAcl":
    case "PutPublicAccessBlock":
    case "PutBucketLogging":
    case "PutBucketNotificationConfiguration":
      row.settings = orNull(request.text().slice(0, LONGEST_SETTINGS));
      return;
    default:
  }
}

/** Reads what the service answered. */
export function readS3Answer({ row, call }: StoreCall): void {
  const { response } = call;
  if (response === null) return;
  const header = (name: string): string | null => response.header(`x-amz-${name}`) ?? response.header(`x-goog-${name}`);
  row.version_id ??= header("version-id");
  const marker = header("delete-marker");
  if (marker !== null) row.delete_marker = marker === "true";
  row.encryption ??= header("server-side-encryption");
  if (response.octets === 0 || !/xml/i.test(response.head.contentType ?? "xml")) return;
  if ((row.status_code ?? 0) >= 300) {
    row.error_code = elementsOf(response.text()).get("Code") ?? null;
  } else if (row.operation === "CreateMultipartUpload") {
    row.upload_id = elementsOf(response.text()).get("UploadId") ?? null;
  } else if (row.operation === "DeleteObjects") {
    const refused = keysOf(response.text(), "Error");
    if (refused.length > 0) row.failed_keys = refused;
  } else if (row.operation === "GetBucketVersioning") {
    row.versioning = elementsOf(response.text()).get("Status") ?? null;
  } else if (row.operation === "CompleteMultipartUpload" || row.operation === "CopyObject") {
    // An error can come after the status was sent.
    row.error_code = /<Error>/.test(response.text()) ? (elementsOf(response.text()).get("Code") ?? null) : null;
  }
}

/** Text of elements by their name; of one name the first. */
export function elementsOf(xml: string): Map<string, string> {
  const found = new Map<string, string>();
  readXml(xml, {
    close: ({ name }, text) => {
      if (found.size < MOST_RULES && !found.has(name)) found.set(name, text.trim());
    },
  });
  return found;
}

/** Keys inside elements of one name, with their version behind "?versionId=". */
export function keysOf(xml: string, around: string): string[] {
  const keys: string[] = [];
  let key = "";
  let version = "";
  readXml(xml, {
    close: ({ name, path }, text) => {
      const parent = path.at(-1);
      if (parent === around && name === "Key") key = text;
      else if (parent === around && name === "VersionId") version = text.trim();
      if (name !== around) return;
      if (key !== "" && keys.length < MOST_KEYS) keys.push(version === "" ? key : key + VERSION + version);
      key = version = "";
    },
  });
  return keys;
}

/** What rules of a lifecycle do, one text each: "Enabled: Expiration 1 days (prefix db/)". */
function lifecycleOf(xml: string): string[] {
  const rules: string[] = [];
  let acts: string[] = [];
  let status = "";
  let prefix = "";
  readXml(xml, {
    close: ({ name, path }, text) => {
      const parent = path.at(-1) ?? "";
      const value = text.trim();
      if (name === "Status" && parent === "Rule") status = value;
      else if (name === "Prefix") prefix = value;
      else if (/^(?:NoncurrentDays|Days|DaysAfterInitiation)$/.test(name)) acts.push(`${parent} ${value} days`);
      else if (name === "Date") acts.push(`${parent} on ${value}`);
      else if (name === "ExpiredObjectDeleteMarker") acts.push(`${parent} of delete markers ${value}`);
      if (name !== "Rule") return;
      const where = prefix === "" ? "" : ` (prefix ${prefix})`;
      if (rules.length < MOST_RULES) rules.push(`${status}: ${acts.join(", ")}${where}`);
      acts = [];
      status = prefix = "";
    },
  });
  return rules;
}
