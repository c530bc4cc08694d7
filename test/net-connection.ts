import type { NetConnection } from "../core/net/connection.ts";

/** A connection as an analyzer tree is given it, of TCP between two hosts and seen from its start, where nothing else is said. */
export function netConnection(
  facts: Pick<NetConnection, "uid" | "respP" | "start"> & Partial<NetConnection>,
): NetConnection {
  return {
    proto: "tcp",
    origH: "10.0.0.1",
    origP: 50_000,
    respH: "10.0.0.2",
    sawStart: true,
    nextRecord: 1,
    state: null,
    services: [],
    skipped: 0,
    sealed: 0,
    wantsPayload: true,
    flip: () => undefined,
    rest: () => undefined,
    noteLimit: () => undefined,
    ...facts,
  };
}
