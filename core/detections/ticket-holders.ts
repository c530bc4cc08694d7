import type { Finding } from "../contracts/finding.ts";
import { isForgedLogOn } from "../contracts/finding.ts";
import { TICKET_HOLDER } from "../contracts/story.ts";

/**
 * Where an account logged on with a ticket that was probably forged, the account is a name in that ticket and not who acted: what was done from that
 * host under the name was done by somebody who held the ticket. The name stays with the finding as the account that was used.
 */
export function tellTicketHolders(findings: readonly Finding[]): Finding[] {
  const forged = new Set(findings.filter(isForgedLogOn).map(actorKey));
  return findings.map((finding) => {
    const { user, explanation } = finding;
    if (user === null || !forged.has(actorKey(finding))) return finding;
    const told = explanation.startsWith(`${user} `) ? TICKET_HOLDER + explanation : explanation;
    return { ...finding, byTicket: true, explanation: told };
  });
}

function actorKey({ source, user }: Finding): string {
  return JSON.stringify([source, user]);
}
