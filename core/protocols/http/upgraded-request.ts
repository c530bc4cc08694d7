import type { Connection } from "../protocol.ts";
import type { Transaction } from "./transaction.ts";

/** What the request that changed a connection to HTTP/2 asked for, for the answer that comes over it. RFC 7540 3.2 */
interface UpgradedRequest {
  readonly method: string | null;
  readonly host: string | null;
  readonly uri: string | null;
  readonly user_agent: string | null;
  readonly referrer: string | null;
  readonly request_version: string | null;
}

export function keepUpgradedRequest(conn: Connection, { row }: Transaction): void {
  const { method, host, uri, user_agent, referrer, request_version } = row;
  const kept: UpgradedRequest = { method, host, uri, user_agent, referrer, request_version };
  conn.pair.set(`h2c ${conn.uid}`, kept);
}

/** Takes it, null if there is none. */
export function upgradedRequest(conn: Connection): UpgradedRequest | null {
  const key = `h2c ${conn.uid}`;
  const kept = conn.pair.get(key) as UpgradedRequest | undefined;
  conn.pair.delete(key);
  return kept ?? null;
}
