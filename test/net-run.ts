import type { FrameBatch } from "../core/capture/frame-batch.ts";
import type { NetConnection } from "../core/net/connection.ts";
import type { DecoderOptions } from "../core/net/decoder.ts";
import { PacketDecoder } from "../core/net/decoder.ts";
import type { TrackerOptions } from "../core/net/tracker.ts";
import { ConnectionTracker } from "../core/net/tracker.ts";
import type { TrackedConnection } from "../core/net/tracked-connection.ts";

/** A record as the network layers write it, with its table, connection and frames. */
export type NetRow = Readonly<Record<string, unknown>>;

/** What the network layers told of some frames. */
export interface NetRun {
  readonly conn: readonly NetRow[];
  readonly tunnel: readonly NetRow[];
  readonly weird: readonly NetRow[];
  /** What the handler got, by uid and direction: `o:` or `r:` and octets as ISO 8859-1, gaps as `<n>`. */
  readonly streams: ReadonlyMap<string, { orig: string; resp: string }>;
  /** At which frame of its connection the handler was told that it is over, each time. */
  readonly closedAt: readonly number[];
  readonly decoder: PacketDecoder;
  readonly trackers: readonly ConnectionTracker[];
  /** Session keys by batch and row. */
  readonly sessions: readonly Float64Array[];
}

export interface NetRunOptions {
  readonly shards?: number;
  readonly decoder?: DecoderOptions;
  readonly tracker?: TrackerOptions;
}

/** Runs decoder and trackers over batches in this thread. */
export function runNet(batches: readonly FrameBatch[], options: NetRunOptions = {}): NetRun {
  const shards = options.shards ?? 1;
  const rows: Record<string, NetRow[]> = { conn: [], tunnel: [], weird: [] };
  const streams = new Map<string, { orig: string; resp: string }>();
  const streamOf = (connection: NetConnection): { orig: string; resp: string } => {
    let stream = streams.get(connection.uid);
    if (stream === undefined) streams.set(connection.uid, (stream = { orig: "", resp: "" }));
    return stream;
  };
  const closedAt: number[] = [];
  const handler = {
    opened(): void {},
    data(connection: NetConnection, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
      const text = Buffer.from(bytes.subarray(start, end)).toString("latin1");
      streamOf(connection)[fromOriginator ? "orig" : "resp"] += text;
    },
    gap(connection: NetConnection, octets: number, fromOriginator: boolean): void {
      streamOf(connection)[fromOriginator ? "orig" : "resp"] += `<${octets}>`;
    },
    closed(connection: NetConnection): void {
      closedAt.push((connection as TrackedConnection).lastFrame);
    },
  };
  const decoder = new PacketDecoder(options.decoder);
  const trackers = Array.from({ length: shards }, () => {
    return new ConnectionTracker(
      handler,
      {
        write(type, key, n, row, from, to) {
          rows[type.name]!.push({
            ...{ ts: from.ts, uid: key.uid, n, frame: from.frame, last_frame: to.frame },
            ...{ "id.orig_h": key.origH, "id.orig_p": key.origP, "id.resp_h": key.respH, "id.resp_p": key.respP },
            ...row,
          });
        },
      },
      options.tracker,
    );
  });
  const sessions: Float64Array[] = [];
  for (const frames of batches) {
    const batch = decoder.decode(frames);
    const keys = new Float64Array(batch.count);
    trackers.forEach((tracker, shard) => tracker.process(batch, shard, shards, keys));
    sessions.push(keys);
  }
  for (const tracker of trackers) tracker.finish();
  const [conn, tunnel, weird] = [rows["conn"]!, rows["tunnel"]!, rows["weird"]!];
  return { conn, tunnel, weird, streams, closedAt, decoder, trackers, sessions };
}

/** All rows as text in an order that does not depend on when they were written. */
export function sortedRows({ conn, tunnel, weird }: NetRun): string[] {
  const text = (row: NetRow): string =>
    JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  return [...conn, ...tunnel, ...weird].map(text).sort();
}
