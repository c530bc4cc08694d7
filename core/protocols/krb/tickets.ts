import { ENTRY, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { Connection } from "../protocol.ts";

/** Most tickets remembered for one pair of hosts. */
const MAX_TICKETS = 512;
const KEY = "krb tickets";

/** Who a ticket was granted to. */
export interface TicketHolder {
  readonly name: string;
  readonly realm: string;
}

/**
 * Tickets that were seen being granted on connections of the same two hosts, by the SHA-256 of their encrypted part: a
 * ticket shows whom it belongs to only when it is granted. Where KDC and service are different hosts, the hashes in the
 * `kerberos` rows tell the same.
 */
export function grantedTickets(conn: Connection): Map<string, TicketHolder> {
  const known = conn.pair.get(KEY);
  if (known instanceof Map) return known as Map<string, TicketHolder>;
  const tickets = new HeldMap<string, TicketHolder>(weightOf, () => undefined, conn.pair);
  conn.pair.set(KEY, tickets);
  return tickets;
}

export function rememberTicket(conn: Connection, hash: string, holder: TicketHolder): void {
  const tickets = grantedTickets(conn);
  if (tickets.size >= MAX_TICKETS) {
    for (const oldest of tickets.keys()) {
      tickets.delete(oldest);
      break;
    }
  }
  tickets.set(hash, holder);
}

function weightOf({ name, realm }: TicketHolder, hash: string): number {
  return ENTRY + textWeight(hash) + textWeight(name) + textWeight(realm);
}
