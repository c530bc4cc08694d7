import { groupBy } from "../contracts/grouping.ts";
import type { NetConnection } from "../net/connection.ts";
import { backupProductRecord } from "../protocols/backup-product-record.ts";
import type { Moment } from "../protocols/protocol.ts";
import type { BackupFingerprint } from "../records/backup-products.ts";
import { BACKUP_FINGERPRINTS, isUsualPort } from "../records/backup-products.ts";
import type { RecordOutput } from "../records/record-output.ts";

/** Octets of each side's beginning that are looked at. */
export const HEAD_OCTETS = 256;
/** Characters of a value that are looked at, and of what is shown of it. */
const MOST_CHARACTERS = 1024;
const MOST_SHOWN = 120;
/** Connections whose product is known while they are open; more are not looked at. */
const MOST_OPEN = 100_000;

const BY_TABLE = groupBy(BACKUP_FINGERPRINTS, ({ table }) => table);

interface Match {
  readonly fingerprint: BackupFingerprint;
  readonly seen: string;
  readonly version: string | null;
  readonly at: Moment;
}

/**
 * Finds out which backup product a connection belongs to, from the records that analyzers write of it and from the first octets of
 * either side; no analyzer knows of it. Of several answers the surest counts; it is written when the connection is over.
 */
export class BackupRecognition {
  readonly #output: RecordOutput;
  readonly #found = new Map<NetConnection, Match>();

  constructor(output: RecordOutput) {
    this.#output = output;
  }

  /** A record was written of the connection. */
  row(net: NetConnection, table: string, row: Readonly<Record<string, unknown>>, at: Moment): void {
    const fingerprints = BY_TABLE.get(table);
    if (fingerprints === undefined) return;
    const known = this.#found.get(net)?.fingerprint.confidence ?? 0;
    for (const fingerprint of fingerprints) {
      const text = row[fingerprint.column];
      if (fingerprint.confidence <= known || typeof text !== "string") continue;
      const version = fingerprint.versionColumn === undefined ? null : row[fingerprint.versionColumn];
      this.#try(net, fingerprint, text, typeof version === "string" ? version : null, at);
    }
  }

  /** One side's first octets. */
  head(net: NetConnection, octets: Uint8Array, fromOriginator: boolean, at: Moment): void {
    const { buffer, byteOffset, length } = octets;
    const text = Buffer.from(buffer, byteOffset, Math.min(length, HEAD_OCTETS)).toString("latin1");
    const fingerprints = BY_TABLE.get(fromOriginator ? "originator" : "responder")!;
    for (const fingerprint of fingerprints) this.#try(net, fingerprint, text, null, at);
  }

  closed(net: NetConnection): void {
    const match = this.#found.get(net);
    if (match === undefined) return;
    this.#found.delete(net);
    const { fingerprint, seen, version, at } = match;
    const { product, component, origRole, respRole, by, confidence, verified } = fingerprint;
    const row = {
      product,
      component,
      product_version: version,
      orig_role: origRole,
      resp_role: respRole,
      recognised_by: by,
      seen,
      confidence,
      confidence_word: confidence >= 0.9 ? "certain" : confidence >= 0.75 ? "likely" : "possible",
      on_usual_port: isUsualPort(product, net.respP),
      verified,
    };
    this.#output.write(backupProductRecord, net, net.nextRecord++, row, at, at);
  }

  #try(net: NetConnection, fingerprint: BackupFingerprint, text: string, version: string | null, at: Moment): void {
    const former = this.#found.get(net);
    if (former !== undefined && former.fingerprint.confidence >= fingerprint.confidence) return;
    const match = fingerprint.pattern.exec(text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text);
    if (match === null || (former === undefined && this.#found.size >= MOST_OPEN)) return;
    const seen = shown(fingerprint.by === "first bytes" ? match[0] : text);
    this.#found.set(net, { fingerprint, seen, version: version ?? match.groups?.["version"] ?? null, at });
  }
}

/** The beginning, with what cannot be read as \x and two digits. */
function shown(text: string): string {
  return text
    .slice(0, MOST_SHOWN)
    .replaceAll(/[^\x20-\x7e]/g, (one) =>
      one > "\xff" ? one : `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`,
    );
}
