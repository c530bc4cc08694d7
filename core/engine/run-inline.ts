import { openCaptures } from "../capture/open.ts";
import { addTo } from "../contracts/grouping.ts";
import { PacketDecoder } from "../net/decoder.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { CellValue } from "../records/read-chunk.ts";
import { rowsOf } from "../records/read-chunk.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import type { AnalyzerFailure } from "./analyzer-tree.ts";
import type { FileOptions } from "./files/file-options.ts";
import { recordTypeNamed } from "./record-types.ts";
import type { GivenSecrets } from "./secrets/given-secrets.ts";
import { CaptureSecrets } from "./secrets/read-secrets.ts";
import { ShardAnalysis } from "./shard-analysis.ts";

/** What `analyzeInline` found. */
export interface InlineResult {
  /** Chunks by table, in the order they were written. */
  readonly chunks: ReadonlyMap<string, readonly TableChunk[]>;
  /** Rows by table, in time order and by `rid`. */
  readonly rows: ReadonlyMap<string, readonly Record<string, CellValue>[]>;
  readonly failures: readonly AnalyzerFailure[];
}

/** Options of `analyzeInline`. */
export interface InlineOptions {
  /** Octets read at a time; small values put borders everywhere. */
  readonly chunkOctets?: number;
  /** Shards to analyse as, one after the other in this thread. */
  readonly shards?: number;
  /** Drop packets with a wrong checksum, as Zeek does without `-C`. */
  readonly verifyChecksums?: boolean;
  /** Analyse copies of datagrams that a mirror port made, as Zeek does. */
  readonly keepDuplicates?: boolean;
  /** What to decrypt with, besides what the captures bring. */
  readonly secrets?: GivenSecrets;
  readonly files?: FileOptions;
}

/** Analyses captures in this thread and keeps all rows in memory: for tests, comparisons and small files. */
export async function analyzeInline(paths: readonly string[], options: InlineOptions = {}): Promise<InlineResult> {
  const captures = await openCaptures(
    paths,
    options.chunkOctets === undefined ? {} : { chunkOctets: options.chunkOctets },
  );
  const verifyChecksums = options.verifyChecksums ?? false;
  const decoder = new PacketDecoder({ verifyChecksums });
  const shardCount = options.shards ?? 1;
  const chunks = new Map<string, TableChunk[]>();
  const keep = (chunk: TableChunk) => addTo(chunks, chunk.table, chunk);
  const tracking = { keepDuplicates: options.keepDuplicates ?? false };
  const shards = Array.from(
    { length: shardCount },
    (_, shard) => new ShardAnalysis(PROTOCOLS, shard, shardCount, tracking, keep, options.secrets, options.files),
  );
  const brought = new CaptureSecrets();
  try {
    for (let frames = await captures.next(); frames !== null; frames = await captures.next()) {
      for (const secrets of brought.take(captures.captures)) for (const shard of shards) shard.found(secrets);
      const packets = decoder.decode(frames);
      for (const shard of shards) shard.process(packets);
      captures.release(frames);
    }
    for (const shard of shards) shard.finish();
  } finally {
    await captures.close();
  }
  const rows = new Map<string, Record<string, CellValue>[]>();
  for (const [table, list] of chunks) {
    const type = recordTypeNamed(table)!;
    rows.set(table, list.flatMap((chunk) => rowsOf(type, chunk)).sort(byTimeAndId));
  }
  return { chunks, rows, failures: shards.flatMap((shard) => shard.failures) };
}

function byTimeAndId(a: Record<string, CellValue>, b: Record<string, CellValue>): number {
  const left = a["ts"] as bigint;
  const right = b["ts"] as bigint;
  if (left !== right) return left < right ? -1 : 1;
  const [x, y] = [String(a["uid"]), String(b["uid"])];
  if (x !== y) return x < y ? -1 : 1;
  return Number((a["n"] as bigint) - (b["n"] as bigint));
}
