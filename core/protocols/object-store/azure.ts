import { pathBehind } from "../http-target.ts";
import { elementsOf } from "./s3.ts";
import type { StoreCall } from "./row.ts";
import { LONGEST_SETTINGS, orNull } from "./row.ts";

/** Hosts that name the account. */
const ACCOUNT_HOST = /^([a-z0-9-]+)\.(?:blob|z\d+\.blob|dfs)\./i;

/** Calls by "kind comp METHOD"; kind is account, container or blob. [Azure] Blob service REST API */
const OPERATIONS: Readonly<Record<string, string>> = {
  "account list GET": "ListContainers",
  "account properties GET": "GetBlobServiceProperties",
  "account properties PUT": "SetBlobServiceProperties",
  "account userdelegationkey POST": "GetUserDelegationKey",
  "account batch POST": "BlobBatch",
  "account blobs GET": "FindBlobsByTags",
  "container  PUT": "CreateContainer",
  "container  DELETE": "DeleteContainer",
  "container  GET": "GetContainerProperties",
  "container  HEAD": "GetContainerProperties",
  "container list GET": "ListBlobs",
  "container acl GET": "GetContainerACL",
  "container acl PUT": "SetContainerACL",
  "container metadata PUT": "SetContainerMetadata",
  "container lease PUT": "LeaseContainer",
  "container undelete PUT": "RestoreContainer",
  "container batch POST": "BlobBatch",
  "blob  PUT": "PutBlob",
  "blob  GET": "GetBlob",
  "blob  HEAD": "GetBlobProperties",
  "blob  DELETE": "DeleteBlob",
  "blob block PUT": "PutBlock",
  "blob blocklist PUT": "PutBlockList",
  "blob blocklist GET": "GetBlockList",
  "blob page PUT": "PutPage",
  "blob pagelist GET": "GetPageRanges",
  "blob appendblock PUT": "AppendBlock",
  "blob copy PUT": "AbortCopyBlob",
  "blob snapshot PUT": "SnapshotBlob",
  "blob lease PUT": "LeaseBlob",
  "blob tier PUT": "SetBlobTier",
  "blob undelete PUT": "UndeleteBlob",
  "blob metadata PUT": "SetBlobMetadata",
  "blob metadata GET": "GetBlobMetadata",
  "blob properties PUT": "SetBlobProperties",
  "blob tags PUT": "SetBlobTags",
  "blob tags GET": "GetBlobTags",
  "blob expiry PUT": "SetBlobExpiry",
  "blob immutabilityPolicies PUT": "SetBlobImmutabilityPolicy",
  "blob immutabilityPolicies DELETE": "DeleteBlobImmutabilityPolicy",
  "blob legalhold PUT": "SetBlobLegalHold",
};

/** Reads what a request to the Blob service asks for. */
export function readAzureRequest(store: StoreCall): void {
  const { row, request, method, target } = store;
  const { path, segments, query } = target;
  const account = row.host === null ? undefined : ACCOUNT_HOST.exec(row.host)?.[1];
  row.is_virtual_host = account !== undefined;
  // Emulators and appliances have the account in the path.
  const first = account === undefined ? 1 : 0;
  row.access_key ??= account ?? orNull(segments[0]);
  row.bucket = orNull(segments[first]);
  row.key = orNull(pathBehind(path, first + 1));
  const comp = query.get("comp") ?? "";
  const isAccount = row.bucket === null || query.get("restype") === "service";
  const isContainer = query.get("restype") === "container" || (comp === "list" && row.key === null);
  const kind = isAccount ? "account" : isContainer ? "container" : "blob";
  row.operation = OPERATIONS[`${kind} ${comp} ${method}`] ?? null;
  row.source = request.header("x-ms-copy-source");
  if (row.operation === "PutBlob" && row.source !== null) row.operation = "CopyBlob";
  const action = request.header("x-ms-lease-action");
  if (action !== null && row.operation !== null) row.operation += ` ${action.toLowerCase()}`;
  if (request.header("x-ms-page-write")?.toLowerCase() === "clear") row.operation = "PutPage clear";
  if (kind !== "blob") row.key = orNull(query.get("prefix"));
  row.version_id = orNull(query.get("snapshot") ?? query.get("versionid"));
  row.tier = request.header("x-ms-access-tier");
  row.lock_mode = request.header("x-ms-immutability-policy-mode");
  row.retain_until = request.header("x-ms-immutability-policy-until-date");
  const hold = request.header("x-ms-legal-hold");
  if (hold !== null) row.legal_hold = hold.toLowerCase() === "true";
  const snapshots = request.header("x-ms-delete-snapshots");
  if (snapshots !== null) row.settings = `snapshots: ${snapshots}`;
  if (request.header("x-ms-encryption-key-sha256") !== null)
    row.encryption = `customer key ${request.header("x-ms-encryption-algorithm") ?? ""}`.trim();
  if (row.operation === "SetBlobServiceProperties") row.settings = orNull(request.text().slice(0, LONGEST_SETTINGS));
}

export function readAzureAnswer({ row, call }: StoreCall): void {
  const { response } = call;
  if (response === null) return;
  row.version_id ??= response.header("x-ms-snapshot") ?? response.header("x-ms-version-id");
  row.error_code = response.header("x-ms-error-code");
  if (row.error_code === null && (row.status_code ?? 0) >= 400)
    row.error_code = elementsOf(response.text()).get("Code") ?? null;
}
