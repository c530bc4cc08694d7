import { pathBehind } from "../http-target.ts";
import type { StoreCall } from "./row.ts";
import { MOST_KEYS, orNull } from "./row.ts";

const VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "head",
  PUT: "put",
  POST: "post",
  DELETE: "delete",
  COPY: "copy",
};

/** Reads what a request to OpenStack Swift asks for. [OpenStack] Object Storage API v1 */
export function readSwiftRequest({ row, request, method, target }: StoreCall): void {
  row.is_virtual_host = false;
  if (request.header("x-auth-user") !== null) {
    row.operation = "authenticate";
    row.access_key = request.header("x-auth-user");
    row.auth = "token";
    return;
  }
  const first = target.segments.indexOf("v1");
  const account = target.segments[first + 1] ?? "";
  // Ceph leaves the account out.
  const at = account.startsWith("AUTH_") ? first + 2 : first + 1;
  if (account.startsWith("AUTH_")) row.access_key = account;
  row.bucket = orNull(target.segments[at]);
  row.key = orNull(pathBehind(target.path, at + 1));
  const kind = row.bucket === null ? "account" : row.key === null ? "container" : "object";
  row.operation = `${kind} ${VERBS[method] ?? method}`;
  if (target.query.has("bulk-delete")) {
    row.operation = "bulk-delete";
    const keys = request
      .text()
      .split("\n", MOST_KEYS)
      .filter((line) => line.trim() !== "");
    row.keys = keys.map((line) => pathBehind(`/${line.trim().replace(/^\//, "")}`, 0));
  }
  row.source = request.header("x-copy-from");
  const versions = request.header("x-versions-enabled") ?? request.header("x-versions-location");
  if (versions !== null) row.versioning = versions;
  if (request.header("x-remove-versions-location") !== null) row.versioning = "Suspended";
  const after = request.header("x-delete-after");
  const time = request.header("x-delete-at");
  if (after !== null) row.lifecycle = [`deleted after ${after} seconds`];
  else if (time !== null) row.lifecycle = [`deleted at ${time}`];
}
