import type { StoreCall } from "./row.ts";
import { orNull } from "./row.ts";

/** Who signed a request, and how. Secrets and signatures are left where they are. */
export function readCredentials({ row, request, target }: StoreCall): void {
  const authorization = request.header("authorization") ?? "";
  const { query } = target;
  const signed = /Credential=([^,\s]+)/i.exec(authorization)?.[1];
  const presigned = query.get("X-Amz-Credential") ?? query.get("X-Goog-Credential");
  const scope = signed ?? presigned;
  if (scope !== undefined) {
    const [key, , region] = scope.split("/");
    row.access_key = orNull(key);
    row.region = orNull(region);
    row.auth = signed !== undefined ? "sigv4" : "sigv4 presigned";
    return;
  }
  const short = /^(AWS|GOOG1|SharedKey|SharedKeyLite) ([^:\s]+):/.exec(authorization);
  if (short !== null) {
    row.access_key = short[2]!;
    row.auth = short[1]!.startsWith("Shared") ? "shared key" : "sigv2";
  } else if (query.has("AWSAccessKeyId") || query.has("GoogleAccessId")) {
    row.access_key = orNull(query.get("AWSAccessKeyId") ?? query.get("GoogleAccessId"));
    row.auth = "sigv2 presigned";
  } else if (query.has("sig")) {
    row.auth = "sas";
    // Permissions that whoever holds the link has.
    const rights = query.get("sp");
    if (rights !== undefined) row.settings = `permissions ${rights}`;
  } else if (/^Basic /i.test(authorization)) {
    const [user = ""] = Buffer.from(authorization.slice(6), "base64").toString("utf8").split(":", 1);
    row.access_key = orNull(user);
    row.auth = "basic";
  } else if (/^Bearer /i.test(authorization)) {
    row.auth = "bearer";
  } else if (authorization !== "" || request.header("x-auth-token") !== null) {
    row.auth = "token";
  }
}

/** Programs by their user agents, and whether they make backups. */
const PRODUCTS: readonly (readonly [pattern: RegExp, product: string])[] = [
  [/veeam/i, "Veeam"],
  [/kopia/i, "Kopia"],
  [/duplicati/i, "Duplicati"],
  [/duplicity/i, "duplicity"],
  [/restic/i, "restic"],
  [/commvault/i, "Commvault"],
  [/netbackup|veritas/i, "NetBackup"],
  [/rubrik/i, "Rubrik"],
  [/cohesity/i, "Cohesity"],
  [/nakivo/i, "NAKIVO"],
  [/acronis/i, "Acronis"],
  [/barman|pgbackrest/i, "PostgreSQL backup"],
  [/velero/i, "Velero"],
  [/synology|hyper ?backup/i, "Synology"],
];

/** Backup product that names itself. */
export function productOf(userAgent: string | null): string | null {
  if (userAgent === null) return null;
  return PRODUCTS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null;
}
