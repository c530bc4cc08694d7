/** What a tracker counted. */
export interface TrackerCounters {
  /** Packets of this shard. */
  packets: number;
  connections: number;
  /** Connections ended early because too many were open. */
  evicted: number;
  /** Copies that a mirror port made. */
  duplicates: number;
  /** Packets that belong to no connection: IPsec ESP, IPv6 without payload, mobility headers, tunnels that hold nothing readable. */
  unanalysed: number;
  /** Holes in a stream given up because too much waited behind them. */
  holesForced: number;
  /** Octets of memory that what came too early takes now. */
  heldOctets: number;
}

export function newTrackerCounters(): TrackerCounters {
  return {
    packets: 0,
    connections: 0,
    evicted: 0,
    duplicates: 0,
    unanalysed: 0,
    holesForced: 0,
    heldOctets: 0,
  };
}
