import { NET_RECORDS } from "../net/records.ts";
import { analyzerRecord } from "../protocols/analyzer-record.ts";
import { archiveOpRecord } from "../protocols/archive-op.ts";
import { backupProductRecord } from "../protocols/backup-product-record.ts";
import { decryptionRecord } from "../protocols/decryption-record.ts";
import { FILES_RECORD } from "../protocols/carried-file.ts";
import { DIRECTORY_LISTING_RECORD } from "../protocols/directory-listing.ts";
import { OBJECT_VERSION_RECORD } from "../protocols/object-version.ts";
import { unrecognisedRecord } from "../protocols/unrecognised-record.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { RecordType } from "../records/record-type.ts";

/** Every record type there is, the network's first; several protocols may share one. */
export const RECORD_TYPES: readonly RecordType[] = [
  ...new Set<RecordType>([
    ...NET_RECORDS,
    analyzerRecord,
    decryptionRecord,
    FILES_RECORD,
    OBJECT_VERSION_RECORD,
    DIRECTORY_LISTING_RECORD,
    archiveOpRecord,
    backupProductRecord,
    unrecognisedRecord,
    ...PROTOCOLS.flatMap((protocol) => protocol.records),
  ]),
];

/** The record type of that name, or undefined. */
export function recordTypeNamed(name: string): RecordType | undefined {
  return RECORD_TYPES.find((type) => type.name === name);
}
