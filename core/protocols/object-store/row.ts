import type { RowOf } from "../../records/record-type.ts";
import type { HttpCall, HttpMessage } from "../http-calls.ts";
import type { HttpTarget } from "../http-target.ts";
import type { OBJECT_STORE_RECORD } from "./records.ts";

export type Row = { -readonly [K in keyof RowOf<typeof OBJECT_STORE_RECORD>]: RowOf<typeof OBJECT_STORE_RECORD>[K] };

export type Service = "s3" | "azure_blob" | "gcs" | "swift" | "b2";

/** A call while it is read. */
export interface StoreCall {
  readonly row: Row;
  readonly call: HttpCall;
  readonly request: HttpMessage;
  readonly method: string;
  readonly target: HttpTarget;
}

/** Most of a policy and the like that is shown, and most keys and rules. */
export const LONGEST_SETTINGS = 4096;
export const MOST_KEYS = 1000;
export const MOST_RULES = 100;

/** Stands between the key and the version of an object of a bulk deletion. */
export const VERSION = "?versionId=";

export function emptyRow(): Row {
  return {
    service: "s3",
    operation: null,
    bucket: null,
    key: null,
    version_id: null,
    status_code: null,
    error_code: null,
    access_key: null,
    auth: null,
    region: null,
    host: null,
    is_virtual_host: null,
    user_agent: null,
    product: null,
    keys: null,
    failed_keys: null,
    source: null,
    upload_id: null,
    part_number: null,
    request_octets: 0,
    response_octets: 0,
    content_verified: null,
    delete_marker: null,
    versioning: null,
    lock_mode: null,
    retain_until: null,
    legal_hold: null,
    bypasses_governance: null,
    lifecycle: null,
    encryption: null,
    tier: null,
    settings: null,
  };
}

/** Null for what says nothing. */
export function orNull(text: string | null | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}
