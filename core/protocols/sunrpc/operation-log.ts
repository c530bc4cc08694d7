import { rowWeight, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import { crc32 } from "node:zlib";
import type { Moment, RecordSink } from "../protocol.ts";
import { reportArchive } from "./archive-acts.ts";
import type { Done } from "./done.ts";
import { isNew } from "./done.ts";
import { clientOf, outcomeOf } from "./exchange.ts";
import type { FileNode } from "./handles.ts";
import { exportOf, pathOf } from "./handles.ts";
import { Listings } from "./listings.ts";
import { nfsStatusName } from "./nfs-status.ts";
import type { NfsRow } from "./records.ts";
import { nfsRecord } from "./records.ts";
import type { StoredFiles } from "./stored-files.ts";

/** These are told one by one. */
const SINGLE: ReadonlySet<string> = new Set(
  "SETATTR CREATE MKDIR SYMLINK MKNOD REMOVE RMDIR RENAME LINK OPEN CLOSE OPEN_DOWNGRADE LOCK LOCKU ALLOCATE COPY COPY_NOTIFY DEALLOCATE WRITE_SAME CLONE SETXATTR REMOVEXATTR EXCHANGE_ID CREATE_SESSION DESTROY_SESSION DESTROY_CLIENTID SETCLIENTID LAYOUTCOMMIT".split(
    " ",
  ),
);
/** These are told once for all of a kind on the same object in a row. */
const SUMMED: ReadonlySet<string> = new Set(
  "READ WRITE READ_PLUS COMMIT LOOKUP READLINK READDIR READDIRPLUS GETXATTR LISTXATTRS LAYOUTGET SECINFO".split(" "),
);
/** Behind so long a silence, calls of the same kind are a new row. */
const SILENCE_NS = 60_000_000_000n;
/** Rows that grow at one time in one connection; the one that grew last the longest ago is written for a new one. */
const MOST_SUMS = 256;
/** Octets of memory of call and answer, of which a sum keeps the first, about. */
const SUM = 1024;
/** Length that means "to the end". RFC 8881 18.10 */
const TO_THE_END = 2 ** 64;

interface Sum {
  readonly row: NfsRow;
  /** Octets of memory that it takes, about; what grows in its row are numbers. */
  readonly weight: number;
  readonly first: Done;
  readonly from: Moment;
  to: Moment;
}

/** Writes what was done to files, reads and writes in sums. */
export class OperationLog {
  readonly #out: RecordSink;
  readonly #files: StoredFiles;
  readonly #listings: Listings;
  /** Written early, a sum loses nothing: what comes later is another row. */
  readonly #sums = new HeldMap<string, Sum>(
    ({ weight }) => weight,
    (sum) => this.#writeSum(sum),
  );

  constructor(out: RecordSink, files: StoredFiles) {
    this.#out = out;
    this.#files = files;
    this.#listings = new Listings(out);
  }

  report(done: Done): void {
    const { operation } = done.call;
    if (SUMMED.has(operation)) this.#add(done);
    else if (SINGLE.has(operation)) {
      if (done.node !== null && operation !== "OPEN") this.flush(done.node);
      this.#write(rowOf(done), done, done.exchange.from, done.exchange.to);
    }
    this.#files.did(done);
    this.#listings.did(done);
  }

  /** Writes the sums of one file. */
  flush(node: FileNode): void {
    for (const [key, sum] of this.#sums) {
      if (sum.first.node !== node) continue;
      this.#sums.delete(key);
      this.#writeSum(sum);
    }
  }

  close(): void {
    for (const sum of this.#sums.values()) this.#writeSum(sum);
    this.#sums.clear();
    this.#files.close();
    this.#listings.close();
  }

  #add(done: Done): void {
    const { from, to } = done.exchange;
    const row = rowOf(done);
    const key = `${row.operation} ${row.outcome} ${row.status} ${row.handle} ${row.path} ${row.uid_number} ${row.user}`;
    const known = this.#sums.get(key);
    if (known !== undefined && to.ts - known.to.ts <= SILENCE_NS) {
      join(known.row, row);
      known.to = to;
      // Moved to the end, so that the first is always the one that rested longest.
      this.#sums.delete(key);
      this.#sums.set(key, known);
      return;
    }
    if (known !== undefined) {
      this.#sums.delete(key);
      this.#writeSum(known);
    } else if (this.#sums.size >= MOST_SUMS) {
      const [oldest, sum] = this.#sums.entries().next().value!;
      this.#sums.delete(oldest);
      this.#writeSum(sum);
    }
    const weight = SUM + rowWeight(row) + textWeight(key);
    this.#sums.set(key, { row, weight, first: done, from, to });
  }

  #writeSum({ row, first, from, to }: Sum): void {
    this.#write(row, first, from, to);
  }

  #write(row: NfsRow, first: Done, from: Moment, to: Moment): void {
    this.#out.emit(nfsRecord, row, from, to);
    reportArchive(this.#out, first, row, from, to);
  }
}

function join(into: NfsRow, row: NfsRow): void {
  into.calls = (into.calls ?? 0) + (row.calls ?? 0);
  if (row.octets !== null) into.octets = (into.octets ?? 0) + row.octets;
  if (row.size !== null) into.size = row.size;
  if (row.offset !== null) into.offset = Math.min(into.offset ?? row.offset, row.offset);
  if (row.end !== null) into.end = Math.max(into.end ?? row.end, row.end);
}

function rowOf(done: Done): NfsRow {
  const { version, call, answer, node, newPath, exchange } = done;
  const status =
    answer === null ? exchange.refusal : nfsStatusName(version.startsWith("4") ? 4 : Number(version), answer.status);
  // What was moved is what the answer says; a call without one only asks.
  const moves =
    call.payload !== null || Boolean(answer?.payload) || /^(?:READ|WRITE|READ_PLUS|COPY)$/u.test(call.operation);
  const moved = moves ? (answer?.octets ?? null) : null;
  const range = moved ?? call.octets;
  const end = call.offset === null || range === null || range >= TO_THE_END ? null : call.offset + range;
  return {
    version,
    operation: call.operation,
    outcome: isSealed(done) ? "attempted" : outcomeOf(exchange, (answer?.status ?? 0) === 0),
    status,
    path: node === null ? null : pathOf(node),
    new_path: newPath,
    export: node === null ? null : exportOf(node),
    handle: !node?.handle ? null : hashOf(node.handle),
    size: call.size ?? sizeAfter(done),
    mode: call.mode === null ? null : `0${(call.mode & 0o7777).toString(8).padStart(3, "0")}`,
    calls: 1,
    octets: moved,
    offset: call.offset,
    end,
    detail: detailOf(done),
    ...clientOf(exchange),
  };
}

/** Size of the object as the answer says, or a read that came to its end, or, of what is read, an answer before. */
function sizeAfter({ call, answer, node }: Done): number | null {
  if (answer === null || answer.size !== null || call.operation !== "READ") return answer?.size ?? null;
  if (answer.isEnd && call.offset !== null && answer.octets !== null) return call.offset + answer.octets;
  return answer.status === 0 ? (node?.size ?? null) : null;
}

/** Answered, and not refused as a whole, but nothing of the answer can be read. */
function isSealed({ answer, exchange }: Done): boolean {
  return answer === null && exchange.isAnswered && exchange.refusal === null;
}

function detailOf(done: Done): string | null {
  const { call, answer, existed } = done;
  const words: string[] = [];
  if (isSealed(done)) words.push("sealed");
  if (call.words !== null) words.push(call.operation === "SYMLINK" ? `to ${call.words}` : call.words);
  if (answer?.words) words.push(answer.words);
  if (call.creates && answer?.status === 0) {
    if (isNew(done)) words.push("created");
    else if (call.size === 0) words.push("truncated by opening");
    else if (existed && call.operation === "CREATE") words.push("was there before");
  }
  if (call.operation === "SETATTR" && call.attributes.length > 0) words.push(`sets ${call.attributes.join(", ")}`);
  return words.length === 0 ? null : words.join("; ");
}

/** Short name of a handle, as Wireshark shows it. */
export function hashOf(handle: string): string {
  return crc32(Buffer.from(handle, "hex")).toString(16).padStart(8, "0");
}
