import type { RecordTables, Row } from "../../record-tables.ts";
import type { Ends } from "../acts.ts";
import { day, tell } from "../acts.ts";
import type { RowStory } from "../row-story.ts";

const STORE: Ends = ["10.0.5.1", "10.0.5.2", 9000];
const FROM_DESK: Ends = ["10.0.0.77", "10.0.5.2", 9000];

const call = (tables: RecordTables, clock: string, ends: Ends, fields: Row, seconds = 0): Promise<void> =>
  tell(
    tables,
    "object_store",
    clock,
    ends,
    { service: "s3", status_code: 200, access_key: "AKIDBACKUP", ...fields },
    seconds,
  );

/** A deletion as the call and as the line of the archive ledger. */
async function deleted(tables: RecordTables, clock: string, fields: Row, object: string, i: number): Promise<void> {
  await call(tables, clock, FROM_DESK, { key: object, ...fields }, i);
  const ledger = {
    operation: "delete",
    outcome: "granted",
    protocol: fields["service"],
    share: fields["bucket"],
    object,
    product: "Veeam",
    actor: "key-7",
  };
  await tell(tables, "archive_op", clock, FROM_DESK, ledger, i);
}

/** Deletions of a chain and one call that takes protection away, at one of the services. */
function destruction(name: string, shows: string, service: string, deletion: string, last: Row): RowStory {
  return {
    name,
    shows,
    isAttack: true,
    async write(tables) {
      const bucket = "veeam-offsite";
      for (let i = 0; i < 12; i++)
        await deleted(
          tables,
          `${day(7)} 01:10:00`,
          { service, operation: deletion, bucket, status_code: 202 },
          `Veeam/Backup/FS01.${i}.blk`,
          i,
        );
      await call(tables, `${day(7)} 01:12:00`, FROM_DESK, { service, bucket, ...last });
    },
  };
}

/** Stories of object stores, whose calls are seldom seen in clear. */
export const OBJECT_STORES: readonly RowStory[] = [
  {
    name: "bucket-set-up",
    shows:
      "The backup server makes a bucket, sets it up, fills it, prolongs its locks and lets retention delete what is old.",
    isAttack: false,
    async write(tables) {
      const bucket = "veeam-main";
      const settings = ["CreateBucket", "PutBucketPolicy", "PutBucketEncryption", "PutObjectLockConfiguration"];
      for (const [i, operation] of settings.entries())
        await call(
          tables,
          `${day(1)} 09:00:00`,
          STORE,
          { operation, bucket, retain_until: i === 3 ? "14 days" : null, lock_mode: i === 3 ? "COMPLIANCE" : null },
          i,
        );
      const lifecycle = ["Enabled: AbortIncompleteMultipartUpload 2 days"];
      await call(tables, `${day(1)} 09:01:00`, STORE, {
        operation: "PutBucketLifecycleConfiguration",
        bucket,
        lifecycle,
      });
      for (let night = 1; night <= 9; night++) {
        const clock = `${day(night)} 22:00:00`;
        const key = `Veeam/Backup/FS01.${night}.blk`;
        const until = `2024-03-${20 + night}T22:00:00Z`;
        await call(tables, clock, STORE, {
          operation: "PutObject",
          bucket,
          key,
          lock_mode: "COMPLIANCE",
          retain_until: until,
        });
        await tell(tables, "archive_op", clock, STORE, {
          operation: "write",
          outcome: "granted",
          protocol: "s3",
          share: bucket,
          object: key,
          product: "Veeam",
        });
        await call(
          tables,
          clock,
          STORE,
          {
            operation: "PutObjectRetention",
            bucket,
            key,
            lock_mode: "COMPLIANCE",
            retain_until: "2024-04-30T22:00:00Z",
          },
          5,
        );
        const old = `Veeam/Backup/FS01.old${night}.blk`;
        await call(
          tables,
          clock,
          STORE,
          { operation: "DeleteObject", bucket, key: old, version_id: `v${night}`, status_code: 204 },
          60,
        );
        await tell(
          tables,
          "archive_op",
          clock,
          STORE,
          { operation: "delete", outcome: "granted", protocol: "s3", share: bucket, object: old, product: "Veeam" },
          60,
        );
      }
    },
  },
  {
    name: "lock-shortened",
    shows: "A workstation shortens the retention of locked backups and lifts a legal hold.",
    isAttack: true,
    async write(tables) {
      const bucket = "veeam-main";
      const object = { bucket, key: "Veeam/Backup/FS01.1.blk" };
      await call(tables, `${day(1)} 22:00:00`, STORE, {
        operation: "PutObject",
        ...object,
        lock_mode: "COMPLIANCE",
        retain_until: "2024-06-01T00:00:00Z",
      });
      await call(tables, `${day(2)} 01:00:00`, FROM_DESK, {
        operation: "PutObjectRetention",
        ...object,
        lock_mode: "COMPLIANCE",
        retain_until: "2024-03-03T00:00:00Z",
      });
      await call(tables, `${day(2)} 01:01:00`, FROM_DESK, {
        operation: "PutObjectLegalHold",
        ...object,
        legal_hold: false,
      });
    },
  },
  destruction(
    "azure-destruction",
    "A workstation deletes blobs and the immutability policy of a backup container.",
    "azure_blob",
    "DeleteBlob",
    { operation: "DeleteBlobImmutabilityPolicy", key: "Veeam/Backup/FS01.1.blk" },
  ),
  destruction(
    "gcs-destruction",
    "A workstation deletes objects of a backup bucket and suspends its versioning.",
    "gcs",
    "objects.delete",
    { operation: "buckets.patch", versioning: "Suspended" },
  ),
  destruction(
    "b2-destruction",
    "A workstation deletes file versions of a backup bucket, then the bucket.",
    "b2",
    "b2_delete_file_version",
    { operation: "b2_delete_bucket" },
  ),
];
