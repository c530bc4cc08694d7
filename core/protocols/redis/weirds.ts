/** What can be wrong with Redis; the first is Zeek's. */
export const REDIS_WEIRDS = ["Redis_excessive_pipelining", "redis_replication_stream"] as const;
