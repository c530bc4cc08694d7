import type { ArchiveAct, ArchiveOperation, ArchiveOutcome } from "../archive-op.ts";
import type { Row } from "./row.ts";
import { VERSION } from "./row.ts";

interface Meaning {
  readonly operation: ArchiveOperation;
  readonly isStorage?: boolean;
  readonly detail?: (row: Row) => string | null;
}

const READ: Meaning = { operation: "read" };
const WRITE: Meaning = { operation: "write", detail: protectionOf };
const COPY: Meaning = { operation: "create", detail: (row) => copied(row) };
const DELETE: Meaning = { operation: "delete", detail: deletion };
const SNAPSHOT: Meaning = { operation: "snapshot" };
const RETENTION: Meaning = { operation: "retention", detail: retention };
const HOLD: Meaning = { operation: "lock" };
const RESTORE: Meaning = { operation: "restore" };
const BUCKET_GONE: Meaning = { operation: "delete", isStorage: true, detail: () => "the bucket itself" };

function told(text: string): Meaning {
  return { operation: "retention", detail: () => text };
}

/** What calls mean for archives, by the names that the services give them; others change nothing of what is stored. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  GetObject: READ,
  PutObject: WRITE,
  PostObject: WRITE,
  CompleteMultipartUpload: WRITE,
  CopyObject: COPY,
  UploadPartCopy: COPY,
  DeleteObject: DELETE,
  DeleteObjects: DELETE,
  DeleteBucket: BUCKET_GONE,
  RestoreObject: RESTORE,
  PutObjectRetention: RETENTION,
  PutObjectLockConfiguration: RETENTION,
  PutObjectLegalHold: HOLD,
  PutBucketVersioning: RETENTION,
  PutBucketLifecycleConfiguration: RETENTION,
  DeleteBucketLifecycle: told("the lifecycle was removed"),
  PutBucketPolicy: told("the bucket's policy was set"),
  DeleteBucketPolicy: told("the bucket's policy was removed"),
  PutBucketReplication: told("replication was set"),
  DeleteBucketReplication: told("replication was removed"),
  PutBucketEncryption: RETENTION,
  GetBlob: READ,
  PutBlob: WRITE,
  PutBlockList: WRITE,
  AppendBlock: WRITE,
  PutPage: WRITE,
  "PutPage clear": { operation: "truncate", detail: () => "pages were cleared" },
  CopyBlob: COPY,
  DeleteBlob: DELETE,
  DeleteContainer: BUCKET_GONE,
  SnapshotBlob: SNAPSHOT,
  UndeleteBlob: RESTORE,
  RestoreContainer: RESTORE,
  SetBlobImmutabilityPolicy: RETENTION,
  DeleteBlobImmutabilityPolicy: told("the immutability policy was removed"),
  SetBlobLegalHold: HOLD,
  SetBlobServiceProperties: told("properties of the service, deletion policy among them, were set"),
  SetBlobExpiry: told("an end was set"),
  "LeaseBlob acquire": HOLD,
  "LeaseBlob break": { operation: "unlock", detail: () => "the lease was broken" },
  "LeaseBlob release": { operation: "unlock" },
  "LeaseContainer acquire": HOLD,
  "LeaseContainer break": { operation: "unlock", detail: () => "the lease was broken" },
  "objects.get": READ,
  "objects.insert": WRITE,
  "objects.rewrite": COPY,
  "objects.copy": COPY,
  "objects.compose": COPY,
  "objects.delete": DELETE,
  "objects.restore": RESTORE,
  "objects.patch": RETENTION,
  "objects.update": RETENTION,
  "buckets.delete": BUCKET_GONE,
  "buckets.patch": RETENTION,
  "buckets.update": RETENTION,
  "buckets.lockRetentionPolicy": told("the retention policy was locked"),
  "object get": READ,
  "object put": WRITE,
  "object copy": COPY,
  "object delete": DELETE,
  "bulk-delete": DELETE,
  "container delete": BUCKET_GONE,
  "container post": RETENTION,
  "object post": RETENTION,
  b2_upload_file: WRITE,
  b2_finish_large_file: WRITE,
  b2_copy_file: COPY,
  b2_delete_file_version: DELETE,
  b2_hide_file: { operation: "delete", detail: () => "hidden, earlier versions stay" },
  b2_download_file_by_id: READ,
  b2_delete_bucket: BUCKET_GONE,
  b2_update_bucket: RETENTION,
  b2_update_file_retention: RETENTION,
  b2_update_file_legal_hold: HOLD,
};

/** What one call means for archives: nothing, one act, or one for each object of a bulk deletion. */
export function archiveActs(row: Row, head: Uint8Array | null): ArchiveAct[] {
  const meaning = row.operation === null ? undefined : MEANINGS[row.operation];
  if (meaning === undefined) return [];
  const { operation } = meaning;
  const detail = meaning.detail?.(row) ?? null;
  // Setting nothing that protects is no act on what is stored.
  if (operation === "retention" && detail === null) return [];
  const common = { actor: row.access_key, share: row.bucket, product: row.product, detail, status: statusOf(row) };
  const outcome = outcomeOf(row.status_code);
  if (row.keys !== null) {
    const refused = new Set(row.failed_keys ?? []);
    return row.keys.map((key) => {
      const { object, version } = parted(key);
      const isRefused = refused.has(key) || refused.has(object);
      const told = joined(detail, version === null ? null : `version ${version}`);
      return {
        ...common,
        operation,
        object,
        detail: told,
        outcome: outcome === "granted" && isRefused ? "refused" : outcome,
      };
    });
  }
  const isLifted = operation === "lock" && row.legal_hold === false;
  const isCopy = meaning === COPY;
  return [
    {
      ...common,
      operation: isLifted ? "unlock" : operation,
      outcome,
      object: isCopy ? row.source : row.key,
      newObject: isCopy ? `${row.bucket ?? ""}/${row.key ?? ""}` : null,
      head,
      octetsRead: operation === "read" ? row.response_octets : null,
      octetsWritten: operation === "write" ? row.request_octets : null,
      isStorage: meaning.isStorage === true,
    },
  ];
}

function parted(key: string): { object: string; version: string | null } {
  const mark = key.indexOf(VERSION);
  return mark < 0
    ? { object: key, version: null }
    : { object: key.slice(0, mark), version: key.slice(mark + VERSION.length) };
}

function outcomeOf(status: number | null): ArchiveOutcome {
  if (status === null) return "asked";
  return status < 300 ? "granted" : "refused";
}

function statusOf({ status_code, error_code }: Row): string | null {
  if (status_code === null) return null;
  return error_code === null ? String(status_code) : `${status_code} ${error_code}`;
}

function joined(...parts: readonly (string | null)[]): string | null {
  const said = parts.filter((part) => part !== null);
  return said.length === 0 ? null : said.join("; ");
}

function deletion(row: Row): string | null {
  return joined(
    row.bypasses_governance === true ? "governance retention bypassed" : null,
    row.delete_marker === true ? (row.version_id === null ? "delete marker" : `delete marker ${row.version_id}`) : null,
    row.delete_marker !== true && row.version_id !== null ? `version ${row.version_id}` : null,
    row.settings,
  );
}

function protectionOf(row: Row): string | null {
  const lock = row.lock_mode === null ? null : `${row.lock_mode} until ${row.retain_until ?? "?"}`;
  return joined(lock, row.legal_hold === true ? "legal hold" : null, customerKey(row));
}

function copied(row: Row): string | null {
  const isSame = row.source !== null && row.source.split("?", 1)[0] === `${row.bucket ?? ""}/${row.key ?? ""}`;
  return joined(isSame ? "over itself" : null, customerKey(row));
}

/** Who alone has the key alone can read it. */
function customerKey({ encryption }: Row): string | null {
  return encryption !== null && /^(?:SSE-C|customer key)/.test(encryption)
    ? `encrypted with the client's key (${encryption})`
    : null;
}

function retention(row: Row): string | null {
  const until = row.retain_until === null ? null : `until ${row.retain_until}`;
  const hold = row.legal_hold === null ? null : row.legal_hold ? "legal hold" : "legal hold lifted";
  return joined(
    row.versioning === null ? null : `versioning ${row.versioning}`,
    row.lock_mode === null ? until : `${row.lock_mode} ${until ?? ""}`.trim(),
    row.bypasses_governance === true ? "governance retention bypassed" : null,
    hold,
    row.lifecycle === null ? null : row.lifecycle.join("; "),
    row.encryption === null ? null : `encryption ${row.encryption}`,
  );
}
