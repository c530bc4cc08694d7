import type { PacketBatch } from "../net/packet-batch.ts";
import type { TrackerOptions } from "../net/tracker.ts";
import { ConnectionTracker, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_HELD_OCTETS } from "../net/tracker.ts";
import type { Moment, Protocol } from "../protocols/protocol.ts";
import { ChunkedOutput } from "../records/record-output.ts";
import type { TableChunk } from "../records/table-chunk.ts";
import type { AnalyzerFailure } from "./analyzer-tree.ts";
import type { LimitCounts } from "./limits.ts";
import { AnalyzerTree, MAX_STREAMS, MOST_HELD } from "./analyzer-tree.ts";
import type { FoundSecrets, GivenSecrets } from "./secrets/given-secrets.ts";
import { NOTHING_GIVEN } from "./secrets/given-secrets.ts";
import { SecretStore } from "./secrets/secret-store.ts";
import type { FileOptions } from "./files/file-options.ts";

/** Octets that a shard may hold however many there are: encrypted messages of SMB take 8 MiB, lists of rsync 40. */
const LEAST_HELD = 48 << 20;

/** All analysis of the connections of one shard: packets in, record columns out. Runs in a worker, or in place. */
export class ShardAnalysis {
  readonly tracker: ConnectionTracker;
  readonly #tree: AnalyzerTree;
  readonly #output: ChunkedOutput;
  readonly #shard: number;
  readonly #shards: number;
  readonly #secrets: SecretStore;

  /** @param write Takes finished rows, a chunk at a time. */
  constructor(
    protocols: readonly Protocol[],
    shard: number,
    shards: number,
    options: TrackerOptions,
    write: (chunk: TableChunk) => void,
    secrets: GivenSecrets = NOTHING_GIVEN,
    files: FileOptions = {},
  ) {
    this.#shard = shard;
    this.#shards = shards;
    this.#output = new ChunkedOutput(write);
    // The tracker's frame changes with every packet; analyzers keep the moment they were given.
    let moment: Moment = { ts: 0n, capture: 0, frame: 0 };
    const now = (): Moment => {
      const { capture, frame } = this.tracker.now;
      if (moment.frame !== frame || moment.capture !== capture) moment = { ts: this.tracker.now.ts, capture, frame };
      return moment;
    };
    // The bounds are those of the process, however many workers share it.
    this.#secrets = new SecretStore(secrets, now);
    const maxHeld = Math.max(LEAST_HELD, Math.ceil(MOST_HELD / shards));
    const maxStreams = Math.ceil(MAX_STREAMS / shards);
    this.#tree = new AnalyzerTree(protocols, this.#output, now, maxStreams, this.#secrets, files, maxHeld);
    const bounds = {
      maxConnections: Math.ceil(DEFAULT_MAX_CONNECTIONS / shards),
      maxHeldOctets: Math.ceil(DEFAULT_MAX_HELD_OCTETS / shards),
    };
    this.tracker = new ConnectionTracker(this.#tree, this.#output, { ...bounds, ...options });
  }

  /** Analyzers that threw. */
  get failures(): readonly AnalyzerFailure[] {
    return this.#tree.failures;
  }

  /** Bounds that were hit so far. */
  get limits(): LimitCounts {
    const { evicted, holesForced } = this.tracker.counters;
    const { open, files, unrecognised, forgotten } = this.#tree;
    return {
      connections: evicted,
      holes: holesForced,
      payload: open.wentOn,
      files: files.evicted,
      extraction: files.cut,
      unrecognised: unrecognised.left,
      ...Object.fromEntries(forgotten),
    };
  }

  /** Takes secrets that a capture brought, before the batches whose frames they may open. */
  found(secrets: FoundSecrets): void {
    this.#secrets.found(secrets);
  }

  /** See `ConnectionTracker.process` for `sessions` and what comes back. */
  process(batch: PacketBatch, sessions: Float64Array | null = null): Float64Array {
    return this.tracker.process(batch, this.#shard, this.#shards, sessions);
  }

  /** Ends connections whose time is up by a clock that frames have not reached yet, ns since 1970 UTC. */
  advance(clockNs: number): void {
    this.tracker.advance(clockNs);
  }

  /** Passes on the rows gathered so far, so that partial results show. */
  flush(): void {
    this.#output.flush();
  }

  /** Passes the rows of connections that are open to `write`, as they stand at this clock. See `ConnectionTracker.showOpen`. */
  showOpen(clockNs: number, write: (chunk: TableChunk) => void): void {
    const output = new ChunkedOutput(write);
    this.tracker.showOpen(clockNs, output);
    output.flush();
  }

  /** Ends all connections and passes on all rows. */
  finish(): void {
    this.tracker.finish();
    this.#tree.files.finish();
    this.#output.flush();
  }
}
