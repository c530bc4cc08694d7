import { unescapePart } from "../http-target.ts";
import { parseJson, textAt, valueAt } from "./json.ts";
import type { StoreCall } from "./row.ts";
import { MOST_RULES, orNull } from "./row.ts";

/** Reads what a request to Backblaze B2's own interface asks for. [B2] Native API */
export function readB2Request({ row, request, target }: StoreCall): void {
  row.is_virtual_host = false;
  const { segments } = target;
  row.operation = /b2_\w+/.exec(segments[2] ?? "")?.[0] ?? null;
  const named = request.header("x-bz-file-name");
  if (named !== null) {
    row.operation ??= "b2_upload_file";
    row.key = orNull(unescapePart(named));
    return;
  }
  const body = parseJson(request.text());
  row.bucket = textAt(body, "bucketName") ?? textAt(body, "bucketId");
  row.key = textAt(body, "fileName") ?? textAt(body, "prefix");
  row.version_id = textAt(body, "fileId");
  row.source = textAt(body, "sourceFileId");
  const bypass = textAt(body, "bypassGovernance");
  if (bypass !== null) row.bypasses_governance = bypass === "true";
  row.lock_mode = textAt(body, "fileRetention", "mode") ?? textAt(body, "defaultRetention", "mode");
  const period = textAt(body, "defaultRetention", "period", "duration");
  const unit = textAt(body, "defaultRetention", "period", "unit") ?? "";
  row.retain_until =
    textAt(body, "fileRetention", "retainUntilTimestamp") ?? (period === null ? null : `${period} ${unit}`);
  const hold = textAt(body, "legalHold");
  if (hold !== null) row.legal_hold = hold === "on";
  const rules = valueAt(body, "lifecycleRules");
  if (Array.isArray(rules))
    row.lifecycle = rules.slice(0, MOST_RULES).map((rule) => JSON.stringify(rule).slice(0, 500));
}

export function readB2Answer({ row, call }: StoreCall): void {
  const { response } = call;
  if (response === null) return;
  const name = response.header("x-bz-file-name");
  if (name !== null) row.key ??= unescapePart(name);
  if ((row.status_code ?? 0) >= 400) row.error_code = textAt(parseJson(response.text()), "code");
}
